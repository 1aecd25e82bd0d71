/**
 * Finds the network that one customer of a provider usually has. Counting single addresses would not limit an attacker.
 */
import { isIP } from "node:net";

/** `192.0.2.77` → `192.0.2.0/24`, `2001:db8:1:2::7` → `2001:db8:1::/48`; a text that is not an address becomes `unknown`. */
export function addressRange(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "");
  switch (isIP(plain)) {
    case 4:
      return `${plain.split(".").slice(0, 3).join(".")}.0/24`;
    case 6:
      return `${firstGroups(plain, 3).join(":")}::/48`;
    default:
      return "unknown";
  }
}

/** The first groups of an IPv6 address, without leading zeros. `::` stands for the missing groups, all 0. */
function firstGroups(address: string, count: number): string[] {
  const [head = "", tail] = address.split("::");
  const groups = (part: string): string[] => (part === "" ? [] : part.split(":"));
  // A dotted end (`::192.0.2.1`) is two groups, neither of which can be among the first three.
  const after = groups(tail ?? "").flatMap((group) => (group.includes(".") ? ["0", "0"] : [group]));
  const before = groups(head).flatMap((group) => (group.includes(".") ? ["0", "0"] : [group]));
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  return [...before, ...Array.from({ length: zeros }, () => "0"), ...after]
    .slice(0, count)
    .map((group) => Number.parseInt(group, 16).toString(16));
}
