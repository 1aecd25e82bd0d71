/** Finds out when the password of one of the agent's own accounts ends. */
import type { DirectoryContext } from "../directory-context.ts";
import { findOwnAccount } from "../groups/own-accounts.ts";
import { countOf, textOf } from "../ldap/entry-text.ts";
import { fileTimeToMs } from "../ldap/filetime.ts";
import { ANY_ENTRY } from "../ldap/filters.ts";
import { parseGeneralizedTime } from "../ldap/generalized-time.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import type { Account, LdapSession } from "../ldap/ldap-session.ts";
import { bindKeyOf } from "../ldap/own-sign-in.ts";

const ATTRIBUTES = [
  "msDS-UserPasswordExpiryTimeComputed",
  "passwordExpirationTime",
  "pwdChangedTime",
  "pwdPolicySubentry",
];

/**
 * Returns epoch ms; null for a password that does not end, and where the account may not read it. The server has just accepted the
 * password, so a time in the past is of a rule that no longer applies.
 */
export async function passwordEndOf(
  context: DirectoryContext,
  account: Account,
  session: LdapSession,
): Promise<number | null> {
  const { config, sessions, clock } = context;
  const dialect = context.dialectOf(session.rootDse);
  const own = await findOwnAccount(session, dialect, context.entries(dialect).ids, {
    key: `directory.${bindKeyOf(config, account)}`,
    name: sessions.nameOf(account),
  });
  if ("what" in own) return null;
  const [entry] = await session.search({
    base: own.dn,
    scope: "base",
    filter: ANY_ENTRY,
    attributes: ATTRIBUTES,
  });
  if (entry === undefined) return null;
  const end =
    fileTimeToMs(textOf(entry, "msDS-UserPasswordExpiryTimeComputed")) ??
    parseGeneralizedTime(textOf(entry, "passwordExpirationTime") ?? null) ??
    (await endByPpolicy(session, entry));
  return end === null || end <= clock.now() ? null : end;
}

/** Reads the policy that the entry names (ppolicy). A default policy is named nowhere. */
async function endByPpolicy(session: LdapSession, entry: DirectoryEntryRaw): Promise<number | null> {
  const changedAt = parseGeneralizedTime(textOf(entry, "pwdChangedTime") ?? null);
  const base = textOf(entry, "pwdPolicySubentry");
  if (changedAt === null || base === undefined) return null;
  const request = { base, scope: "base", filter: ANY_ENTRY, attributes: ["pwdMaxAge"] } as const;
  const [policy] = await session.search(request);
  const seconds = policy === undefined ? null : countOf(policy, "pwdMaxAge");
  return seconds === null || seconds === 0 ? null : changedAt + seconds * 1000;
}
