/** Compares the attributes of the configuration with those that the server knows. */
import type { AttributeMapping, DirectoryConfig } from "../../config.ts";
import { filterAttributes, parseAdminFilter } from "../ldap/filters.ts";
import type { Schema } from "../ldap/schema.ts";

export interface UnknownAttribute {
  /** The configuration key, e.g. `attributes.mobile`. */
  readonly key: string;
  readonly attribute: string;
  readonly closest: string | null;
}

/** Attributes that the configuration names by itself. A server may do without them; then no user has a value. */
const DEFAULTS = new Set(["displayname", "mobile", "telephonenumber", "mail"]);

/** Returns the configured attributes that the server does not know. Nobody has a value in them. */
export function unknownAttributes(
  { idAttribute, filter }: Pick<DirectoryConfig, "idAttribute" | "filter">,
  mapping: AttributeMapping,
  schema: Schema,
): UnknownAttribute[] {
  const filtered = filter === undefined ? [] : [...filterAttributes(parseAdminFilter(filter))];
  const configured: readonly (readonly [string, string | undefined])[] = [
    ["directory.idAttribute", idAttribute],
    ...filtered.map((attribute) => ["directory.filter", attribute] as const),
    ["attributes.userName", mapping.userName],
    ...(mapping.aliases ?? []).map((attribute) => ["attributes.aliases", attribute] as const),
    ["attributes.displayName", mapping.displayName],
    ["attributes.mobile", mapping.mobile],
    ["attributes.officePhone", mapping.officePhone],
    ["attributes.mail", mapping.mail],
    ["attributes.alternateEmail", mapping.alternateEmail],
  ];
  return configured.flatMap(([key, attribute]) => {
    if (attribute === undefined || schema.nameOf(attribute) !== null) return [];
    if (DEFAULTS.has(attribute.toLowerCase())) return [];
    return [{ key, attribute, closest: schema.closest(attribute) }];
  });
}

/** `attributes.mobile: the directory has no attribute mobilePhone. Did you mean mobile?` */
export const describeUnknown = (unknown: readonly UnknownAttribute[]): string =>
  unknown
    .map(
      ({ key, attribute, closest }) =>
        `${key}: the directory has no attribute ${attribute}.${closest === null ? "" : ` Did you mean ${closest}?`}`,
    )
    .join(" ");

/** Replaces aliases and OIDs by the name under which the server answers. */
export function answeredMapping(mapping: AttributeMapping, schema: Schema | null): AttributeMapping {
  const answered = (attribute: string): string => schema?.nameOf(attribute) ?? attribute;
  const { userName, aliases, alternateEmail } = mapping;
  return {
    ...(userName === undefined ? {} : { userName: answered(userName) }),
    ...(aliases === undefined ? {} : { aliases: aliases.map(answered) }),
    displayName: answered(mapping.displayName),
    mobile: answered(mapping.mobile),
    officePhone: answered(mapping.officePhone),
    mail: answered(mapping.mail),
    ...(alternateEmail === undefined ? {} : { alternateEmail: answered(alternateEmail) }),
  };
}
