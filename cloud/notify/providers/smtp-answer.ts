/** Says why a mail was not accepted: the layer that failed, the server's own words, and what mends it. */
import { networkProblemOf } from "../../../shared/system-errors.ts";
import type { EmailProviderConfig } from "../../config/email-provider.ts";
import { OAuthError } from "./oauth-tokens.ts";
import type { ProviderAnswer } from "./provider.ts";
import { firstLine } from "./provider-words.ts";

export interface SmtpTry {
  readonly config: Pick<EmailProviderConfig, "tls" | "timeoutMs" | "oauth">;
  /** Texts that must not appear in an answer: the password, the code, the recipient's name. */
  readonly secrets: readonly string[];
}

/**
 * RFC 5321 4.2.1: 4yz is temporary, 5yz is about the message or the account. Without TLS or a greeting, the message was not offered
 * to the server, so the try is repeated whatever the status says.
 */
export function smtpAnswer(error: unknown, { config, secrets }: SmtpTry): ProviderAnswer {
  if (error instanceof OAuthError) return { kind: "busy", why: error.message };
  const { command, code, timeoutType, responseCode, response } = factsOf(error);
  const said = response === null ? null : `SMTP ${firstLine(response, secrets)}`;

  if (command === "STARTTLS" && said !== null)
    return {
      kind: "busy",
      why: `TLS: the server offers no STARTTLS on this port (${said}); turn STARTTLS on there, or use the port of implicit TLS (usually 465) with tls: implicit`,
    };
  if (said !== null && responseCode !== null) {
    const isLogin = command.startsWith("AUTH") || responseCode === 530;
    const why = isLogin ? loginProblem(said, responseCode, config) : `${PHASES[command] ?? ""}${said}`;
    return responseCode < 500
      ? { kind: "busy", why }
      : { kind: "refused", why, of: isLogin ? "provider" : "message" };
  }
  if (timeoutType === "UPGRADE_TIMEOUT" || code === "ETLS")
    return { kind: "busy", why: "TLS: the server did not finish the handshake" };
  if (timeoutType === "GREETING_TIMEOUT")
    return {
      kind: "busy",
      why: `no SMTP greeting within ${config.timeoutMs} ms${config.tls === "implicit" ? "" : `; ${EXPECTS_TLS}`}`,
    };
  if (code === "ECONNECTION")
    return {
      kind: "busy",
      why: `the server closed the connection${config.tls === "implicit" ? "" : `; ${EXPECTS_TLS}`}`,
    };
  const problem = networkProblemOf(error);
  if (problem === null) return { kind: "busy", why: "no answer: unknown" };
  const advice =
    problem.layer === "handshake" && config.tls === "implicit"
      ? "; for a port that begins without TLS (usually 587), set tls: starttls"
      : "";
  return { kind: "busy", why: `${LAYERS[problem.layer]}: ${problem.reason}${advice}` };
}

/** RFC 4954 6: 530 demands a login before the message. */
const loginProblem = (said: string, responseCode: number, { oauth }: SmtpTry["config"]): string =>
  responseCode === 530
    ? `login required: ${said}; set username and passwordFile, or oauth`
    : `login refused: ${said}; ${oauth === undefined ? "check the account and its secret" : NOT_ALLOWED}`;

/** True when the server answered and refused the password or the token. */
export function isLoginRefused(error: unknown): boolean {
  const { command, responseCode } = factsOf(error);
  return command.startsWith("AUTH") && responseCode === 535;
}

const NOT_ALLOWED =
  "a token was given, so check that this client may sign in as username (permission, scope, SMTP AUTH of the mailbox)";
const EXPECTS_TLS = "a port that begins with TLS (usually 465) needs tls: implicit";

const LAYERS = {
  name: "DNS",
  connection: "no connection",
  certificate: "TLS: the certificate is refused",
  handshake: "TLS",
  answer: "no answer",
} as const;

const PHASES: Readonly<Record<string, string>> = {
  "MAIL FROM": "sender refused: ",
  "RCPT TO": "recipient refused: ",
  DATA: "message refused: ",
};

interface Facts {
  /** The SMTP command that failed, as nodemailer names it: `CONN`, `STARTTLS`, `AUTH PLAIN`, `RCPT TO` … */
  readonly command: string;
  readonly code: unknown;
  readonly timeoutType: unknown;
  readonly responseCode: number | null;
  readonly response: string | null;
}

function factsOf(error: unknown): Facts {
  const at = (name: string): unknown => (error instanceof Error ? Reflect.get(error, name) : undefined);
  const [command, responseCode, response] = [at("command"), at("responseCode"), at("response")];
  return {
    command: typeof command === "string" ? command : "",
    code: at("code"),
    timeoutType: at("timeoutType"),
    responseCode: typeof responseCode === "number" ? responseCode : null,
    response: typeof response === "string" ? response : null,
  };
}
