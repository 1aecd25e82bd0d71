import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { chooseMethod, choosePassword, enterCode, startReset } from "../../lab/reset-steps.ts";
import { startOpenLdapPeople } from "../support/openldap-people.ts";
import type { People } from "../support/people.ts";
import { type PortalInstallation, startPortalInstallation } from "../support/portal-installation.ts";
import { type SmsGateway, startSmsGateway, TWILIO_ACCOUNT, WEBHOOK_SECRET } from "../support/sms-gateway.ts";
import { SMTP_LOGIN, type SmtpServer, startSmtpServer } from "../support/smtp-server.ts";
import { waitFor } from "../support/wait-for.ts";

const NEW = "A-quite-new-Passw0rd";

describe("resets with providers", function () {
  this.timeout(120_000);
  let people: People;
  let setup: PortalInstallation;
  let smtp: SmtpServer;
  let first: SmsGateway;
  let second: SmsGateway;
  const stops: (() => Promise<unknown>)[] = [];

  before(async function () {
    this.timeout(240_000);
    people = await startOpenLdapPeople();
    stops.unshift(() => people.stop());
    smtp = await startSmtpServer("starttls");
    stops.unshift(() => smtp.close());
    [first, second] = [await startSmsGateway(), await startSmsGateway()];
    stops.unshift(
      () => first.close(),
      () => second.close(),
    );
    const folder = await mkdtemp(join(tmpdir(), "latchkey-secrets-"));
    stops.unshift(() => rm(folder, { recursive: true, force: true }));
    const secret = async (name: string, text: string): Promise<string> => {
      await writeFile(join(folder, name), text, { mode: 0o600 });
      return join(folder, name);
    };
    const twilio = {
      kind: "twilio",
      name: "main",
      accountSid: TWILIO_ACCOUNT.sid,
      authTokenFile: await secret("twilio", TWILIO_ACCOUNT.token),
      from: "+15005550006",
      baseUrl: first.url,
      timeoutMs: 1_000,
    };
    const webhook = {
      kind: "webhook",
      name: "backup",
      url: `${second.url}/hook`,
      secretFile: await secret("webhook", WEBHOOK_SECRET),
      timeoutMs: 1_000,
    };
    setup = await startPortalInstallation(people, {
      cloudConfig: {
        trustedProxies: ["127.0.0.1"],
        notify: {
          email: [
            {
              name: "post",
              host: "127.0.0.1",
              port: smtp.port,
              tls: "starttls",
              caFile: smtp.caFile,
              username: SMTP_LOGIN.user,
              passwordFile: await secret("smtp", SMTP_LOGIN.password),
              fromAddress: "no-reply@contoso.test",
            },
          ],
          text: [twilio, webhook],
          call: [twilio],
        },
      },
    });
    stops.unshift(() => setup.close());
  });
  after(async () => {
    for (const stop of stops) await stop();
  });

  /** Returns the digits of the newest text to this number at any provider. */
  const textTo = (number: string): Promise<string> =>
    waitFor("the text", () => {
      const sent = [...first.sent, ...second.sent].findLast(({ to }) => to === number);
      return /\b\d{8}\b/.exec(sent?.content ?? "")?.[0];
    });

  it("uses the next provider once when the first is down, without the user noticing (F-33)", async () => {
    const person = await setup.person();
    first.answerWith({ status: 503 });
    try {
      const portal = setup.visitor();
      await startReset(portal, person.userName);
      await chooseMethod(portal, "text", person.mobile);
      await enterCode(portal, await textTo(person.mobile));
      await choosePassword(portal, NEW);

      expect(await portal.screen(), await portal.text()).to.equal("done");
    } finally {
      first.answerWith("ok");
    }
    expect(first.sent.filter(({ to }) => to === person.mobile)).to.deep.equal([]);
    expect(second.sent.filter(({ to }) => to === person.mobile)).to.have.length(1);
    expect(await people.opens(person, NEW)).to.equal(true);
    const listed = await setup.installation.latchkey("delivery", "list");
    expect(listed.stdout).to.contain("backup").and.not.to.contain(person.mobile);
  });

  it("sends each code once, and the notice by mail over TLS", async () => {
    const person = await setup.person();
    const portal = setup.visitor();
    await startReset(portal, person.userName);
    await chooseMethod(portal, "text", person.mobile);
    await enterCode(portal, await textTo(person.mobile));
    await choosePassword(portal, NEW);

    expect(await portal.screen(), await portal.text()).to.equal("done");
    expect([...first.sent, ...second.sent].filter(({ to }) => to === person.mobile)).to.have.length(1);
    const [mail] = await smtp.mailsTo(person.alternateEmail);
    expect(mail).to.include({ isEncrypted: true, user: SMTP_LOGIN.user });
    expect(mail?.mail.text ?? "").not.to.contain(NEW);
    expect([...first.refusals, ...second.refusals]).to.deep.equal([]);
  });
});
