/** The rootDSE, in which a server describes itself (RFC 4512 section 5.1, [MS-ADTS] 3.1.1.3.2). */
import { canonicalDn, isWithin } from "../../../shared/dn.ts";
import { AppError } from "../../../shared/errors.ts";
import { parseGeneralizedTime } from "./generalized-time.ts";
import type { DirectoryEntryRaw } from "./ldap-entry.ts";
import { LDAP_OID } from "./oids.ts";

export interface RootDse {
  readonly vendor: string | null;
  /** Without the changelog of 389-ds, which holds no users. OpenLDAP lists its accesslog, which holds none either. */
  readonly namingContexts: readonly string[];
  readonly defaultNamingContext: string | null;
  /** DN of the entry that describes the schema (RFC 4512 section 4.4). */
  readonly subschema: string | null;
  readonly supportedControls: ReadonlySet<string>;
  readonly supportedExtensions: ReadonlySet<string>;
  readonly supportedCapabilities: ReadonlySet<string>;
  /** Active Directory: the DC's host name. */
  readonly dnsHostName: string | null;
  /** Active Directory: DN of the DC's NTDS Settings object, which carries its invocationId. */
  readonly dsServiceName: string | null;
  readonly highestCommittedUsn: bigint | null;
  /** Active Directory: the time of the DC's clock, epoch ms. */
  readonly currentTime: number | null;
  readonly isActiveDirectory: boolean;
  readonly isOpenLdap: boolean;
  /** The retro changelog of 389-ds; null without one. */
  readonly changelog: RetroChangelog | null;
  /** 389 Directory Server: also the one in FreeIPA, Red Hat Directory Server and Red Hat Identity Management. */
  readonly is389Ds: boolean;
  /** FreeIPA, whose plugins keep Kerberos keys and rules beside the password. */
  readonly isFreeIpa: boolean;
}

interface RetroChangelog {
  readonly dn: string;
  /** Number of the oldest change; 0 while there is none. */
  readonly first: number;
  /** Number of the newest change; 0 while there is none. */
  readonly last: number;
  /** `dataversion`, the time when the server process started; null where it is not shown. */
  readonly started: string | null;
}

export const ROOT_DSE_ATTRIBUTES = [
  "vendorName",
  "vendorVersion",
  "namingContexts",
  "changeLog",
  "firstChangeNumber",
  "lastChangeNumber",
  "dataversion",
  "defaultNamingContext",
  "subschemaSubentry",
  "supportedControl",
  "supportedExtension",
  "supportedCapabilities",
  "dnsHostName",
  "dsServiceName",
  "highestCommittedUSN",
  "currentTime",
  "objectClass",
  "structuralObjectClass",
] as const;

export function parseRootDse(entry: DirectoryEntryRaw): RootDse {
  const all = (name: string): string[] =>
    (entry.attributes.get(name.toLowerCase()) ?? []).map((value) => value.toString("utf8"));
  const first = (name: string): string | null => all(name)[0] ?? null;
  const usn = first("highestCommittedUSN");
  const capabilities = new Set(all("supportedCapabilities"));
  return {
    vendor: first("vendorName"),
    namingContexts: all("namingContexts").filter((context) => context !== first("changeLog")),
    defaultNamingContext: first("defaultNamingContext"),
    subschema: first("subschemaSubentry"),
    supportedControls: new Set(all("supportedControl")),
    supportedExtensions: new Set(all("supportedExtension")),
    supportedCapabilities: capabilities,
    dnsHostName: first("dnsHostName"),
    dsServiceName: first("dsServiceName"),
    highestCommittedUsn: usn !== null && /^\d{1,19}$/.test(usn) ? BigInt(usn) : null,
    currentTime: parseGeneralizedTime(first("currentTime")),
    changelog: changelogOf(first),
    isActiveDirectory: capabilities.has(LDAP_OID.activeDirectory),
    isOpenLdap: [...all("objectClass"), ...all("structuralObjectClass")].includes("OpenLDAProotDSE"),
    // Red Hat's builds name Red Hat as the vendor, and 389-Directory in the version.
    is389Ds: /^389[- ]/i.test(first("vendorVersion") ?? "") || first("vendorName") === "389 Project",
    isFreeIpa: all("supportedExtension").includes(LDAP_OID.freeIpaSetKeytab),
  };
}

function changelogOf(first: (name: string) => string | null): RootDse["changelog"] {
  const [dn, oldest, newest] = [first("changeLog"), first("firstChangeNumber"), first("lastChangeNumber")];
  const isNumber = (text: string | null): text is string => text !== null && /^\d{1,15}$/.test(text);
  if (dn === null || !isNumber(oldest) || !isNumber(newest)) return null;
  return { dn, first: Number(oldest), last: Number(newest), started: first("dataversion") };
}

/** Returns the head of the server's own domain, the one naming context whose users an Active Directory DC serves. */
export function domainOf(rootDse: RootDse): string {
  if (rootDse.defaultNamingContext === null)
    throw new AppError("DIRECTORY_UNSUPPORTED", "The rootDSE names no defaultNamingContext.");
  return rootDse.defaultNamingContext;
}

/**
 * Finds the naming contexts of the bases; the bases themselves where the server names none. Computed once for each
 * connection.
 */
export function contextsOf({
  bases,
}: {
  readonly bases: readonly { readonly dn: string }[];
}): (rootDse: RootDse) => readonly string[] {
  const found = new WeakMap<RootDse, readonly string[]>();
  return (rootDse) => {
    const known = found.get(rootDse);
    if (known !== undefined) return known;
    const places = bases.map(
      ({ dn }) => rootDse.namingContexts.find((context) => isWithin(dn, context)) ?? dn,
    );
    const contexts = [...new Map(places.map((dn) => [canonicalDn(dn), dn])).values()];
    found.set(rootDse, contexts);
    return contexts;
  };
}
