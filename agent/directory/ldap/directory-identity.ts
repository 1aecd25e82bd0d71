/**
 * Finds out which directory a server belongs to. All replicas of one directory give the same answer, and two directories
 * with the same suffix give different ones:
 *
 *   Active Directory   the SID of the domain: objectSid of the default naming context
 *   other servers      the id of the suffix entry of the naming context that holds the users, and its DN
 *   it shows no id     the id of the next entry on the way to the first base that shows one, and its DN
 *   no id is readable  the DN and the vendor. Another server with the same suffix then looks the same; but then the base has
 *                      no id either, and nobody is synced.
 */
import { canonicalDn, canonicalRdns, dnsNameOf, isWithin, parentOf } from "../../../shared/dn.ts";
import type { DirectoryIdentity } from "../../../shared/source.ts";
import { ANY_ENTRY } from "./filters.ts";
import type { DirectoryEntryRaw } from "./ldap-entry.ts";
import { isServerFault } from "./ldap-errors.ts";
import type { SearchRequest } from "./ldap-stream.ts";
import type { RootDse } from "./root-dse.ts";
import { sidText } from "./sid.ts";

/** Reads entries from one server. */
export type ReadEntries = (request: SearchRequest) => Promise<readonly DirectoryEntryRaw[]>;

/**
 * Ids that are the same on all replicas. nsUniqueId comes before entryUUID, because a 389 Directory Server may give its
 * older entries an entryUUID later, and the identity must not change then.
 */
const ID_ATTRIBUTES = ["nsUniqueId", "entryUUID", "GUID"] as const;

/** A base lies a few levels below its suffix. Each of them costs a search, where the suffix shows no id. */
const MAX_ENTRIES_ON_THE_WAY = 8;

export async function readIdentity(
  read: ReadEntries,
  rootDse: RootDse,
  firstBase: string,
): Promise<DirectoryIdentity> {
  const suffix = suffixOf(rootDse, firstBase);
  const name = dnsNameOf(suffix) ?? suffix;
  for (const dn of wayTo(firstBase, suffix)) {
    const entry = await readIds(read, dn);
    const hasId = dn === suffix;
    const sid = rootDse.isActiveDirectory ? sidText(entry?.attributes.get("objectsid")?.[0]) : null;
    if (sid !== null) return { key: `sid:${sid}`, suffix, name, hasId };
    const id = entry === undefined ? null : idOf(entry);
    if (id !== null) return { key: `id:${id.slice(0, 64)}@${canonicalDn(dn)}`, suffix, name, hasId };
  }
  const vendor = rootDse.vendor ?? (rootDse.isOpenLdap ? "OpenLDAP" : "unknown vendor");
  return { key: `suffix:${canonicalDn(suffix)}@${vendor.slice(0, 64)}`, suffix, name, hasId: false };
}

/** Returns the naming context that holds this base; the longest, where one lies in another. */
function suffixOf(
  { isActiveDirectory, defaultNamingContext, namingContexts }: RootDse,
  base: string,
): string {
  if (isActiveDirectory && defaultNamingContext !== null) return defaultNamingContext;
  const holding = namingContexts.filter((context) => isWithin(base, context));
  const [longest] = holding.sort((a, b) => canonicalRdns(b).length - canonicalRdns(a).length);
  return longest ?? defaultNamingContext ?? base;
}

/** The suffix, and the entries below it down to the base. */
function wayTo(base: string, suffix: string): string[] {
  const way: string[] = [];
  for (let dn = base; isWithin(dn, suffix) && canonicalDn(dn) !== canonicalDn(suffix); dn = parentOf(dn))
    way.unshift(dn);
  return [suffix, ...way.slice(0, MAX_ENTRIES_ON_THE_WAY)];
}

function idOf({ attributes }: DirectoryEntryRaw): string | null {
  for (const attribute of ID_ATTRIBUTES) {
    const value = attributes.get(attribute.toLowerCase())?.[0];
    if (value !== undefined)
      return attribute === "GUID" ? value.toString("hex") : value.toString("latin1").toLowerCase();
  }
  return null;
}

async function readIds(read: ReadEntries, dn: string): Promise<DirectoryEntryRaw | undefined> {
  try {
    const attributes = ["objectSid", ...ID_ATTRIBUTES];
    return (await read({ base: dn, scope: "base", filter: ANY_ENTRY, attributes }))[0];
  } catch (error) {
    if (isServerFault(error)) throw error;
    return undefined; // the account may not read it: there is no id then
  }
}
