import { createServer } from "node:net";
import { expect } from "chai";
import { notifyConfigSchema } from "../../../../../cloud/config/notify.ts";
import type { ProviderAnswer } from "../../../../../cloud/notify/providers/provider.ts";
import { createSmtpProvider } from "../../../../../cloud/notify/providers/smtp-provider.ts";
import { freePort } from "../../../../../lab/free-port.ts";
import { systemClock } from "../../../../../shared/clock.ts";
import { newId } from "../../../../../shared/ids.ts";
import { secureSmtpProvider, smtpProvider } from "../../../../support/notifier-node.ts";
import { type SmtpServer, startSmtpServer } from "../../../../support/smtp-server.ts";

const PERSON = "jocelyn@contoso.example";

/** Sends one mail with this configuration, and returns the provider's answer. */
async function answerTo(config: unknown): Promise<ProviderAnswer> {
  const [entry] = notifyConfigSchema.parse({ email: [config] }).email;
  if (entry === undefined) throw new Error("no provider");
  const provider = createSmtpProvider(entry, systemClock);
  try {
    return await provider.send({
      id: newId(),
      tenantId: "contoso",
      correlationId: newId(),
      kind: "password_reset",
      language: "en",
      to: PERSON,
      expiresAt: null,
      otp: null,
      content: { channel: "email", subject: "Your password was reset", text: "text", html: "<p>text</p>" },
    });
  } finally {
    await provider.close();
  }
}

