/** Tells from its object classes whether an entry is a group, whose members can be read, or an account. */
import type { DialectName } from "../directory.ts";
import { textOf } from "../ldap/entry-text.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";

/** Groups that list their members (RFC 4519, RFC 2307, draft-findlay-ldap-groupofentries, Active Directory). */
const STATIC_GROUPS = [
  "group",
  "groupofnames",
  "groupofuniquenames",
  "groupofentries",
  "groupofmembers",
  "posixgroup",
] as const;
/**
 * Groups that a server makes from a search, a role or a rule, and roles with occupants instead of members. They cannot be
 * found by their members.
 */
export const COMPUTED_GROUP_CLASSES = [
  "groupofurls",
  "dynamicgroup",
  "nsroledefinition",
  "organizationalrole",
] as const;
/**
 * Classes of entries that sign in (RFC 4519, RFC 4524, RFC 2307, RFC 2798, Active Directory, 389-ds, FreeIPA). An entry without one
 * is no account: to deny it would deny nobody.
 */
const ACCOUNTS = [
  "person",
  "organizationalperson",
  "inetorgperson",
  "residentialperson",
  "user",
  "account",
  "posixaccount",
  "shadowaccount",
  "simplesecurityobject",
  "nsperson",
  "nsaccount",
  "nsorgperson",
  "krbprincipalaux",
  "mailrecipient",
];

/** For a search of the groups of a directory. */
export const GROUP_CLASSES = [
  "groupOfNames",
  "groupOfUniqueNames",
  "groupOfEntries",
  "groupOfMembers",
  "posixGroup",
  "groupOfURLs",
] as const;

export const CLASS_ATTRIBUTES = ["objectClass", "memberURL"] as const;

export type ObjectKind =
  | { readonly kind: "group" | "account" }
  /** `why` continues a sentence that begins with the name of the entry. */
  | { readonly kind: "unusable"; readonly why: string };

/** Classes that must have a member (RFC 4519), so that none means that it may not be read. */
const NEVER_EMPTY = ["groupofnames", "groupofuniquenames"];

/** Tells whether a group without a visible member is one whose members are hidden. OpenLDAP enforces it, other servers do not. */
export function mustHaveMembers(dialect: DialectName, entry: Pick<DirectoryEntryRaw, "attributes">): boolean {
  const classes = classesOf(entry);
  return (
    dialect === "openldap" &&
    !classes.includes("posixgroup") &&
    NEVER_EMPTY.some((name) => classes.includes(name))
  );
}

const classesOf = ({ attributes }: Pick<DirectoryEntryRaw, "attributes">): string[] =>
  (attributes.get("objectclass") ?? []).map((value) => value.toString("latin1").toLowerCase());

export const isPosixGroup = (entry: Pick<DirectoryEntryRaw, "attributes">): boolean =>
  classesOf(entry).includes("posixgroup");

/** `entry`: read with `CLASS_ATTRIBUTES`. */
export function kindOf(entry: Pick<DirectoryEntryRaw, "attributes">): ObjectKind {
  const classes = classesOf(entry);
  const has = (names: readonly string[]): string | undefined => names.find((name) => classes.includes(name));
  if (classes.length === 0) return { kind: "unusable", why: "does not show its objectClass to this account" };
  // A groupOfURLs without a URL lists its members like a groupOfNames.
  const computed =
    textOf(entry, "memberURL") === undefined
      ? has(COMPUTED_GROUP_CLASSES.slice(1))
      : has(COMPUTED_GROUP_CLASSES);
  if (computed !== undefined)
    return {
      kind: "unusable",
      why: `is of the class ${computed}, which is not supported: it does not list its members`,
    };
  if (has(STATIC_GROUPS) !== undefined || classes.includes("groupofurls")) return { kind: "group" };
  if (has(ACCOUNTS) !== undefined) return { kind: "account" };
  const shown = classes.filter((name) => name !== "top").join(", ");
  return {
    kind: "unusable",
    why: `is of the class ${shown}: neither a group that is supported nor an account`,
  };
}
