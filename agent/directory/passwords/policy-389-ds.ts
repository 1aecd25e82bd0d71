/**
 * The password policy of 389 Directory Server: an entry that the user's own names (pwdPolicySubentry, by a subtree's class of
 * service too), otherwise cn=config, which the agent's account may read only where that was granted.
 */
import type { PasswordRule } from "../../../shared/writeback.ts";
import { UNREADABLE_RULE } from "../directory.ts";
import { countOf, textOf } from "../ldap/entry-text.ts";
import { ANY_ENTRY } from "../ldap/filters.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import { ldapCodeOf } from "../ldap/ldap-errors.ts";
import type { LdapSession } from "../ldap/ldap-session.ts";

/** What the agent reads of a policy. doctor prints the right to read these in cn=config. */
export const POLICY_ATTRIBUTES = [
  "passwordCheckSyntax",
  "passwordMinLength",
  "passwordMinCategories",
  "passwordHistory",
  "passwordInHistory",
  "passwordMinAge",
  "passwordMustChange",
  "passwordLockout",
  "passwordMaxFailure",
  "passwordUnlock",
  "passwordResetFailureCount",
  "passwordTPRMaxUse",
];

export interface Ds389Policy {
  readonly rule: PasswordRule;
  readonly mustChange: boolean;
  /** Wrong passwords that lock an account; 0: no number does. */
  readonly threshold: number;
  /** Tries of a password that an administrator has set; null: any number. */
  readonly temporaryTries: number | null;
  /** False: a lockout ends only by an administrator's hand. */
  readonly locksForATime: boolean;
}

/** Returns null when it cannot be read. `user` null stands for a user that does not exist, and names no policy. */
export async function read389Policy(
  session: LdapSession,
  user: DirectoryEntryRaw | null,
): Promise<Ds389Policy | null> {
  const own = user === null ? undefined : textOf(user, "pwdPolicySubentry");
  const entry = await readEntry(session, own ?? "cn=config");
  // Without one of its attributes nothing of cn=config may be read. A local policy need not have any.
  if (entry === null || (own === undefined && !entry.attributes.has("passwordmaxfailure"))) return null;
  return policyOf(entry);
}

async function readEntry(session: LdapSession, base: string): Promise<DirectoryEntryRaw | null> {
  try {
    const request = { base, scope: "base", filter: ANY_ENTRY, attributes: POLICY_ATTRIBUTES } as const;
    const [entry] = await session.search(request);
    return entry ?? null;
  } catch (error) {
    if (ldapCodeOf(error) === null) throw error;
    return null;
  }
}

const isOn = (entry: DirectoryEntryRaw, attribute: string): boolean =>
  ["on", "true", "1"].includes(textOf(entry, attribute)?.toLowerCase() ?? "");

function policyOf(entry: DirectoryEntryRaw): Ds389Policy {
  const checksSyntax = isOn(entry, "passwordCheckSyntax");
  const categories = countOf(entry, "passwordMinCategories");
  return {
    rule: {
      minLength: checksSyntax ? countOf(entry, "passwordMinLength") : 0,
      historyLength: isOn(entry, "passwordHistory") ? countOf(entry, "passwordInHistory") : 0,
      // Any other number of categories, and rules of single characters, are named only by a refusal.
      complexity: checksSyntax ? (categories === 3 ? true : null) : false,
      minAgeSeconds: countOf(entry, "passwordMinAge") ?? 0,
      source: "ppolicy",
    },
    mustChange: isOn(entry, "passwordMustChange"),
    threshold: isOn(entry, "passwordLockout") ? (countOf(entry, "passwordMaxFailure") ?? 3) : 0,
    // -1, the default, sets no limit. Where it may not be read, one try counts as too many.
    temporaryTries:
      textOf(entry, "passwordTPRMaxUse") === "-1" ? null : (countOf(entry, "passwordTPRMaxUse") ?? 1),
    locksForATime: textOf(entry, "passwordUnlock") === undefined || isOn(entry, "passwordUnlock"),
  };
}

export async function ds389Rule(session: LdapSession, user: DirectoryEntryRaw): Promise<PasswordRule> {
  return (await read389Policy(session, user))?.rule ?? UNREADABLE_RULE;
}