describe("a mail that is not accepted says which layer failed and what mends it", () => {
  let server: SmtpServer | undefined;

  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  async function start(...options: Parameters<typeof startSmtpServer>): Promise<SmtpServer> {
    server = await startSmtpServer(...options);
    return server;
  }

  for (const tls of ["implicit", "starttls"] as const) {
    it(`an authority that is not known (${tls})`, async () => {
      const smtp = await start(tls);

      const answer = await answerTo({ ...secureSmtpProvider(smtp, tls), caFile: undefined });

      expect(answer.kind).to.equal("busy");
      expect(answer)
        .to.have.property("why")
        .that.matches(
          /^TLS: the certificate is refused: the authority that issued it is not known to this host.*\(UNABLE_TO_VERIFY_LEAF_SIGNATURE\)$/,
        );
    });

    it(`a self-signed certificate (${tls})`, async () => {
      const smtp = await start(tls, { isSelfSigned: true });

      expect(await answerTo({ ...secureSmtpProvider(smtp, tls), caFile: undefined }))
        .to.have.property("why")
        .that.matches(
          /^TLS: the certificate is refused: it is self-signed; to trust it, name this certificate itself as the authority \(DEPTH_ZERO_SELF_SIGNED_CERT\)$/,
        );
    });

    it(`a certificate for another name (${tls})`, async () => {
      const smtp = await start(tls, { names: ["mail.contoso.example"] });

      expect(await answerTo(secureSmtpProvider(smtp, tls)))
        .to.have.property("why")
        .that.matches(
          /^TLS: the certificate is refused: it is for DNS:mail\.contoso\.example, not for 127\.0\.0\.1; use a name of the certificate/,
        );
    });

    it(`a certificate that has expired (${tls})`, async () => {
      const smtp = await start(tls, { days: -1 });

      expect(await answerTo(secureSmtpProvider(smtp, tls)))
        .to.have.property("why")
        .that.matches(/^TLS: the certificate is refused: it, .* has expired; renew it \(CERT_HAS_EXPIRED\)$/);
    });

    it(`a refused login, in the provider's words without the password (${tls})`, async () => {
      const smtp = await start(tls);

      const answer = await answerTo({
        ...secureSmtpProvider(smtp, tls),
        username: "mailer@contoso.example",
        password: "an-old-password",
      });

      expect(answer).to.deep.equal({
        kind: "refused",
        of: "provider",
        why: "login refused: SMTP 535 [address] may not sign in with [hidden]; check the account and its secret",
      });
    });
  }

  it("a port that begins without TLS, spoken to in TLS", async () => {
    const smtp = await start("starttls");

    expect(await answerTo(secureSmtpProvider(smtp, "implicit")))
      .to.have.property("why")
      .that.matches(
        /^TLS: it does not speak TLS on this port \(ERR_SSL_\w+\); for a port that begins without TLS \(usually 587\), set tls: starttls$/,
      );
  });

  it("a port that begins with TLS, spoken to without", async () => {
    const smtp = await start("implicit");

    expect(await answerTo({ ...secureSmtpProvider(smtp, "starttls"), timeoutMs: 300 })).to.deep.equal({
      kind: "busy",
      why: "no SMTP greeting within 300 ms; a port that begins with TLS (usually 465) needs tls: implicit",
    });
  });

  it("no STARTTLS", async () => {
    const smtp = await start("none");

    expect(await answerTo(secureSmtpProvider(smtp, "starttls")))
      .to.have.property("why")
      .that.matches(
        /^TLS: the server offers no STARTTLS on this port \(SMTP 50\d .+\); turn STARTTLS on there/,
      );
  });

  it("a server that demands a login where none is configured", async () => {
    const smtp = await start("starttls");
    const anonymous = {
      ...(secureSmtpProvider(smtp, "starttls") as Record<string, unknown>),
      username: undefined,
      password: undefined,
    };

    expect(await answerTo(anonymous))
      .to.have.property("why")
      .that.matches(/^login required: SMTP 530 .+; set username and passwordFile, or oauth$/);
  });

  it("a server that ends TLS in the middle of the handshake", async () => {
    const closing = createServer((socket) => {
      socket.write("220 smtp\r\n");
      socket.on("data", (data) => {
        if (data.toString().startsWith("EHLO")) socket.write("250-smtp\r\n250 STARTTLS\r\n");
        else if (data.toString().startsWith("STARTTLS")) socket.write("220 go ahead\r\n");
        else socket.end();
      });
      socket.on("error", () => undefined);
    });
    await new Promise<void>((resolve) => closing.listen(0, "127.0.0.1", resolve));
    const address = closing.address();
    try {
      const port = address === null || typeof address === "string" ? 0 : address.port;
      expect(await answerTo(smtpProvider({ port }, { tls: "starttls" })))
        .to.have.property("why")
        .that.matches(/^TLS: the server did not finish the handshake|^no answer: the connection was closed/);
    } finally {
      closing.close();
    }
  });

  it("a server that closes the connection", async () => {
    const closing = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => closing.listen(0, "127.0.0.1", resolve));
    const address = closing.address();
    try {
      const port = address === null || typeof address === "string" ? 0 : address.port;
      expect(await answerTo(smtpProvider({ port })))
        .to.have.property("why")
        .that.matches(/^the server closed the connection; a port that begins with TLS/);
    } finally {
      closing.close();
    }
  });

  it("nothing that listens", async () => {
    expect(await answerTo(smtpProvider({ port: await freePort() }))).to.deep.equal({
      kind: "busy",
      why: "no connection: nothing listens at that address and port, or a firewall refuses the connection (ECONNREFUSED)",
    });
  });

  it("a name that is not in DNS", async () => {
    expect(await answerTo({ ...smtpProvider({ port: 25 }), host: "smtp.invalid", tls: "starttls" }))
      .to.have.property("why")
      .that.matches(/^DNS: .* (?:check the name|check the resolver of this host) \(E\w+\)$/);
  });

  it("a host that does not answer", async () => {
    // 192.0.2.0/24 is for documentation (RFC 5737): no host has such an address. A network may refuse it at once.
    const config = { ...smtpProvider({ port: 25 }), host: "192.0.2.1", tls: "starttls", timeoutMs: 300 };
    expect(await answerTo(config))
      .to.have.property("why")
      .that.matches(
        /^no connection: (?:the host does not answer; a firewall may drop the packets|there is no route to the host|nothing listens)/,
      );
  });

  it("a refused mail, in the provider's words without the recipient", async () => {
    const smtp = await start("none");
    smtp.answerWith({ status: 550, words: `5.1.1 <${PERSON}>: no mailbox jocelyn here` });

    expect(await answerTo(smtpProvider(smtp))).to.deep.equal({
      kind: "refused",
      of: "message",
      why: "message refused: SMTP 550 5.1.1 <[address]>: no mailbox [hidden] here",
    });
  });
});
