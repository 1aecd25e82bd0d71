/** Reads mail addresses, typed or from the directory. Pure. */
import { domainToASCII } from "node:url";
import { z } from "zod";
import { readName } from "./user-names.ts";

const addressSchema = z.email().max(254);

/**
 * Returns an address without invisible characters and `mailto:`, and with its domain in ASCII (RFC 5890), as mail programs send it;
 * null for a text that is no address, or whose local part has letters that mail servers need not take (RFC 6531).
 */
export function readAddress(typed: string): string | null {
  const { text } = readName(typed);
  const at = text.lastIndexOf("@");
  const domain = domainToASCII(text.slice(at + 1));
  const address = at === -1 || domain === "" ? text : `${text.slice(0, at)}@${domain}`;
  return addressSchema.safeParse(address).data ?? null;
}
