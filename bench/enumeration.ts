/**
 * Measures whether a stranger can tell at the portals if a name is known. Runs a flow for users of four kinds and compares each
 * of its requests: time, status, size, headers.
 *
 * All visits come in one random order. Drift then affects all kinds alike, and so does what a visit leaves behind (a visit of a
 * known name may end with the right code); an order within rounds would not ensure that.
 */
import { randomInt } from "node:crypto";
import type { Hop } from "../lab/visitor.ts";
import {
  createFlow,
  type EnumerationInstallation,
  type FlowName,
  type Kind,
  KINDS,
} from "./enumeration-flows.ts";
import { median } from "./figures.ts";
import { compareSamples, type Comparison } from "./mann-whitney.ts";

/** Everything that a stranger can compare of one request. */
interface Sight {
  readonly ms: number;
  readonly looks: string;
}

export interface EndpointReport {
  readonly endpoint: string;
  /** Comparisons of `known` with each other kind. */
  readonly times: Readonly<Record<Exclude<Kind, "known">, Comparison>>;
  /** How often each combination of status, size and headers occurred, per kind. Equal when nothing can be told. */
  readonly looks: Readonly<Record<Kind, Readonly<Record<string, number>>>>;
  readonly medianMs: number;
}

export interface Enumeration {
  /** Runs this many more visits of each kind. */
  measure(rounds: number): Promise<void>;
  report(): EndpointReport[];
}

export function createEnumeration(
  installation: EnumerationInstallation,
  name: FlowName,
  atOnce?: number,
): Enumeration {
  const flow = createFlow(name, installation);
  const seen = new Map<string, Record<Kind, Sight[]>>();

  const note = (kind: Kind, step: string, hop: Hop): void => {
    const endpoint = `${step}: ${hop.method} ${hop.path}`;
    let sights = seen.get(endpoint);
    if (sights === undefined) {
      sights = { known: [], unknown: [], disabled: [], "phone-less": [] };
      seen.set(endpoint, sights);
    }
    sights[kind].push({ ms: hop.ms, looks: looksOf(hop) });
  };

  return {
    async measure(rounds) {
      const visits = shuffled(Array.from({ length: rounds }, () => KINDS).flat());
      const visitor = async (): Promise<void> => {
        for (let kind = visits.pop(); kind !== undefined; kind = visits.pop()) {
          const visited = kind;
          await flow.visit(visited, (step, hop) => note(visited, step, hop));
        }
      };
      await Promise.all(Array.from({ length: atOnce ?? flow.atOnce }, visitor));
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
/** Samples without any difference exceed this once in a thousand. */
const SIGNIFICANT_Z = 3.3;

const isWithin = ({ auc }: Comparison): boolean => auc >= MIN_AUC && auc <= MAX_AUC;

/**
 * Describes what can be told at this endpoint; empty when nothing can. A time counts when the AUC is outside the interval and chance does
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

/** Values that are random for every visitor are compared by length only. */
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
