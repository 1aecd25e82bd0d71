/**
 * Distinguished names (RFC 4514), compared the way servers compare them. These spellings of one name are equal:
 *
 *   upper and lower case             CN=Admins,DC=x        cn=admins,dc=X
 *   outer and inner spaces           CN=a  b, DC=x         cn=a b,dc=x          (RFC 4518 section 2.6.1)
 *   escapes                          CN=Doe\, J            cn=doe\2C j
 *   quoted values (RFC 1779, 2253)   CN="Doe, J"           cn=doe\, j
 *   semicolons (RFC 1779, 2253)      CN=a;DC=x             cn=a,dc=x
 *   BER values                       CN=#0c0161            cn=a
 *   names of an attribute type       2.5.4.3=a             OID.2.5.4.3=a, commonName=a, cn=a
 *   order within one RDN             CN=a+UID=b            uid=b+cn=a
 *
 * No other file compares DNs as text: a rule that misses a spelling does not protect what it names.
 */

import { foldCase } from "./typed-text.ts";

/** One RDN of several values, or of one: `type=value`, joined by `+`. */
type Rdn = string;

/** Returns each RDN in one canonical spelling, leaf first. For comparing only: the result is not a DN to send. */
export function canonicalRdns(dn: string): readonly Rdn[] {
  if (dn.trim() === "") return [];
  return (PLAIN.test(dn) ? plainRdns(dn) : parsedRdns(dn)) ?? [notADn(dn)];
}

/** Returns the whole name in one canonical spelling. */
export const canonicalDn = (dn: string): string => canonicalRdns(dn).join(",");

/**
 * Writes a name in the one spelling of RFC 4514 that every server reads: quotes, semicolons, OIDs and long names of attribute
 * types are understood by some only. The result is in lowercase, which servers do not tell apart.
 */
export const plainDn = (dn: string): string => canonicalRdns(dn).map(plainRdn).join(",");

