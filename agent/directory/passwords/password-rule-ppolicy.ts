import type { PasswordRule } from "../../../shared/writeback.ts";
import { UNREADABLE_RULE } from "../directory.ts";
import { countOf, textOf } from "../ldap/entry-text.ts";
import { ANY_ENTRY, equals } from "../ldap/filters.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import type { LdapSession } from "../ldap/ldap-session.ts";

const ATTRIBUTES = [
  "pwdMinLength",
  "pwdInHistory",
  "pwdMinAge",
  "pwdLockout",
  "pwdLockoutDuration",
  "pwdMaxFailure",
  "pwdFailureCountInterval",
];

/**
 * Reads the ppolicy entry of a user: the one that the user's entry names, otherwise the default. A server does not tell which
 * one is the default; where exactly one policy entry exists, it is that. Null when it is not known or cannot be read. `user` null
 * stands for a user that does not exist, and names no policy.
 */
export async function readPolicyEntry(
  session: LdapSession,
  user: DirectoryEntryRaw | null,
): Promise<DirectoryEntryRaw | null> {
  const own = user === null ? undefined : textOf(user, "pwdPolicySubentry");
  if (own !== undefined) {
    const request = { base: own, scope: "base", filter: ANY_ENTRY, attributes: ATTRIBUTES } as const;
    const [entry] = await session.search(request);
    return entry ?? null;
  }
  const filter = equals("objectClass", "pwdPolicy");
  const policies = (
    await Promise.all(
      session.rootDse.namingContexts.map((base) =>
        session.search({ base, scope: "sub", filter, attributes: ATTRIBUTES }),
      ),
    )
  ).flat();
  return policies.length === 1 ? (policies[0] ?? null) : null;
}

export async function ppolicyRule(session: LdapSession, user: DirectoryEntryRaw): Promise<PasswordRule> {
  const policy = await readPolicyEntry(session, user);
  if (policy === null) return UNREADABLE_RULE;
  return {
    minLength: countOf(policy, "pwdMinLength"),
    historyLength: countOf(policy, "pwdInHistory"),
    // The requirements of a quality module of the server cannot be read.
    complexity: null,
    minAgeSeconds: countOf(policy, "pwdMinAge"),
    source: "ppolicy",
  };
}
