/** Where a person's notices go. Every address we know: whoever took over one of them cannot keep a change quiet. */
import type { Person } from "./people.ts";

const MAX_ADDRESSES = 4;
const looksLikeMail = (text: string): boolean =>
  text.length <= 254 && /^[^\s@,;<>"()]+@[^\s@,;<>"()]+\.[^\s@,;<>"()]+$/.test(text);

/** At most four, each once whatever its capitals, the confirmed one first; none for who is made up. */
export function noticeAddresses({ real, user, registration }: Person): string[] {
  if (!real) return [];
  const all = [registration.email?.address, user.alternateEmail, user.userName, ...user.aliases];
  const byForm = new Map<string, string>();
  for (const address of all)
    if (typeof address === "string" && looksLikeMail(address) && !byForm.has(address.toLowerCase()))
      byForm.set(address.toLowerCase(), address);
  return [...byForm.values()].slice(0, MAX_ADDRESSES);
}
