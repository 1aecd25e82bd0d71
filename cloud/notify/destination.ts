/** Decides where messages may be sent. This is the last check before money is spent, whatever was checked before. */
import type { Channel } from "../../shared/methods.ts";
import { parsePhone } from "../../shared/phone.ts";
import type { PhoneProblem } from "../../shared/user.ts";

/** No spaces, symbols or control characters that mean something to a mail server. Other scripts are allowed (RFC 6531). */
const ADDRESS = /^[^\s\p{C}@"<>,;:()[\]\\]{1,64}@[^\s\p{C}@"<>,;:()[\]\\]{1,253}$/u;
const MAX_ADDRESS = 254;

export const isMailAddress = (text: string): boolean => text.length <= MAX_ADDRESS && ADDRESS.test(text);

const REFUSALS: Readonly<Partial<Record<PhoneProblem, string>>> = {
  premium_rate: "the number is premium rate",
  toll_free: "the number is toll-free",
  voicemail: "the number is a voicemail box",
  // Satellite phones and international networks cost the most.
  no_country: "the number belongs to no country",
};

/** The reason why no message may be sent there, in words for the record, or null. */
export function whyNotAllowed(
  channel: Channel,
  to: string,
  allowedCountries: readonly string[],
): string | null {
  if (channel === "email") return isMailAddress(to) ? null : "the email address is invalid";
  // The number has its country code, so the region has no effect.
  const phone = /^\+\d{4,15}$/.test(to) ? parsePhone(to, "US") : null;
  if (phone?.ok !== true) return REFUSALS[phone?.problem ?? "not_a_number"] ?? "the number is invalid";
  if (allowedCountries.length > 0 && !allowedCountries.includes(phone.country))
    return `the number's country (${phone.country}) is not in notify.allowedCountries`;
  return null;
}

/** For records and logs: `j***@contoso.com`. */
export function maskAddress(address: string): string {
  const at = address.lastIndexOf("@");
  return `${Array.from(address.slice(0, Math.max(at, 0)))[0] ?? ""}***${at === -1 ? "" : address.slice(at)}`;
}
