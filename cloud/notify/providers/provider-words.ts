/** A provider's own words, fit for records and logs: one line, without addresses, secrets and long tokens. */
import { printable } from "../../../shared/printable.ts";

const MAX_SHOWN = 200;
const ADDRESS = /[^\s<>"'(),;:]+@[^\s<>"'(),;:]+/g;
/** Base64 of a login that a server repeats, and ids of its own that help nobody but its operator. */
const LONG_TOKEN = /[A-Za-z0-9+/=_-]{24,}/g;

/** The first line of an answer, without addresses and secrets. The status code in front stays. */
export function firstLine(response: string, secrets: readonly string[]): string {
  const [line = ""] = response.split(/\r?\n/);
  const masked = secrets
    .filter((secret) => secret.length > 2)
    .reduce((text, secret) => text.replaceAll(secret, "[hidden]"), line.replace(ADDRESS, "[address]"))
    .replace(LONG_TOKEN, "[hidden]");
  return printable(masked.replace(/^(\d{3})-/, "$1 ").trim()).slice(0, MAX_SHOWN);
}
