/** What a failed connection says about a message: was it taken or not? */
import type { ProviderAnswer } from "./provider.ts";

/** Before anything of the message was sent. */
const NOT_CONNECTED: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EDNS",
  "UND_ERR_CONNECT_TIMEOUT",
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

const MAX_DEPTH = 4;

/** The code of the innermost error that has one; what an error says in words may hold an address. */
export function errorCode(error: unknown): string {
  let code = "unknown";
  let inner = error;
  for (let depth = 0; inner instanceof Error && depth < MAX_DEPTH; depth += 1) {
    const own: unknown = Reflect.get(inner, "code");
    if (typeof own === "string" && /^[A-Z][A-Z0-9_]{2,60}$/.test(own)) code = own;
    else if (inner.name === "TimeoutError" || inner.name === "AbortError") code = "ETIMEDOUT";
    inner = inner.cause;
  }
  return code;
}

export function networkAnswer(error: unknown): ProviderAnswer {
  const code = errorCode(error);
  return NOT_CONNECTED.has(code)
    ? { kind: "busy", why: `no connection (${code})` }
    : { kind: "doubtful", why: `no answer (${code}); it may have been taken` };
}

/** What the status of an HTTP answer says. 408, 425 and 429 are about the moment, the rest of 4xx about the message or the account. */
export function statusAnswer(status: number, detail = ""): ProviderAnswer {
  const why = `HTTP ${status}${detail}`;
  if (status >= 200 && status < 300) return { kind: "taken" };
  return status >= 500 || [408, 425, 429].includes(status) ? { kind: "busy", why } : { kind: "refused", why };
}
