import { expect } from "chai";
import type { Notice } from "../../../../../cloud/notify/notifier.ts";
import { newId } from "../../../../../shared/ids.ts";
import {
  type NotifierNode,
  otpTo,
  secureSmtpProvider,
  smtpProvider,
  startNotifierNode,
} from "../../../../support/notifier-node.ts";
import { type RedisServer, startRedis } from "../../../../support/redis.ts";
import { type SmtpServer, startSmtpServer } from "../../../../support/smtp-server.ts";
import { waitFor } from "../../../../support/wait-for.ts";

const PERSON = "j.doe@contoso.example";

describe("mail by SMTP", () => {
  let redis: RedisServer;
  let server: SmtpServer;
  let node: NotifierNode | undefined;

  before(async () => {
    redis = await startRedis();
  });
  after(() => redis.stop());
  afterEach(async () => {
    await node?.close();
    node = undefined;
    await server.close();
  });

  async function start(
    tls: "implicit" | "starttls" | "none",
    email: (server: SmtpServer) => readonly unknown[],
    tenantName = "Contoso",
  ): Promise<NotifierNode> {
    server = await startSmtpServer(tls);
    node = await startNotifierNode({
      connection: redis.connection,
      notify: { email: email(server) },
      tenantName,
    });
    return node;
  }

  for (const tls of ["implicit", "starttls"] as const)
    it(`sends a code over an encrypted connection, signed in (${tls})`, async () => {
      const { notifier } = await start(tls, (smtp) => [secureSmtpProvider(smtp, tls)]);

      const delivery = await notifier.sendOtp(otpTo(PERSON, "email"));

      const [received] = await server.mailsTo(PERSON);
      expect(delivery).to.include({
        state: "sent",
        provider: "main",
        tries: 1,
        to: "j***@contoso.example",
        error: null,
      });
      expect(received).to.include({ isEncrypted: true, user: "latchkey", from: "no-reply@contoso.example" });
      expect(received?.mail.subject)
        .to.equal("Your verification code for Contoso")
        .and.not.contain("48159263");
      expect(received?.mail.text).to.contain("48159263");
      expect(received?.mail.html)
        .to.contain("48159263")
        .and.not.match(/<a\b|<img\b|https?:/);
      expect(received?.mail.messageId).to.equal(`<${delivery.id.toLowerCase()}@contoso.example>`);
      expect(received?.mail.headers.get("auto-submitted")).to.equal("auto-generated");
      expect([...(received?.mail.headers.keys() ?? [])].join()).to.not.contain("x-mailer");
    });

  it("sends nothing to a server without the encryption that is configured", async () => {
    const { notifier } = await start("none", (smtp) => [secureSmtpProvider(smtp, "starttls")]);

    const delivery = await notifier.sendOtp(otpTo(PERSON, "email", { expiresAt: Date.now() + 300 }));

    expect(delivery.state).to.equal("failed");
    expect(server.received).to.deep.equal([]);
  });

  it("sends nothing to a server whose certificate is not trusted, and not the password either", async () => {
    const { notifier } = await start("implicit", (smtp) => [
      { ...secureSmtpProvider(smtp, "implicit"), caFile: undefined },
    ]);

    const delivery = await notifier.sendOtp(otpTo(PERSON, "email", { expiresAt: Date.now() + 300 }));

    expect(delivery.state).to.equal("failed");
    expect(delivery.error).to.contain("main: TLS: the certificate is refused");
    expect(server.received).to.deep.equal([]);
  });

  it("does not ask a server again that refused for good, and asks the next one", async () => {
    const other = await startSmtpServer();
    try {
      const { notifier } = await start("none", (smtp) => [
        smtpProvider(smtp, { name: "first" }),
        smtpProvider(other, { name: "second" }),
      ]);
      server.answerWith({ status: 550 });

      const delivery = await notifier.sendOtp(otpTo(PERSON, "email"));

      expect(delivery).to.include({
        state: "sent",
        provider: "second",
        tries: 2,
        error: "first: message refused: SMTP 550 not now",
      });
      expect(await other.mailsTo(PERSON)).to.have.length(1);
    } finally {
      await node?.close();
      await other.close();
    }
  });

  it("tries a busy server again with the same code while the code is good (F-33)", async () => {
    const { notifier } = await start("none", (smtp) => [smtpProvider(smtp)]);
    server.answerWith({ status: 451 });
    const before = server.refused();

    const sending = notifier.sendOtp(otpTo(PERSON, "email"));
    await waitFor("the first refusal", () => server.refused() > before);
    server.answerWith("ok");
    const delivery = await sending;

    expect(delivery.state).to.equal("sent");
    expect(delivery.tries).to.be.greaterThan(1);
    expect(await server.mailsTo(PERSON)).to.have.length(1);
  });

  it("gives each address a mail of its own", async () => {
    const { notifier } = await start("none", (smtp) => [smtpProvider(smtp)]);
    const other = "jane@home.example";

    await notifier.notify(notice({ emails: [PERSON, other, PERSON] }));

    const [mine, theirs] = [await server.mailsTo(PERSON), await server.mailsTo(other)];
    expect([mine.length, theirs.length]).to.deep.equal([1, 1]);
    expect(mine[0]?.to).to.deep.equal([PERSON]);
    expect(mine[0]?.raw).to.not.contain(other);
  });

  it("keeps names with line breaks and markup out of headers and HTML", async () => {
    const evil =
      'Eve\r\nBcc: victim@contoso.example\r\n\r\n<script>alert(1)</script> <img src="http://evil.example/x">';
    const { notifier } = await start("none", (smtp) => [smtpProvider(smtp)], evil);

    await notifier.notify(notice({ emails: [PERSON], facts: { displayName: evil, userName: evil } }));
    await notifier.sendOtp(otpTo(PERSON, "email"));

    for (const { mail, to, raw } of await server.mailsTo(PERSON, 2)) {
      expect(to).to.deep.equal([PERSON]);
      expect(raw.slice(0, raw.indexOf("\r\n\r\n"))).to.not.match(/^bcc:/im);
      expect(mail.bcc).to.equal(undefined);
      expect(mail.html).to.not.match(/<script|<img|evil\.example/);
      expect(mail.text).to.not.contain("evil.example");
    }
  });

  for (const address of [
    "a@b.example\r\nBcc: c@d.example",
    "a@b.example, c@d.example",
    "<a@b.example>",
    "nobody",
    "",
  ])
    it(`sends nothing to ${JSON.stringify(address)}`, async () => {
      const { notifier } = await start("none", (smtp) => [smtpProvider(smtp)]);

      const delivery = await notifier.sendOtp(otpTo(address, "email"));

      expect(delivery).to.include({ state: "failed", tries: 0, error: "the email address is invalid" });
      expect(server.connections()).to.equal(0);
    });
});

const notice = (changes: Partial<Notice>): Notice => ({
  tenantId: `t${newId().toLowerCase()}`,
  kind: "password_reset",
  emails: [],
  language: "en",
  correlationId: newId(),
  facts: { displayName: "John Doe", userName: "jdoe", method: "text" },
  ...changes,
});
