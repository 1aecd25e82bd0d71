/**
 * Finds out what a typed name may stand for in a tenant: the name itself, and the account name in `DOMAIN\name` and `name@domain`.
 * Active Directory accepts the account name with the directory's domain whatever the userPrincipalName is ([MS-ADTS] 5.1.1.1.1),
 * and people type it with the domain of the organisation.
 */
import { domainToASCII } from "node:url";
import { nameKey, readName, type TypedName } from "../../shared/user-names.ts";
import { sourceDomains } from "./sources.ts";
import type { Store } from "./store.ts";
import { tenantDomains } from "./tenants.ts";

export interface NameQuery {
  readonly text: string;
  /** The whole name. A user with this name is the one. */
  readonly key: string;
  /** The account name, which counts only where no user has the whole name. Null where no known domain is beside it. */
  readonly account: {
    readonly key: string;
    /** Numbers of the sources whose users may be meant; null for all. */
    readonly sources: readonly number[] | null;
  } | null;
  /** Numbers of all sources, where `account` names some of them. */
  readonly allSources: readonly number[];
}

/** Depends on the text and the tenant alone, never on whether the user exists. */
export async function resolveName(store: Store, tenantId: string, typed: string): Promise<NameQuery> {
  const name = readName(typed);
  const { text, account } = name;
  // The index has entries that no name to sign in with has.
  const key = /\p{Cc}/u.test(name.key) ? "" : name.key;
  if (account === null || key === "") return { text, key, account: null, allSources: [] };
  const [domains, sources] = await Promise.all([
    tenantDomains(store, tenantId),
    sourceDomains(store, tenantId),
  ]);
  const allSources = sources.map(({ number }) => number);
  const named = sources.filter((source) => isNamed(source, account)).map(({ number }) => number);
  if (named.length > 0) return { text, key, account: { key: account.key, sources: named }, allSources };
  const isKnown = account.place === "before" || domains.includes(domainToASCII(account.domain));
  return { text, key, account: isKnown ? { key: account.key, sources: null } : null, allSources };
}

/** `CORP\name` names the source called CORP, or that of the domain corp.example. */
function isNamed(
  { name, domain }: { readonly name: string; readonly domain: string | null },
  { domain: typed, place }: NonNullable<TypedName["account"]>,
): boolean {
  const own = domain === null ? null : nameKey(domain);
  if (own === typed) return true;
  return place === "before" && (nameKey(name) === typed || own?.split(".")[0] === typed);
}
