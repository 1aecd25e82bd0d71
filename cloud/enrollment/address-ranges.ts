import { BlockList, isIP } from "node:net";

/** Accepts `10.0.0.0/8`, `2001:db8::/32`, or a single address. */
export function isAddressRange(text: string): boolean {
  const [address = "", prefix, more] = text.split("/");
  const family = isIP(address);
  if (family === 0 || more !== undefined) return false;
  if (prefix === undefined) return true;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128);
}

/** True for every address when there are no ranges. An IPv4 address may be in its IPv6 form (`::ffff:192.0.2.1`). */
export function isInRanges(ranges: readonly string[], remoteAddress: string): boolean {
  if (ranges.length === 0) return true;
  const address = remoteAddress.replace(/^::ffff:(?=\d+\.)/i, "");
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
