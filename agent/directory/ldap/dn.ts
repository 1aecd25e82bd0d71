/** Distinguished names (RFC 4514), compared as servers compare them: without regard to case, spacing and way of escaping. */

/** Each RDN in one canonical spelling, leaf first. Only for comparing: it is not a DN to send. */
export function canonicalRdns(dn: string): string[] {
  if (dn.trim() === "") return [];
  return split(dn, ",;").map((rdn) => split(rdn, "+").map(canonicalPart).sort().join("+"));
}

/** The whole name in one canonical spelling, for sets and maps. */
export function canonicalDn(dn: string): string {
  return canonicalRdns(dn).join(",");
}

/** Is `dn` the same entry as `ancestor`, or below it? */
export function isWithin(dn: string, ancestor: string): boolean {
  const below = canonicalRdns(dn);
  const above = canonicalRdns(ancestor);
  const offset = below.length - above.length;
  return offset >= 0 && above.every((rdn, index) => rdn === below[offset + index]);
}

/** The DN without its first RDN, as it is written; "" at the top. */
export function parentOf(dn: string): string {
  for (let index = 0; index < dn.length; index += 1) {
    if (dn[index] === "\\") index += 1;
    else if (dn[index] === ",") return dn.slice(index + 1);
  }
  return "";
}

/** Cuts at separators that are not escaped. */
function split(text: string, separators: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] === "\\") index += 1;
    else if (separators.includes(text[index] ?? "")) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

function canonicalPart(part: string): string {
  const equals = part.indexOf("=");
  const type = part.slice(0, equals).trim().toLowerCase();
  const value = unescape(trimUnescaped(part.slice(equals + 1)))
    .toLowerCase()
    .replace(/ +/g, " ");
  return `${type}=${value.replace(/[\\,+;=]/g, (character) => `\\${character}`)}`;
}

const trimUnescaped = (value: string): string => value.trimStart().replace(/(?<!\\) +$/, "");

/** `\2C` and `\,` alike; runs of hex pairs are UTF-8. */
const unescape = (value: string): string =>
  value.replace(/(?:\\[0-9a-fA-F]{2})+|\\(.)/gs, (run, character: string | undefined) =>
    character === undefined ? Buffer.from(run.replaceAll("\\", ""), "hex").toString("utf8") : character,
  );
