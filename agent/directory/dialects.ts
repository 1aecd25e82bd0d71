/** What differs between directories in names: ids, what people type, and which attributes are asked for. */
import type { AttributeMapping } from "../config.ts";
import type { DialectName } from "./directory.ts";
import type { RootDse } from "./ldap/root-dse.ts";

export function dialectOf(rootDse: RootDse): DialectName {
  if (rootDse.isActiveDirectory) return "active-directory";
  return rootDse.isOpenLdap ? "openldap" : "generic";
}

export const defaultIdAttribute = (dialect: DialectName): string =>
  dialect === "active-directory" ? "objectGUID" : "entryUUID";

/** Names that find a user, the user name first. */
export function nameAttributes(dialect: DialectName, mapping: AttributeMapping): string[] {
  const isActiveDirectory = dialect === "active-directory";
  const userName = mapping.userName ?? (isActiveDirectory ? "userPrincipalName" : "uid");
  return [userName, ...(mapping.aliases ?? [isActiveDirectory ? "sAMAccountName" : "mail"])];
}

/** What tells whether an account is enabled and privileged. */
const STATE_ATTRIBUTES: Readonly<Record<DialectName, readonly string[]>> = {
  "active-directory": ["userAccountControl", "adminCount"],
  openldap: ["pwdAccountLockedTime"],
  generic: ["pwdAccountLockedTime", "nsAccountLock"],
};

/** Everything that is asked for, and nothing else: what is not needed stays in the directory. */
export function requestedAttributes(
  dialect: DialectName,
  mapping: AttributeMapping,
  idAttribute: string,
  wantsGroups: boolean,
): string[] {
  const names = [
    idAttribute,
    ...nameAttributes(dialect, mapping),
    mapping.displayName,
    "cn",
    mapping.mobile,
    mapping.officePhone,
    ...(mapping.alternateEmail === undefined ? [] : [mapping.alternateEmail]),
    ...STATE_ATTRIBUTES[dialect],
    ...(wantsGroups ? ["memberOf"] : []),
  ];
  const seen = new Set<string>();
  return names.filter((name) => !seen.has(name.toLowerCase()) && seen.add(name.toLowerCase()));
}
