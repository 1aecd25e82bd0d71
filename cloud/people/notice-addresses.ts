/** Addresses for a person's notices: all that are known, so that an attacker who controls one cannot hide a change. */
import type { Person } from "./people.ts";

const MAX_ADDRESSES = 4;
const looksLikeMail = (text: string): boolean =>
  text.length <= 254 && /^[^\s@,;<>"()]+@[^\s@,;<>"()]+\.[^\s@,;<>"()]+$/.test(text);

/**
 * Domains that exist within an organisation only (RFC 6762 appendix G, and ICANN's .internal). A user name there, such as
 * `jdoe@corp.local`, is the name of an account and of no mailbox, where the directory has a mail address as well.
 */
const isInternal = (address: string): boolean =>
  /\.(?:local|localhost|internal|intranet|private|corp|home|lan|home\.arpa|invalid)$/i.test(address);

/** At most four, the confirmed one first, without repeating one in other letter case; none for made-up people. */
export function noticeAddresses({ real, user, registration }: Person): string[] {
  if (!real) return [];
  const names = [user.userName, ...user.aliases].filter((name) => user.mail === null || !isInternal(name));
  const all = [registration.email?.address, user.alternateEmail, user.mail, ...names];
  const byForm = new Map<string, string>();
  for (const address of all)
    if (typeof address === "string" && looksLikeMail(address) && !byForm.has(address.toLowerCase()))
      byForm.set(address.toLowerCase(), address);
  return [...byForm.values()].slice(0, MAX_ADDRESSES);
}
