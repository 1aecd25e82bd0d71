/** Shared by the feeds of OpenLDAP: notices that a container of users was moved or renamed. */
import { canonicalRdns, isWithin } from "../../../shared/dn.ts";
import { allOf, anyOf, atLeast, equals } from "../ldap/filters.ts";
import type { LdapStream } from "../ldap/ldap-stream.ts";
import type { FeedRun } from "./feed.ts";
import type { ResolvedScope } from "./scope.ts";

export const CONTAINER_CLASSES = [
  "organizationalUnit",
  "organization",
  "domain",
  "locality",
  "country",
  "container",
];

/** Returns the naming contexts of the bases. */
export function suffixesOf(stream: LdapStream, scope: ResolvedScope): string[] {
  const contexts = [...stream.rootDse.namingContexts].sort(
    (a, b) => canonicalRdns(b).length - canonicalRdns(a).length,
  );
  const found = scope.roots.map(({ dn }) => contexts.find((context) => isWithin(dn, context)) ?? dn);
  return [...new Set(found)];
}

/**
 * Tells whether a container of users was changed after `csn`. A moved or renamed OU changes no entry below it, so no delta names
 * the users that came into scope or left it with the OU.
 */
export async function isContainerChanged(run: FeedRun, csn: string): Promise<boolean> {
  const filter = allOf([
    // Any class of entry may have users below it, so entries that have children count too.
    anyOf([
      equals("hasSubordinates", "TRUE"),
      ...CONTAINER_CLASSES.map((name) => equals("objectClass", name)),
    ]),
    atLeast("entryCSN", csn),
  ]);
  for (const base of suffixesOf(run.stream, run.scope))
    for (const entry of await run.stream.read(
      { base, scope: "sub", filter, attributes: ["entryCSN"] },
      100_000,
    ))
      if (entry.attributes.get("entrycsn")?.[0]?.toString("latin1") !== csn) return true;
  return false;
}
