/** Sends email by SMTP. */
import { createTransport } from "nodemailer";
import { authorityOf } from "../../../shared/authority.ts";
import type { EmailProviderConfig } from "../../config/notify.ts";
import type { OutgoingMessage, Provider, ProviderAnswer } from "./provider.ts";
import { firstLine, smtpAnswer } from "./smtp-answer.ts";

const MAX_CONNECTIONS = 4;
const MORE_MS = 250;

/** Reads the CA file now. Connects with the first message. */
export function createSmtpProvider(config: EmailProviderConfig): Provider<"email"> {
  const { name, host, port, tls, caFile, username, password, fromName, fromAddress, timeoutMs } = config;
  const transport = createTransport({
    pool: true,
    maxConnections: MAX_CONNECTIONS,
    host,
    port,
    secure: tls === "implicit",
    requireTLS: tls === "starttls",
    ignoreTLS: tls === "none",
    tls: { minVersion: "TLSv1.2", ...(caFile === undefined ? {} : { ca: authorityOf("caFile", caFile) }) },
    ...(username === undefined || password === undefined
      ? {}
      : { auth: { user: username, pass: password.reveal() } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    // Longer than the time-outs above, which say in which step the server was silent.
    socketTimeout: timeoutMs + MORE_MS,
    dnsTimeout: timeoutMs,
    // A message must not be able to name a file or an address to be read.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = fromAddress.slice(fromAddress.lastIndexOf("@") + 1);
  let closed = false;

  async function send({ id, to, language, otp, content }: OutgoingMessage<"email">): Promise<ProviderAnswer> {
    const secrets = [password?.reveal() ?? "", otp?.reveal() ?? "", to.slice(0, to.lastIndexOf("@"))];
    try {
      const { response } = await transport.sendMail({
        from: { name: fromName, address: fromAddress },
        to: { name: "", address: to },
        // Sends only to this address, whatever the header contains.
        envelope: { from: fromAddress, to: [to] },
        subject: content.subject,
        text: content.text,
        html: content.html,
        // The id is the same for every try, so that mail programs recognise a repeated mail.
        messageId: `<${id.toLowerCase()}@${domain}>`,
        headers: {
          "auto-submitted": "auto-generated", // RFC 3834: suppresses out-of-office replies
          "x-auto-response-suppress": "All",
          "content-language": language,
        },
      });
      return { kind: "taken", said: `SMTP ${firstLine(response, secrets)}` };
    } catch (error) {
      return smtpAnswer(error, { config, secrets });
    }
  }

  return {
    name,
    repeatable: true,
    costs: false,
    send,
    close() {
      if (!closed) transport.close();
      closed = true;
      return Promise.resolve();
    },
  };
}
