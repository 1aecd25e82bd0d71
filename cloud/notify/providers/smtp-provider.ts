/** Sends email by SMTP. */
import { createTransport } from "nodemailer";
import { authorityOf } from "../../../shared/authority.ts";
import type { EmailProviderConfig } from "../../config/notify.ts";
import { errorCode } from "./network-answer.ts";
import type { OutgoingMessage, Provider, ProviderAnswer } from "./provider.ts";

const MAX_CONNECTIONS = 4;

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
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    // A message must not be able to name a file or an address to be read.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = fromAddress.slice(fromAddress.lastIndexOf("@") + 1);
  let closed = false;

  async function send({ id, to, language, content }: OutgoingMessage<"email">): Promise<ProviderAnswer> {
    try {
      await transport.sendMail({
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
      return { kind: "taken" };
    } catch (error) {
      return smtpAnswer(error);
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

/** RFC 5321 4.2.1: 4yz is temporary, 5yz is about the message or the account. */
function smtpAnswer(error: unknown): ProviderAnswer {
  const status: unknown = error instanceof Error ? Reflect.get(error, "responseCode") : undefined;
  if (typeof status !== "number") return { kind: "busy", why: `no answer (${errorCode(error)})` };
  return { kind: status >= 500 ? "refused" : "busy", why: `SMTP ${status}` };
}
