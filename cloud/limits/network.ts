/** Finds the network that a visitor is counted with, and the numbers that apply to it. */
import { BlockList, isIPv6 } from "node:net";
import type { LimitRules } from "../../shared/api/limit-rules.ts";
import { addressRange } from "./address-range.ts";

export interface Network {
  /** For example `192.0.2.0/24`. An own network is counted as a whole, however large it is. */
  readonly name: string;
  readonly isOwn: boolean;
  readonly starts: number;
  readonly codes: number;
  readonly failedCodes: number;
}

/** `address`: of the browser, proxies considered. */
export function networkOf(address: string, rules: Pick<LimitRules, "perNetwork" | "ownNetworks">): Network {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "");
  const own = rules.ownNetworks.find(({ network }) => contains(network, plain));
  return own === undefined
    ? { name: addressRange(address), isOwn: false, ...rules.perNetwork }
    : {
        name: own.network,
        isOwn: true,
        starts: own.starts,
        codes: own.codes,
        failedCodes: own.failedCodes,
      };
}

function contains(network: string, address: string): boolean {
  const [base = "", bits = ""] = network.split("/");
  const type = isIPv6(base) ? "ipv6" : "ipv4";
  if (isIPv6(address) !== (type === "ipv6")) return false;
  const list = new BlockList();
  list.addSubnet(base, Number(bits), type);
  return list.check(address, type);
}
