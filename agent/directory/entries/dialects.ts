/** The attribute names that differ between directories: ids, login names, and the state of an account. */
import type { AttributeMapping } from "../../config.ts";
import type { DialectName } from "../directory.ts";
import type { RootDse } from "../ldap/root-dse.ts";

export function dialectOf(rootDse: RootDse): DialectName {
  if (rootDse.isActiveDirectory) return "active-directory";
  if (rootDse.is389Ds) return "389-ds";
  return rootDse.isOpenLdap ? "openldap" : "generic";
}

/**
 * The ids that every entry has and never loses. 389-ds gives entryUUID since 1.4.4, but only to entries that were added since
 * then: not to imported ones. Its nsUniqueId is on every entry, survives renames and moves, is the same on every replica, and is
 * the id by which content synchronization names entries.
 */
const ID_ATTRIBUTES: Readonly<Record<DialectName, string>> = {
  "active-directory": "objectGUID",
  openldap: "entryUUID",
  "389-ds": "nsUniqueId",
  generic: "entryUUID",
};
export const defaultIdAttribute = (dialect: DialectName): string => ID_ATTRIBUTES[dialect];

export interface NameAttributes {
  /** The first of these with a value gives the user name; all its values are names. */
  readonly userName: readonly string[];
  readonly aliases: readonly string[];
  /** The attributes that find a user, the user name first. */
  readonly searched: readonly string[];
}

export function nameAttributesOf(dialect: DialectName, mapping: AttributeMapping): NameAttributes {
  const isActiveDirectory = dialect === "active-directory";
  const userName = mapping.userName ?? (isActiveDirectory ? "userPrincipalName" : "uid");
  // People type their mail address where its domain differs from that of the userPrincipalName, such as corp.local.
  const aliases = mapping.aliases ?? [...(isActiveDirectory ? ["sAMAccountName"] : []), "mail"];
  // An account of Active Directory without a userPrincipalName is known by its sAMAccountName.
  const hasFallback = isActiveDirectory && mapping.userName === undefined;
  return {
    userName: hasFallback ? [userName, "sAMAccountName"] : [userName],
    aliases,
    searched: [userName, ...aliases],
  };
}

/** The attributes that tell whether an account is enabled and privileged. */
const STATE_ATTRIBUTES: Readonly<Record<DialectName, readonly string[]>> = {
  "active-directory": ["userAccountControl", "adminCount"],
  openldap: ["pwdAccountLockedTime"],
  "389-ds": ["nsAccountLock"],
  generic: ["pwdAccountLockedTime", "nsAccountLock"],
};

/** Lists everything that a feed asks for, and nothing else: data that is not needed stays in the directory. */
export function requestedAttributes(
  dialect: DialectName,
  mapping: AttributeMapping,
  idAttribute: string,
): string[] {
  const names = [
    idAttribute,
    ...nameAttributesOf(dialect, mapping).searched,
    mapping.displayName,
    "cn",
    mapping.mobile,
    mapping.officePhone,
    mapping.mail,
    ...(mapping.alternateEmail === undefined ? [] : [mapping.alternateEmail]),
    ...STATE_ATTRIBUTES[dialect],
  ];
  const seen = new Set<string>();
  return names.filter((name) => !seen.has(name.toLowerCase()) && seen.add(name.toLowerCase()));
}
