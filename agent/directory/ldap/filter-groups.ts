/** The groups that a configured filter names (`memberOf=…`), which no feed watches by itself. */
import { AndFilter, EqualityFilter, ExtensibleFilter, NotFilter, OrFilter } from "ldapts";
import type { Filter } from "./filters.ts";

/** Attributes whose values are DNs of groups. Servers compute them, so a new member changes no entry that a feed sees. */
const GROUP_ATTRIBUTES: ReadonlySet<string> = new Set(["memberof", "ismemberof"]);
/**
 * Attributes that servers compute from other entries as well, and whose values name no group that could be watched: a change of
 * one changes no entry that a feed sees.
 */
const COMPUTED_ATTRIBUTES: ReadonlySet<string> = new Set([
  "nsrole",
  // Any server: a child was added or removed (X.501, RFC 3673).
  "hassubordinates",
  "numsubordinates",
  // Active Directory: back links, of which only the forward link on the other object is changed ([MS-ADTS] 3.1.1.1.6).
  "directreports",
  "managedobjects",
  "ismemberofdl",
  "dlmemrejectpermsbl",
  "dlmemsubmitpermsbl",
  "altrecipientbl",
  "authorigbl",
  "unauthorigbl",
  "publicdelegatesbl",
  "msexchdelegatelistbl",
  "ownerbl",
  "nonsecuritymemberbl",
  "isprivilegeholder",
  "masteredby",
  "querypolicybl",
  "serverreferencebl",
  "siteobjectbl",
  "bridgeheadserverlistbl",
  "netbootscpbl",
  "frscomputerreferencebl",
  "frsmemberreferencebl",
  "msds-objectreferencebl",
  "msds-psoapplied",
  "msds-hostserviceaccountbl",
  "msds-isprimarycomputerfor",
  "msds-krbtgtlinkbl",
  "msds-revealeddsas",
  "msds-revealedlistbl",
  "msds-authenticatedtoaccountlist",
  "msds-nonmembersbl",
  "msds-membersforazrolebl",
  "msds-oidtogrouplinkbl",
  "msds-assignedauthnpolicybl",
  "msds-assignedauthnpolicysilobl",
  "msds-authnpolicysilomembersbl",
  "msds-claimsharespossiblevalueswithbl",
  // Active Directory: constructed attributes ([MS-ADTS] 3.1.1.4.5).
  "tokengroups",
  "tokengroupsglobalanduniversal",
  "tokengroupsnogcacceptable",
  "msds-tokengroupnames",
  "msds-tokengroupnamesglobalanduniversal",
  "msds-tokengroupnamesnogcacceptable",
  "msds-memberoftransitive",
  "msds-membertransitive",
  "msds-user-account-control-computed",
  "msds-userpasswordexpirytimecomputed",
  "msds-resultantpso",
  "msds-principalname",
  "msds-parentdistname",
  "parentguid",
  "canonicalname",
  "primarygrouptoken",
  "msds-approx-immed-subordinates",
  "msds-auxiliary-classes",
  "msds-keyversionnumber",
  "msds-isgc",
  "msds-isrodc",
  "msds-sitename",
  "allowedattributes",
  "allowedattributeseffective",
  "allowedchildclasses",
  "allowedchildclasseseffective",
  "sdrightseffective",
  "entryttl",
  "fromentry",
]);

/** Returns the DNs of the groups that a filter asks for membership in. */
export function groupsInFilter(filter: Filter): string[] {
  if (filter instanceof AndFilter || filter instanceof OrFilter)
    return [...new Set(filter.filters.flatMap(groupsInFilter))];
  if (filter instanceof NotFilter) return groupsInFilter(filter.filter);
  const group = groupOf(filter);
  return group === null ? [] : [group];
}

/** Returns the filter with each group's DN as `dnNow` gives it: a server does not find a group by the name it had before. */
export function replaceGroups(filter: Filter, dnNow: (dn: string) => string): Filter {
  const inner = (part: Filter): Filter => replaceGroups(part, dnNow);
  if (filter instanceof AndFilter) return new AndFilter({ filters: filter.filters.map(inner) });
  if (filter instanceof OrFilter) return new OrFilter({ filters: filter.filters.map(inner) });
  if (filter instanceof NotFilter) return new NotFilter({ filter: inner(filter.filter) });
  const group = groupOf(filter);
  if (group === null) return filter;
  if (filter instanceof EqualityFilter)
    return new EqualityFilter({ attribute: filter.attribute, value: dnNow(group) });
  if (filter instanceof ExtensibleFilter)
    return new ExtensibleFilter({
      matchType: filter.matchType,
      rule: filter.rule,
      dnAttributes: filter.dnAttributes,
      value: dnNow(group),
    });
  return filter;
}

/** Returns the parts of a filter, by attribute, whose changes can neither be seen by a feed nor be watched. */
export function unwatchableInFilter(filter: Filter): string[] {
  if (filter instanceof AndFilter || filter instanceof OrFilter)
    return [...new Set(filter.filters.flatMap(unwatchableInFilter))];
  if (filter instanceof NotFilter) return unwatchableInFilter(filter.filter);
  const attribute = attributeOf(filter);
  if (COMPUTED_ATTRIBUTES.has(attribute.toLowerCase())) return [attribute];
  return GROUP_ATTRIBUTES.has(attribute.toLowerCase()) && groupOf(filter) === null ? [attribute] : [];
}

/** Null for a filter that is no assertion about membership in one group. */
function groupOf(filter: Filter): string | null {
  if (!(filter instanceof EqualityFilter) && !(filter instanceof ExtensibleFilter)) return null;
  if (!GROUP_ATTRIBUTES.has(attributeOf(filter).toLowerCase())) return null;
  return typeof filter.value === "string" ? filter.value : filter.value.toString("utf8");
}

/** Returns the attribute without its options; "" where a filter has none. */
function attributeOf(filter: Filter): string {
  const name: unknown =
    filter instanceof ExtensibleFilter ? filter.matchType : Reflect.get(filter, "attribute");
  return typeof name === "string" ? name.replace(/;.*$/, "") : "";
}
