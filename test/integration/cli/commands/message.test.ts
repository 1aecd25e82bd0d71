import { expect } from "chai";
import { createProgram } from "../../../../cli/program.ts";
import type { AuditEntry } from "../../../../shared/api/audit.ts";
import type { DeliveryView } from "../../../../shared/api/deliveries.ts";
import { runCommand } from "../../../../shared/command.ts";
import { startTestCloud, type TestCloud } from "../../../support/cloud.ts";
import { bufferedIo } from "../../../support/command-io.ts";
import { secureSmtpProvider, smtpProvider, twilioProvider } from "../../../support/notifier-node.ts";
import { type SmsGateway, startSmsGateway } from "../../../support/sms-gateway.ts";
import { type SmtpServer, startSmtpServer } from "../../../support/smtp-server.ts";

const ADMIN = "ann.admin@contoso.example";
const MOBILE = "+32470123456";

describe("latchkey message test", () => {
  let cloud: TestCloud;
  let tenantId: string;
  let broken: SmtpServer;
  let good: SmtpServer;
  let gateway: SmsGateway;

  before(async () => {
    broken = await startSmtpServer("starttls", { names: ["mail.contoso.example"] });
    good = await startSmtpServer();
    gateway = await startSmsGateway();
    cloud = await startTestCloud({
      notify: {
        email: [
          { ...secureSmtpProvider(broken, "starttls"), name: "broken" },
          smtpProvider(good, { name: "good" }),
        ],
        text: [twilioProvider(gateway)],
        call: [twilioProvider(gateway)],
      },
    });
  });
  after(async () => {
    await cloud.close();
    await broken.close();
    await good.close();
    await gateway.close();
  });
  beforeEach(async () => {
    tenantId = await cloud.newTenant();
  });

  async function latchkey(...argv: string[]) {
    const environment = {
      LATCHKEY_URL: cloud.url,
      LATCHKEY_API_KEY_FILE: cloud.ownerKeyFile,
      LATCHKEY_TENANT: tenantId,
    };
    const io = bufferedIo({ environment });
    const program = createProgram(Object.assign(Object.create(io) as typeof io, { stdin: null as never }));
    const exit = await runCommand(program, ["node", "latchkey", "message", "test", ...argv], io);
    return { exit, out: io.out, err: io.err };
  }
  const listed = async () =>
    (await cloud.api<{ items: DeliveryView[] }>("GET", `/api/v1/tenants/${tenantId}/deliveries`)).body.items;

  it("sends a real email, and prints what each mail server answered", async () => {
    const { exit, out, err } = await latchkey("--to", ADMIN, "--channel", "email");

    const [received] = await good.mailsTo(ADMIN);
    expect(exit, err).to.equal(0);
    expect(out).to.match(
      /^broken: not accepted now \(TLS: the certificate is refused: it is for DNS:mail\.contoso\.example/,
    );
    expect(out)
      .to.match(/^good: accepted \(SMTP 250 .+\)$/m)
      .and.not.to.contain(ADMIN);
    expect(received?.mail.subject).to.equal("Contoso: Test message");
    expect(received?.mail.text).to.contain("this is a test message from account recovery");
    expect((await listed())[0]).to.include({ kind: "test", state: "sent", provider: "good", tries: 2 });
  });

  it("ends with 3 when no provider accepts it, also with --json", async () => {
    const { exit, out, err } = await latchkey(
      ...["--to", ADMIN, "--channel", "email", "--provider", "broken", "--json"],
    );

    const { answers, delivery } = JSON.parse(out) as { answers: unknown[]; delivery: DeliveryView };
    expect(exit).to.equal(3);
    expect(JSON.parse(err)).to.include({ code: "PROVIDER_FAILED" });
    expect(answers).to.have.length(1);
    expect(delivery).to.include({ state: "failed", tries: 1 });
    expect(delivery.error).to.match(/^broken: TLS: the certificate is refused/);
  });

  it("texts and calls in the language asked for, with the provider's id, and counts no code", async () => {
    const text = await latchkey("--to", MOBILE, "--channel", "text", "--language", "nl");
    gateway.answerByVoicemail(); // it does not ask the cloud for what it says after a key
    const call = await latchkey("--to", MOBILE, "--channel", "call");

    expect([text.exit, call.exit], text.err + call.err).to.deep.equal([0, 0]);
    expect(text.out).to.match(/^twilio: accepted \(HTTP 20\d/);
    expect(gateway.sent.map(({ content }) => content)[0]).to.equal(
      "Contoso: dit is een testbericht van accountherstel. U hoeft niets te doen.",
    );
    expect((await listed()).map(({ kind, channel }) => `${kind} ${channel}`)).to.deep.equal([
      "test call",
      "test text",
    ]);
  });

  it("refuses a number that may get no messages, and a provider that there is not", async () => {
    const premium = await latchkey("--to", "+3290012345", "--channel", "text");
    const unknown = await latchkey("--to", ADMIN, "--channel", "email", "--provider", "other");

    expect([premium.exit, unknown.exit]).to.deep.equal([2, 2]);
    expect(premium.err).to.contain("premium rate");
    expect(unknown.err).to.contain("there is no provider other for this channel, but: broken, good");
  });

  it("is in the audit log, and limited, so that a stolen key cannot flood anybody", async () => {
    const send = () => latchkey("--to", MOBILE, "--channel", "text");
    const exits: number[] = [];
    for (let each = 0; each < 11; each += 1) exits.push((await send()).exit);

    const { err } = await send();
    const audit = await cloud.api<{ items: AuditEntry[] }>("GET", `/api/v1/tenants/${tenantId}/audit`);
    const entries = audit.body.items.filter(({ action }) => action === "message.tested");
    expect(exits).to.deep.equal([...new Array<number>(10).fill(0), 3]);
    expect(err).to.contain("[RATE_LIMITED]").and.to.contain("latchkey limits lift test_messages");
    expect(entries).to.have.length(10);
    expect(entries[0]?.details).to.include({ channel: "text", to: "+32 *** **56", answers: "twilio: taken" });
  });

  it("needs the scope tenants:write", async () => {
    const { secret } = await cloud.newKey(["users:write", "policy:write"], tenantId);
    const { status, body } = await cloud.api(
      "POST",
      `/api/v1/tenants/${tenantId}/messages/test`,
      { channel: "email", to: ADMIN },
      { key: secret },
    );

    expect([status, body.code]).to.deep.equal([403, "SCOPE_MISSING"]);
  });
});
