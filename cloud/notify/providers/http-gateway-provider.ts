/** Sends text messages through the HTTP API of any gateway, by a template of the request and of its answer. */
import type { Clock } from "../../../shared/clock.ts";
import { DAY_MS } from "../../../shared/durations.ts";
import { parseJson } from "../../../shared/parse-json.ts";
import { fillBody, fillHeader, fillUrl, type PlaceholderValues } from "../../config/message-template.ts";
import type { HttpGatewayConfig } from "../../config/phone-provider.ts";
import { networkAnswer, statusAnswer } from "./network-answer.ts";
import type { OutgoingMessage, Provider, ProviderAnswer } from "./provider.ts";
import { firstLine } from "./provider-words.ts";
import { readBounded } from "./read-bounded.ts";

const CONTENT_TYPES = { json: "application/json", form: "application/x-www-form-urlencoded" } as const;
/** How long a notice is of use: as long as it is tried. */
const NOTICE_MS = DAY_MS;

export function createHttpGatewayProvider(
  config: HttpGatewayConfig,
  clock: Pick<Clock, "now">,
): Provider<"text" | "call"> {
  const { name, url, method, headers, format, body, timeoutMs } = config;
  const closing = new AbortController();

  async function send(message: OutgoingMessage<"text" | "call">): Promise<ProviderAnswer> {
    const values = valuesOf(config, message, clock.now());
    const secrets = secretsOf(values, message);
    try {
      const response = await fetch(fillUrl(url, values), {
        method,
        headers: {
          "user-agent": "latchkey",
          ...(body === undefined ? {} : { "content-type": CONTENT_TYPES[format] }),
          ...Object.fromEntries(headers.map((line) => headerOf(line, values))),
        },
        ...(body === undefined ? {} : { body: fillBody(body, format, values) }),
        // A redirect would send the message to an address that the operator has not configured.
        redirect: "manual",
        signal: AbortSignal.any([closing.signal, AbortSignal.timeout(timeoutMs)]),
      });
      return answerOf(config, response.status, await readBounded(response), secrets);
    } catch (error) {
      return networkAnswer(error);
    }
  }

  return {
    name,
    // Nothing is known of how a gateway treats a repetition.
    repeatable: false,
    costs: true,
    send,
    close() {
      closing.abort();
      return Promise.resolve();
    },
  };
}

function valuesOf(
  { from = "", username = "", secret }: HttpGatewayConfig,
  { id, tenantId, to, language, expiresAt, content }: OutgoingMessage<"text" | "call">,
  now: number,
): PlaceholderValues {
  const key = secret?.reveal() ?? "";
  const validMs = expiresAt === null ? NOTICE_MS : expiresAt - now;
  return {
    to,
    toDigits: to.replace(/^\+/, ""),
    text: content.channel === "text" ? content.text : content.sentences.join(" "),
    from,
    id: `${tenantId}.${id}`,
    language,
    validSeconds: String(Math.max(1, Math.ceil(validMs / 1_000))),
    secret: key,
    basic: Buffer.from(`${username}:${key}`, "utf8").toString("base64"),
  };
}

function headerOf(line: string, values: PlaceholderValues): [name: string, value: string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon).toLowerCase(), fillHeader(line.slice(colon + 1).trim(), values)];
}

/** What an answer may repeat and no record may have. */
const secretsOf = (
  { secret, basic, text, to, toDigits }: PlaceholderValues,
  { otp }: OutgoingMessage,
): string[] => [secret, basic, text, otp?.reveal() ?? "", to, toDigits, encodeURIComponent(secret)];

/** An HTTP error decides by itself. Many gateways answer 200 and say in the body that they refused. */
function answerOf(
  { answer }: HttpGatewayConfig,
  status: number,
  text: string,
  secrets: readonly string[],
): ProviderAnswer {
  const { statusPath, accepted = [], busy = [], contains, idPath, errorPath } = answer;
  const json = parseJson(text);
  const at = (path: string | undefined): string | null => (path === undefined ? null : valueAt(json, path));
  const shown = (value: string | null): string => firstLine(value ?? "", secrets);
  const own = shown(at(statusPath));
  const error = shown(at(errorPath));
  const detail = `${own === "" ? "" : `, status ${own}`}${error === "" ? "" : `, ${error}`}`;
  if (status < 200 || status >= 300) return statusAnswer(status, detail);

  const found = at(statusPath);
  if (found !== null && busy.includes(found)) return { kind: "busy", why: `HTTP ${status}${detail}` };
  if (statusPath !== undefined && (found === null || !accepted.includes(found)))
    return {
      kind: "refused",
      of: "message",
      why: `HTTP ${status}${found === null ? `, no ${statusPath} in the answer` : ""}${detail}`,
    };
  if (contains !== undefined && !text.includes(contains))
    return {
      kind: "refused",
      of: "message",
      why: `HTTP ${status}, the answer does not contain ${contains}${detail}`,
    };
  const id = at(idPath);
  return {
    kind: "taken",
    said: `HTTP ${status}${own === "" ? "" : `, status ${own}`}${id === null ? "" : `, id ${shown(id)}`}`,
  };
}

/** Follows names and indices into JSON. Null where there is no text, number or truth value. */
function valueAt(json: unknown, path: string): string | null {
  let value = json;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return null;
    value = Reflect.get(value, name) as unknown;
  }
  return ["string", "number", "boolean"].includes(typeof value) ? String(value) : null;
}
