/** Reads the times that close an account. A time that cannot be read closes it too: nothing shows that it is still to come. */
import { DAY_MS } from "../../../shared/durations.ts";
import { textOf } from "../ldap/entry-text.ts";
import { parseFileTime } from "../ldap/filetime.ts";
import { parseGeneralizedTime } from "../ldap/generalized-time.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";

/** Epoch ms; null when there is no such time. */
export type ReadTime = number | "unreadable" | null;

export interface AccountTimes {
  readonly expired: boolean;
  /** The attributes whose value has no known form. */
  readonly unreadable: readonly string[];
}

/** `ends`: the account is closed from then on. `starts`: it is closed before. */
export function readAccountTimes(
  ends: Readonly<Record<string, ReadTime>>,
  starts: Readonly<Record<string, ReadTime>>,
  now: number,
): AccountTimes {
  const isPast = (time: ReadTime): boolean => typeof time === "number" && time <= now;
  const isAhead = (time: ReadTime): boolean => typeof time === "number" && time > now;
  const unreadable = Object.entries({ ...ends, ...starts })
    .filter(([, time]) => time === "unreadable")
    .map(([attribute]) => attribute);
  return { expired: Object.values(ends).some(isPast) || Object.values(starts).some(isAhead), unreadable };
}

/** A time in generalized time. */
export function timeOf(user: DirectoryEntryRaw, attribute: string): ReadTime {
  const text = textOf(user, attribute);
  if (text === undefined) return null;
  return parseGeneralizedTime(text) ?? "unreadable";
}

/** The end of an account of Active Directory (accountExpires). */
export function fileTimeOf(user: DirectoryEntryRaw, attribute: string): ReadTime {
  const time = parseFileTime(textOf(user, attribute));
  return time === "never" ? null : time;
}

/**
 * shadowExpire: days since 1970, of which no LDAP server takes notice but every Unix host does. -1 means never (shadow(5)); 0 is
 * what `chage -E 0` writes to close an account.
 */
export function shadowExpiryOf(user: DirectoryEntryRaw): ReadTime {
  const text = textOf(user, "shadowExpire");
  if (text === undefined || text === "-1") return null;
  return /^\d{1,9}$/.test(text) ? Number(text) * DAY_MS : "unreadable";
}