const plainRdn = (rdn: Rdn): string =>
  rdn
    .replace(/["<>;]/g, "\\$&")
    .replace(/=\\x((?:[0-9a-f]{2})+)/g, (_, hex: string) => `=${hex.replace(/../g, "\\$&")}`)
    .replace(/=(\\?)#/g, (_, escape: string) => (escape === "" ? "=\\#" : "=#"));

/** Tells a DN from any other text, such as a login name. */
export const isDn = (text: string): boolean => text.trim() !== "" && canonicalDn(text) !== notADn(text);

/** Tells whether `dn` names the entry `ancestor` or one below it. */
export function isWithin(dn: string, ancestor: string): boolean {
  const below = canonicalRdns(dn);
  const above = canonicalRdns(ancestor);
  const offset = below.length - above.length;
  return offset >= 0 && above.every((rdn, index) => rdn === below[offset + index]);
}

/** Returns the DN without its first RDN, as it is written; "" at the top. */
export function parentOf(dn: string): string {
  const comma = dn.indexOf(",");
  if (comma !== -1 && PLAIN.test(dn.slice(0, comma))) return dn.slice(comma + 1);
  const end = endOfRdn(dn, 0);
  return end < dn.length ? dn.slice(end + 1) : "";
}

/** `dc=corp,dc=example` → `corp.example`; null for a DN with other parts. */
export function dnsNameOf(suffix: string): string | null {
  const labels = canonicalRdns(suffix).map((rdn) => /^dc=([a-z0-9_-]+)$/i.exec(rdn)?.[1] ?? null);
  return labels.length === 0 || labels.includes(null) ? null : labels.join(".");
}

/** A set of DNs that finds a name in any spelling. */
export class DnSet {
  readonly #canonical: ReadonlySet<string>;
  /**
   * Answers by spelling: the same few groups stand in most entries of a directory, and parsing costs more than a look-up.
   */
  readonly #answers = new Map<string, boolean>();

  constructor(dns: Iterable<string>) {
    this.#canonical = new Set([...dns].map(canonicalDn));
  }

  get size(): number {
    return this.#canonical.size;
  }

  has(dn: string): boolean {
    if (this.#canonical.size === 0) return false;
    let answer = this.#answers.get(dn);
    if (answer === undefined) {
      answer = this.#canonical.has(canonicalDn(dn));
      if (this.#answers.size >= MAX_REMEMBERED) this.#answers.clear();
      this.#answers.set(dn, answer);
    }
    return answer;
  }
}
const MAX_REMEMBERED = 10_000;

/** No escape, quote, `;`, `+`, `#` or character beyond ASCII: nearly all DNs, which need no parser. */
const PLAIN = /^[ !$-*,-:<-[\]-~]*$/;

function plainRdns(dn: string): Rdn[] | null {
  const rdns: Rdn[] = [];
  for (const part of dn.toLowerCase().split(",")) {
    const equals = part.indexOf("=");
    const type = canonicalType(part.slice(0, Math.max(equals, 0)));
    if (type === null) return null;
    rdns.push(`${type}=${withoutExtraSpaces(part.slice(equals + 1))}`);
  }
  return rdns;
}

/** Null for text that is not a DN. */
function parsedRdns(dn: string): Rdn[] | null {
  const rdns: Rdn[] = [];
  let values: string[] = [];
  for (let start = 0; ;) {
    const equals = dn.indexOf("=", start);
    const type = equals === -1 ? null : canonicalType(dn.slice(start, equals).toLowerCase());
    if (type === null) return null;
    const end = endOfValue(dn, equals + 1);
    const value = canonicalValue(dn.slice(equals + 1, end));
    if (value === null) return null;
    values.push(`${type}=${value}`);
    if (dn[end] !== "+") {
      rdns.push(values.sort().join("+"));
      values = [];
    }
    if (end >= dn.length) return rdns;
    start = end + 1;
  }
}

/** Returns where the value that begins at `start` ends: at the next separator that is neither escaped nor quoted. */
function endOfValue(dn: string, start: number): number {
  let isQuoted = false;
  let isAtStart = true;
  for (let index = start; index < dn.length; index += 1) {
    const character = dn[index] ?? "";
    if (character === "\\") index += 1;
    else if (character === '"' && (isAtStart || isQuoted)) isQuoted = !isQuoted;
    else if (!isQuoted && SEPARATORS.includes(character)) return index;
    isAtStart &&= character.trim() === "";
  }
  return dn.length;
}
const SEPARATORS = ",;+";

/** Returns where the RDN that begins at `start` ends: the end of its last value, past each `+`. */
function endOfRdn(dn: string, start: number): number {
  let end = start;
  do {
    const equals = dn.indexOf("=", end);
    end = endOfValue(dn, equals === -1 ? end + 1 : equals + 1);
  } while (dn[end] === "+");
  return end;
}

/** Null for a value that no DN can have: a quote that is not closed, or an escape of nothing. */
function canonicalValue(written: string): string | null {
  if (PLAIN.test(written)) return withoutExtraSpaces(written.toLowerCase());
  const trimmed = written.trimStart();
  if (trimmed.startsWith("#")) {
    const text = textOfBer(trimmed.slice(1).trimEnd());
    if (text !== undefined)
      return text === null ? `\\${trimmed.trimEnd().toLowerCase()}` : canonicalText(text);
  }
  const quoted = trimmed.startsWith('"') ? /^"((?:[^"\\]|\\.)*)"\s*$/s.exec(trimmed)?.[1] : trimmed;
  if (quoted === undefined) return null;
  if (!quoted.includes("\\")) return canonicalText(quoted);
  const bytes = unescaped(quoted);
  if (bytes === null) return null;
  const text = textOfUtf8(bytes);
  return text === null ? `\\x${bytes.toString("hex")}` : canonicalText(text);
}

/** Resolves `\,` and `\2C`; the pairs are bytes of UTF-8. Null when the text ends within an escape. */
function unescaped(written: string): Buffer | null {
  const parts: Buffer[] = [];
  const pattern = /\\([0-9a-fA-F]{2})|\\(.)|([^\\]+)|(\\)$/gsu;
  for (const [, hex, escaped, plain, broken] of written.matchAll(pattern)) {
    if (broken !== undefined) return null;
    parts.push(hex === undefined ? Buffer.from(escaped ?? plain ?? "") : Buffer.from(hex, "hex"));
  }
  return Buffer.concat(parts);
}

const STRING_TAGS: ReadonlySet<number> = new Set([
  0x04, // OCTET STRING
  0x0c, // UTF8String
  0x12, // NumericString
  0x13, // PrintableString
  0x14, // TeletexString
  0x16, // IA5String
]);
const BMP_STRING = 0x1e;

/** The text of a BER value in hex digits. Null when it is another kind of value, undefined when these are no hex digits. */
function textOfBer(hex: string): string | null | undefined {
  if (!/^(?:[0-9a-fA-F]{2})+$/.test(hex)) return undefined;
  const bytes = Buffer.from(hex, "hex");
  const [tag = 0, firstLength = 0] = bytes;
  // A length of 128 and more is in as many bytes as the first one says (X.690 section 8.1.3.5).
  const lengthBytes = firstLength < 0x80 ? 0 : firstLength - 0x80;
  if (bytes.length < 2 + lengthBytes || firstLength === 0x80 || lengthBytes > 4) return null;
  const length = lengthBytes === 0 ? firstLength : bytes.readUIntBE(2, lengthBytes);
  const content = bytes.subarray(2 + lengthBytes);
  if (content.length !== length) return null;
  if (tag === BMP_STRING && length % 2 === 0) return Buffer.from(content).swap16().toString("utf16le");
  return STRING_TAGS.has(tag) ? textOfUtf8(content) : null;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
function textOfUtf8(bytes: Buffer): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}

/**
 * Case, composition and spaces do not tell two values apart (RFC 4518); the escapes keep separators within a value apart.
 */
const canonicalText = (text: string): string =>
  withoutExtraSpaces(foldCase(text)).replace(/[\\,+]/g, (character) => `\\${character}`);

const withoutExtraSpaces = (text: string): string => text.trim().replace(/\s\s+|[^\S ]/g, " ");

/** A form that no DN has, so that text that is not a DN equals itself only. */
const notADn = (text: string): Rdn => `\\${text.trim().toLowerCase()}`;

/**
 * OIDs and long names of attribute types that occur in DNs, by their short name in lowercase (RFC 4519, RFC 4524, RFC
 * 2985).
 */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  cn: ["2.5.4.3", "commonname"],
  sn: ["2.5.4.4", "surname"],
  serialnumber: ["2.5.4.5"],
  c: ["2.5.4.6", "countryname"],
  l: ["2.5.4.7", "localityname"],
  st: ["2.5.4.8", "stateorprovincename", "s"],
  street: ["2.5.4.9", "streetaddress"],
  o: ["2.5.4.10", "organizationname"],
  ou: ["2.5.4.11", "organizationalunitname"],
  title: ["2.5.4.12"],
  description: ["2.5.4.13"],
  businesscategory: ["2.5.4.15"],
  postalcode: ["2.5.4.17"],
  telephonenumber: ["2.5.4.20"],
  name: ["2.5.4.41"],
  givenname: ["2.5.4.42", "gn"],
  initials: ["2.5.4.43"],
  generationqualifier: ["2.5.4.44"],
  x500uniqueidentifier: ["2.5.4.45"],
  dnqualifier: ["2.5.4.46"],
  pseudonym: ["2.5.4.65"],
  uid: ["0.9.2342.19200300.100.1.1", "userid"],
  mail: ["0.9.2342.19200300.100.1.3", "rfc822mailbox"],
  dc: ["0.9.2342.19200300.100.1.25", "domaincomponent"],
  emailaddress: ["1.2.840.113549.1.9.1", "email", "e", "pkcs9email"],
  uniqueidentifier: ["0.9.2342.19200300.100.1.44"],
  employeenumber: ["2.16.840.1.113730.3.1.3"],
  displayname: ["2.16.840.1.113730.3.1.241"],
};
const SHORT_NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries(TYPES).flatMap(([short, others]) =>
    [short, ...others].map((name) => [name, short] as const),
  ),
);

/** `written`: in lowercase. Null for what is neither a name nor an OID. */
function canonicalType(written: string): string | null {
  const name = written.trim().replace(/^oid\./, "");
  return SHORT_NAMES.get(name) ?? (/^(?:[a-z][\w-]*|\d+(?:\.\d+)*)$/.test(name) ? name : null);
}
