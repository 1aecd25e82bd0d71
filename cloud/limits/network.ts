/** Finds the network that a visitor is counted with, and the numbers that apply to it. */
import type { LimitRules } from "../../shared/api/limit-rules.ts";
import { addressRange, isInRanges } from "../../shared/ip-address.ts";

export interface Network {
  /** For example `192.0.2.0/24`. An own network is counted as a whole, however large it is. */
  readonly name: string;
  readonly isOwn: boolean;
  readonly starts: number;
  readonly codes: number;
  readonly failedCodes: number;
  readonly failedSignIns: number;
}

/** `address`: of the browser, proxies considered. */
export function networkOf(address: string, rules: Pick<LimitRules, "perNetwork" | "ownNetworks">): Network {
  const own = rules.ownNetworks.find(({ network }) => isInRanges([network], address));
  return own === undefined
    ? { name: addressRange(address), isOwn: false, ...rules.perNetwork }
    : {
        name: own.network,
        isOwn: true,
        starts: own.starts,
        codes: own.codes,
        failedCodes: own.failedCodes,
        failedSignIns: own.failedSignIns,
      };
}
