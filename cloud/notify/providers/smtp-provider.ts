/** Sends email by SMTP. */
import { readFileSync } from "node:fs";
import { createTransport } from "nodemailer";
import { authorityOf } from "../../../shared/authority.ts";
import type { Clock } from "../../../shared/clock.ts";
import type { EmailProviderConfig } from "../../config/email-provider.ts";
import { createOAuthTokens, type OAuthTokens } from "./oauth-tokens.ts";
import type { OutgoingMessage, Provider, ProviderAnswer } from "./provider.ts";
import { firstLine } from "./provider-words.ts";
import { isLoginRefused, smtpAnswer } from "./smtp-answer.ts";

const MAX_CONNECTIONS = 4;
const MORE_MS = 250;

/** Reads the files of CA and DKIM key now. Connects with the first message. */
export function createSmtpProvider(
  config: EmailProviderConfig,
  clock: Pick<Clock, "now">,
): Provider<"email"> {
  const { name, host, port, tls, caFile, password, fromName, fromAddress, timeoutMs } = config;
  const closing = new AbortController();
  const tokens =
    config.oauth === undefined
      ? null
      : createOAuthTokens({ config: config.oauth, timeoutMs, clock, signal: closing.signal });
  const transport = createTransport({
    pool: true,
    maxConnections: MAX_CONNECTIONS,
    host,
    port,
    secure: tls === "implicit",
    requireTLS: tls === "starttls",
    ignoreTLS: tls === "none",
    tls: { minVersion: "TLSv1.2", ...(caFile === undefined ? {} : { ca: authorityOf("caFile", caFile) }) },
    ...authOf(config, tokens),
    ...dkimOf(config),
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

  const transmit = ({ id, to, language, content }: OutgoingMessage<"email">) =>
    transport.sendMail({
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

  async function send(message: OutgoingMessage<"email">): Promise<ProviderAnswer> {
    const { otp, to } = message;
    const secrets = [password?.reveal() ?? "", otp?.reveal() ?? "", to.slice(0, to.lastIndexOf("@"))];
    try {
      const { response } = await transmit(message).catch((error: unknown) => {
        if (tokens === null || !isLoginRefused(error)) throw error;
        // Revoked before it expired. nodemailer asks for another one only where the server says why (334).
        tokens.drop();
        return transmit(message);
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
      closing.abort();
      if (!closed) transport.close();
      closed = true;
      return Promise.resolve();
    },
  };
}

function authOf({ username, password }: EmailProviderConfig, tokens: OAuthTokens | null) {
  if (username === undefined) return {};
  if (tokens === null)
    return password === undefined ? {} : { auth: { user: username, pass: password.reveal() } };
  return {
    auth: {
      type: "OAuth2" as const,
      user: username,
      provisionCallback(
        _user: string,
        isRefused: boolean,
        done: (error: Error | null, token: string, expiresAt: number) => void,
      ) {
        if (isRefused) tokens.drop();
        tokens.get().then(
          ({ token, expiresAt }) => done(null, token.reveal(), expiresAt),
          (error: unknown) => done(error as Error, "", 0),
        );
      },
    },
  };
}

function dkimOf({ dkim }: EmailProviderConfig) {
  if (dkim === undefined) return {};
  const { domain, selector, keyFile } = dkim;
  return {
    dkim: { domainName: domain, keySelector: selector, privateKey: readFileSync(keyFile, "utf8") },
  };
}
