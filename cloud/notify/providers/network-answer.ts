/** Decides from a failed connection or an HTTP status whether a provider accepted the message. */
import type { ProviderAnswer } from "./provider.ts";

/** Failures before any part of the message was sent. */
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

/** The code of the innermost error that has one. The text of an error is not used, because it may contain an address. */
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
    : { kind: "doubtful", why: `no answer (${code}); the message may have been accepted` };
}

/** 408, 425 and 429 are temporary. The other 4xx are about the message or the account. */
export function statusAnswer(status: number, detail = ""): ProviderAnswer {
  const why = `HTTP ${status}${detail}`;
  if (status >= 200 && status < 300) return { kind: "taken" };
  return status >= 500 || [408, 425, 429].includes(status) ? { kind: "busy", why } : { kind: "refused", why };
}
