/** Reads IP addresses and ranges, in every form in which proxies and systems write them. */
import { BlockList, isIP } from "node:net";
import ipaddr from "ipaddr.js";

/**
 * Finds the network that one customer of a provider usually has, because counting single addresses would not limit an attacker:
 * `192.0.2.77` → `192.0.2.0/24`, `2001:db8:1:2::7` → `2001:db8:1::/48`; a text that is not
 * an address becomes `unknown`.
 */
export function addressRange(text: string): string {
  const address = parseAddress(text);
  if (address === null) return "unknown";
  if (address instanceof ipaddr.IPv4) return `${address.octets.slice(0, 3).join(".")}.0/24`;
  return `${address.parts
    .slice(0, 3)
    .map((part) => part.toString(16))
    .join(":")}::/48`;
}

/**
 * Returns an address without what proxies and systems add: `203.0.113.5:49152`, `[2001:db8::7]:443` (Azure Application Gateway),
 * `fe80::1%eth0`. An IPv4 address within an IPv6 one is that address: `::ffff:cb00:7105` (RFC 4291), `64:ff9b::cb00:7105` (NAT64, RFC
 * 6052). A text that is not an address stays as it is.
 */
export const plainAddress = (text: string): string => parseAddress(text)?.toString() ?? text;

const WITH_PORT = /^\[([^\]]+)\](?::\d{1,5})?$|^([\d.]+):\d{1,5}$/;

function parseAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  const [, v6, v4] = WITH_PORT.exec(text.trim()) ?? [];
  const plain = (v6 ?? v4 ?? text.trim()).replace(/%.*$/, "");
  if (isIP(plain) === 0) return null; // the library accepts more, e.g. octal numbers
  const address = ipaddr.process(plain);
  if (address instanceof ipaddr.IPv4 || address.range() !== "rfc6052") return address;
  return new ipaddr.IPv4(address.toByteArray().slice(-4));
}

/** Accepts `10.0.0.0/8`, `2001:db8::/32`, or a single address. */
export function isAddressRange(text: string): boolean {
  const [address = "", prefix, more] = text.split("/");
  const family = isIP(address);
  if (family === 0 || more !== undefined) return false;
  if (prefix === undefined) return true;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128);
}

/** True for every address when there are no ranges. The address may be in any form that `plainAddress` reads. */
export function isInRanges(ranges: readonly string[], remoteAddress: string): boolean {
  if (ranges.length === 0) return true;
  const address = plainAddress(remoteAddress);
  const family = isIP(address);
  if (family === 0) return false;
  const list = new BlockList();
  for (const range of ranges) {
    const [base = "", prefix] = range.split("/");
    const kind = isIP(base) === 4 ? "ipv4" : "ipv6";
    if (prefix === undefined) list.addAddress(base, kind);
    else list.addSubnet(base, Number(prefix), kind);
  }
  return list.check(address, family === 4 ? "ipv4" : "ipv6");
}
