/** Addresses for a person's notices: all that are known, so that an attacker who controls one cannot hide a change. */
import type { Person } from "./people.ts";

const MAX_ADDRESSES = 4;
const looksLikeMail = (text: string): boolean =>
  text.length <= 254 && /^[^\s@,;<>"()]+@[^\s@,;<>"()]+\.[^\s@,;<>"()]+$/.test(text);

/** At most four, the confirmed one first, without repeating one in other letter case; none for made-up people. */
export function noticeAddresses({ real, user, registration }: Person): string[] {
  if (!real) return [];
  const all = [registration.email?.address, user.alternateEmail, user.userName, ...user.aliases];
  const byForm = new Map<string, string>();
  for (const address of all)
    if (typeof address === "string" && looksLikeMail(address) && !byForm.has(address.toLowerCase()))
      byForm.set(address.toLowerCase(), address);
  return [...byForm.values()].slice(0, MAX_ADDRESSES);
}
