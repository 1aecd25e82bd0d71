/**
 * Can a stranger tell at the reset portal whether a name is known? Walks the flow as one who has no code, for people of four
 * kinds in turns, and compares each request of it: time, status, size, headers.
 *
 * All visits come in one random order: whatever drifts drifts for all kinds, and what a visit leaves behind (that of a known
 * name ends with the right code) meets each kind alike, which an order within rounds would not do. The visitor types a number
 * that is right for those who have one: a colleague would know it.
 */
import { randomInt } from "node:crypto";
import type { Outbox } from "../lab/outbox.ts";
import type { PortalClient } from "../lab/portal-client.ts";
import { chooseMethod, enterCode } from "../lab/reset-steps.ts";
import type { Hop } from "../lab/visitor.ts";
import { median } from "./figures.ts";
import { compareSamples, type Comparison } from "./mann-whitney.ts";

export const KINDS = ["known", "unknown", "disabled", "phone-less"] as const;
export type Kind = (typeof KINDS)[number];

export interface Suspect {
  readonly userName: string;
  /** As it is typed. */
  readonly number: string;
}

export interface EnumerationLab {
  /** Another one each time, with names of one length. */
  next(kind: Kind): Suspect;
  /** At an address of their own. */
  visitor(): PortalClient;
  readonly outbox: Outbox;
}

/** What was seen of one request: everything that a stranger can compare. */
interface Sight {
  readonly ms: number;
  readonly looks: string;
}

export interface EndpointReport {
  readonly endpoint: string;
  /** Of `known` against each other kind. */
  readonly times: Readonly<Record<Exclude<Kind, "known">, Comparison>>;
  /** Status, size and headers, per kind, each with how often; alike when nothing can be told. */
  readonly looks: Readonly<Record<Kind, Readonly<Record<string, number>>>>;
  readonly medianMs: number;
}

export interface Enumeration {
  /** So many visits more of each kind. */
  measure(rounds: number): Promise<void>;
  report(): EndpointReport[];
}

export function createEnumeration(lab: EnumerationLab): Enumeration {
  const seen = new Map<string, Record<Kind, Sight[]>>();
  let known = 0;

  const note = (kind: Kind, step: string, hops: readonly Hop[]): void => {
    for (const hop of hops) {
      const endpoint = `${step}: ${hop.method} ${hop.path}`;
      let sights = seen.get(endpoint);
      if (sights === undefined) {
        sights = { known: [], unknown: [], disabled: [], "phone-less": [] };
        seen.set(endpoint, sights);
      }
      sights[kind].push({ ms: hop.ms, looks: looksOf(hop) });
    }
  };

  const walk = async (kind: Kind): Promise<void> => {
    const { userName, number } = lab.next(kind);
    const portal = lab.visitor();
    try {
      await portal.open("/reset");
      const step = async (name: string, taken: Promise<void>): Promise<void> => {
        await taken;
        note(kind, name, portal.page.hops);
      };
      await step("name", portal.submit("/reset/start", { userName }));
      await step("reason", portal.submit("/reset/reason", { reason: "forgot" }));
      await step("method", chooseMethod(portal, "text", number));
      await step("wrong code", enterCode(portal, "000000"));
      // Codes that nobody enters would open the breaker against toll fraud; a quarter of them has to be.
      if (kind === "known" && ++known % 2 === 0) await enterCode(portal, await lab.outbox.otp(number));
    } finally {
      portal.close();
    }
  };

  return {
    async measure(rounds) {
      const visits = Array.from({ length: rounds }, () => KINDS).flat();
      for (const kind of shuffled(visits)) await walk(kind);
    },
    report: () =>
      [...seen].map(([endpoint, sights]) => {
        const times = (kind: Kind): number[] => sights[kind].map(({ ms }) => ms);
        const against = (kind: Kind): Comparison => compareSamples(times("known"), times(kind));
        return {
          endpoint,
          times: {
            unknown: against("unknown"),
            disabled: against("disabled"),
            "phone-less": against("phone-less"),
          },
          looks: Object.fromEntries(
            KINDS.map((kind) => [kind, tally(sights[kind])]),
          ) as EndpointReport["looks"],
          medianMs: median(KINDS.flatMap(times)),
        };
      }),
  };
}

/** The interval that the product promises. */
const MIN_AUC = 0.48;
const MAX_AUC = 0.52;
/** One in a thousand of samples without any difference is further off. */
export const SIGNIFICANT_Z = 3.3;

const isWithin = ({ auc }: Comparison): boolean => auc >= MIN_AUC && auc <= MAX_AUC;

/**
 * What can be told at this endpoint, in words; nothing: none. A time counts when the AUC is outside the interval and chance does
 * not explain it: of 400 pairs without any difference a third lies outside (its standard error is 0.02), of 2,000 a fortieth.
 */
export function findings({ endpoint, times, looks }: EndpointReport): string[] {
  const found: string[] = [];
  for (const [kind, comparison] of Object.entries(times))
    if (!isWithin(comparison) && Math.abs(comparison.z) >= SIGNIFICANT_Z)
      found.push(
        `${endpoint}: known and ${kind} differ in time, AUC ${comparison.auc.toFixed(3)}, z ${comparison.z.toFixed(1)}`,
      );
  const known = Object.keys(looks.known).sort();
  for (const kind of KINDS) {
    const other = Object.keys(looks[kind]).sort();
    if (known.join("\n") !== other.join("\n"))
      found.push(
        `${endpoint}: known and ${kind} look different:\n  ${known.join("\n  ")}\n  ${other.join("\n  ")}`,
      );
  }
  return found;
}

/** Values that are random for everybody are not compared, but their lengths are. */
function looksOf({ status, headers, body }: Hop): string {
  const shown = Object.entries(headers)
    .filter(([name]) => name !== "date")
    .map(([name, value]) => `${name}:${[value].flat().join("|").length}`);
  return `${status} ${Buffer.byteLength(body)} bytes, ${shown.sort().join(" ")}`;
}

function tally(sights: readonly Sight[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { looks } of sights) counts[looks] = (counts[looks] ?? 0) + 1;
  return counts;
}

function shuffled<T>(items: readonly T[]): T[] {
  const left = [...items];
  const order: T[] = [];
  while (left.length > 0) order.push(...left.splice(randomInt(left.length), 1));
  return order;
}
