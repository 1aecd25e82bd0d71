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
  "pwdMaxIdle",
];

/** The ppolicy entries that may apply to a user; empty where none can be read. */
export type Policies = readonly DirectoryEntryRaw[];

/** Returns the policy that applies: where several may, it is not known which one is the default. */
export const policyIn = (policies: Policies): DirectoryEntryRaw | null =>
  policies.length === 1 ? (policies[0] ?? null) : null;

/** One look at an account needs the policies for its state and for its rule. They are read once for each entry that was read. */
const policiesOf = new WeakMap<DirectoryEntryRaw, Promise<Policies>>();

/**
 * Reads the ppolicy entry of a user: the one that the user's entry names, otherwise all, since a server does not tell which one
 * is the default. `user` null stands for a user that does not exist, and names no policy.
 */
export function readPolicies(session: LdapSession, user: DirectoryEntryRaw | null): Promise<Policies> {
  const known = user === null ? undefined : policiesOf.get(user);
  if (known !== undefined) return known;
  const policies = searchPolicies(session, user);
  if (user !== null) policiesOf.set(user, policies);
  return policies;
}

async function searchPolicies(session: LdapSession, user: DirectoryEntryRaw | null): Promise<Policies> {
  const own = user === null ? undefined : textOf(user, "pwdPolicySubentry");
  if (own !== undefined) {
    const request = { base: own, scope: "base", filter: ANY_ENTRY, attributes: ATTRIBUTES } as const;
    return session.search(request);
  }
  const filter = equals("objectClass", "pwdPolicy");
  return (
    await Promise.all(
      session.rootDse.namingContexts.map((base) =>
        session.search({ base, scope: "sub", filter, attributes: ATTRIBUTES }),
      ),
    )
  ).flat();
}

export async function ppolicyRule(session: LdapSession, user: DirectoryEntryRaw): Promise<PasswordRule> {
  const policy = policyIn(await readPolicies(session, user));
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
