import type { PasswordRule } from "../../../shared/writeback.ts";
import { UNREADABLE_RULE } from "../directory.ts";
import { countOf, isTrue, textOf } from "../ldap/entry-text.ts";
import { fileTimeIntervalSeconds } from "../ldap/filetime.ts";
import { ANY_ENTRY, equals } from "../ldap/filters.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import type { LdapSession } from "../ldap/ldap-session.ts";
import { domainOf } from "../ldap/root-dse.ts";

/** pwdProperties: DOMAIN_PASSWORD_COMPLEX ([MS-SAMR] 2.2.4.1). */
const COMPLEX = 1;
const MAX_AGE_SECONDS = 4_000_000_000;

/**
 * Reads the password rule of an account. `resultantPolicy`: its msDS-ResultantPSO, which wins over the domain's rule
 * ([MS-ADTS] 3.1.1.4.5.36). By default only domain admins may read the policy that it points to.
 */
export async function activeDirectoryRule(
  session: LdapSession,
  resultantPolicy: string | undefined,
): Promise<PasswordRule> {
  if (resultantPolicy !== undefined) return fineGrainedRule(session, resultantPolicy);
  const [head] = await session.search({
    base: domainOf(session.rootDse),
    scope: "base",
    filter: ANY_ENTRY,
    attributes: ["minPwdLength", "pwdHistoryLength", "pwdProperties", "minPwdAge"],
  });
  const minLength = head === undefined ? null : countOf(head, "minPwdLength");
  if (head === undefined || minLength === null) return UNREADABLE_RULE;
  const properties = countOf(head, "pwdProperties");
  return {
    minLength,
    historyLength: countOf(head, "pwdHistoryLength"),
    complexity: properties === null ? null : (properties & COMPLEX) !== 0,
    minAgeSeconds: ageOf(head, "minPwdAge"),
    source: "domain",
  };
}

async function fineGrainedRule(session: LdapSession, dn: string): Promise<PasswordRule> {
  const [policy] = await session.search({
    base: dn,
    scope: "base",
    filter: equals("objectClass", "msDS-PasswordSettings"),
    attributes: [
      "msDS-MinimumPasswordLength",
      "msDS-PasswordHistoryLength",
      "msDS-PasswordComplexityEnabled",
      "msDS-MinimumPasswordAge",
    ],
  });
  const minLength = policy === undefined ? null : countOf(policy, "msDS-MinimumPasswordLength");
  if (policy === undefined || minLength === null) return { ...UNREADABLE_RULE, source: "fine_grained" };
  return {
    minLength,
    historyLength: countOf(policy, "msDS-PasswordHistoryLength"),
    complexity: isTrue(policy, "msDS-PasswordComplexityEnabled"),
    minAgeSeconds: ageOf(policy, "msDS-MinimumPasswordAge"),
    source: "fine_grained",
  };
}

function ageOf(entry: DirectoryEntryRaw, attribute: string): number | null {
  const seconds = fileTimeIntervalSeconds(textOf(entry, attribute));
  return seconds === null ? null : Math.min(seconds, MAX_AGE_SECONDS);
}
