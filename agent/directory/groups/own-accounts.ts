/** Finds the account that the agent has signed in as, from what the server says about the connection. */
import { isDn } from "../../../shared/dn.ts";
import type { DialectName } from "../directory.ts";
import type { EntryIds } from "../entries/entry-id.ts";
import { allOf, ANY_ENTRY, anyOf, equals } from "../ldap/filters.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import { LDAP_CODE } from "../ldap/ldap-result.ts";
import type { LdapSession } from "../ldap/ldap-session.ts";
import { LDAP_OID } from "../ldap/oids.ts";
import { domainOf } from "../ldap/root-dse.ts";
import type { NameProblem } from "./named-objects.ts";

export interface OwnAccount {
  readonly dn: string;
  /** As `DirectoryEntry.id`; null for an account without an entry (a rootdn), or with an id that it may not read. */
  readonly id: string | null;
}

/** A token has the SIDs of all groups of the account; so many fit into one filter. */
const SIDS_IN_A_FILTER = 200;

/**
 * Asks the server, because a bind name has many spellings: a DN, a user principal name that need not be the account's own
 * userPrincipalName, or `DOMAIN\name`. `key`: where the configuration names the account, for the problem.
 */
export async function findOwnAccount(
  session: LdapSession,
  dialect: DialectName,
  ids: EntryIds,
  { key, name }: { readonly key: string; readonly name: string },
): Promise<OwnAccount | NameProblem> {
  const found =
    dialect === "active-directory"
      ? await ownerOfToken(session, ids)
      : await authorizationIdentity(session, ids, name);
  return (
    found ?? {
      key,
      name,
      what: `${session.server} does not say which account ${name} is.`,
      fix: `Sign in with the account's DN in ${key}, or let the account read its own entry.`,
    }
  );
}

/**
 * Returns the only account among the SIDs of the connection's token, which the rootDSE shows ([MS-ADTS] 3.1.1.3.2.26): all
 * others are groups.
 */
async function ownerOfToken(session: LdapSession, ids: EntryIds): Promise<OwnAccount | null> {
  const [token] = await session.search({
    base: "",
    scope: "base",
    filter: ANY_ENTRY,
    attributes: ["tokenGroups"],
  });
  const sids = token?.attributes.get("tokengroups") ?? [];
  const found: DirectoryEntryRaw[] = [];
  for (let at = 0; at < sids.length; at += SIDS_IN_A_FILTER) {
    const isOne = anyOf(sids.slice(at, at + SIDS_IN_A_FILTER).map((sid) => equals("objectSid", sid)));
    found.push(
      ...(await session.search({
        base: domainOf(session.rootDse),
        scope: "sub",
        filter: allOf([equals("objectClass", "user"), isOne]),
        attributes: [ids.attribute],
      })),
    );
  }
  const [account, second] = found;
  return account === undefined || second !== undefined ? null : { dn: account.dn, id: ids.idOf(account) };
}

/** Asks "Who am I?" (RFC 4532). A server without it has bound the very DN that was sent. */
async function authorizationIdentity(
  session: LdapSession,
  ids: EntryIds,
  bindName: string,
): Promise<OwnAccount | null> {
  const answer = await session.extended(LDAP_OID.whoAmI, null);
  const identity = answer.code === LDAP_CODE.success ? (answer.value?.toString("utf8") ?? "") : null;
  const named = identity === null ? bindName : /^dn:(.+)$/is.exec(identity)?.[1];
  if (named === undefined || !isDn(named)) return null;
  const [entry] = await session.search({
    base: named,
    scope: "base",
    filter: ANY_ENTRY,
    attributes: [ids.attribute],
  });
  return { dn: entry?.dn ?? named, id: entry === undefined ? null : ids.idOf(entry) };
}
