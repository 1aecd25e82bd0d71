/** Decides from a failed connection or an HTTP status whether a provider accepted the message. */
import { networkProblemOf } from "../../../shared/system-errors.ts";
import type { ProviderAnswer } from "./provider.ts";

/** Before the connection stands, no part of the message was sent. */
export function networkAnswer(error: unknown): ProviderAnswer {
  const { layer = "answer", reason = "unknown" } = networkProblemOf(error) ?? {};
  return layer === "answer"
    ? { kind: "doubtful", why: `no answer: ${reason}; the message may have been accepted` }
    : { kind: "busy", why: `no connection: ${reason}` };
}

/** 408, 425 and 429 are temporary. The other 4xx are about the message or the account. */
export function statusAnswer(status: number, detail = ""): ProviderAnswer {
  if (status >= 200 && status < 300) return { kind: "taken", said: `HTTP ${status}${detail}` };
  const hint = hintOf(status);
  const why = `HTTP ${status}${detail}${hint === null ? "" : `: ${hint}`}`;
  if (status >= 500 || [408, 425, 429].includes(status)) return { kind: "busy", why };
  return { kind: "refused", why, of: hint === null ? "message" : "provider" };
}

function hintOf(status: number): string | null {
  if (status >= 300 && status < 400)
    return "it redirects to another address, which is not followed; configure the final address";
  switch (status) {
    case 401:
    case 403:
      return "the login was refused; check the account and the secret of this provider";
    case 404:
    case 405:
    case 410:
      return "nothing takes messages at this address; check the address of this provider";
    case 502:
    case 504:
      return "a proxy answered, and the service behind it did not";
    default:
      return null;
  }
}
