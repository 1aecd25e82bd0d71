/**
 * Counts wrong codes and answers across codes, methods, sessions and nodes: for the code, for the person, for the network, and for the
 * tenant, where only different people and different networks together mean an attack. Made-up people cost the same work.
 */
import type { LimitRules } from "../../shared/api/limit-rules.ts";
import type { Clock } from "../../shared/clock.ts";
import { type Network, networkOf } from "../limits/network.ts";
import {
  afterRightCode,
  attackCounts,
  breakerNotices,
  codeTries,
  failedCodes,
  type Target,
} from "../limits/requests.ts";
import type { LimitRefusal, Limits } from "../store/limits.ts";
import { createCachedLookUp } from "../ttl-cache.ts";

const ATTACK_TTL_MS = 1_000;

/** One entry of a code or of answers. */
export interface Try {
  readonly tenantId: string;
  readonly person: Target;
  /** Address of the browser. */
  readonly address: string;
  /** Null for codes that are not sent. */
  readonly challengeId: string | null;
}

export type TryRefusal = {
  /** code: it was tried too often. person: blocked. network: too many wrong codes came from there. */
  readonly kind: "code" | "person" | "network";
  readonly until: number;
};

export interface Standing {
  /** Epoch ms; null when the person may try. */
  readonly blockedUntil: number | null;
  /** How much proof of work the next code needs, as a multiple of that of a start. 0: none. */
  readonly work: number;
}

/** Wrong codes of a person in a day that cost nothing: typing errors. */
const FREE_FAILURES = 2;
const MAX_WORK = 64;
/** The work doubles with each wrong code, so that blocking a person costs far more than the tries of their owner. */
const workAfter = (failures: number): number =>
  failures < FREE_FAILURES ? 0 : Math.min(MAX_WORK, 2 ** (failures - FREE_FAILURES + 1));

export interface FailedCodes {
  /** Counts a try before it is compared, so that many tries at once do not exceed a limit. Null when it may be made. */
  charge(attempt: Try): Promise<TryRefusal | null>;
  /** Gives one try back, because it was the second request of a double click. */
  refund(attempt: Try): Promise<void>;
  /** Gives the try back, because it was right, with the failures of this visit for its network and those in a row. */
  right(attempt: Try, failures: number): Promise<void>;
  /** Records that the try was wrong. */
  failed(attempt: Try): Promise<Standing>;
  standing(tenantId: string, person: Target): Promise<Standing>;
  /** True while codes of many users fail from many networks. Cached for a second. */
  underAttack(tenantId: string): Promise<boolean>;
}

export function createFailedCodes(deps: {
  readonly limits: Pick<Limits, "take" | "count">;
  readonly countUsers: (tenantId: string) => Promise<number>;
  readonly rules: (tenantId: string) => Promise<LimitRules>;
  /** Called when a try is wrong while the tenant is under attack, at most once an hour. */
  readonly onAttack: (
    tenantId: string,
    facts: { readonly people: number; readonly networks: number },
  ) => Promise<void>;
  readonly clock: Pick<Clock, "monotonicMs">;
}): FailedCodes {
  const { limits, clock } = deps;

  async function triesOf({ tenantId, address, ...facts }: Try): Promise<{ network: Network } & typeof facts> {
    return { ...facts, network: networkOf(address, await deps.rules(tenantId)) };
  }

  /** Counts a failure, if there is one, and returns whether both counts of the tenant are exhausted. */
  async function countAttack(
    tenantId: string,
    failure: { readonly person: Target; readonly network: Network } | null,
  ): Promise<boolean> {
    const [rules, users] = await Promise.all([deps.rules(tenantId), deps.countUsers(tenantId)]);
    if (failure !== null) await limits.count(tenantId, attackCounts(rules, users, failure));
    const [people, networks] = attackCounts(rules, users, null);
    const counts = await limits.count(tenantId, [people, networks]);
    if (!counts.every(({ refusal }) => refusal !== null)) return false;
    if (failure !== null && (await limits.take(tenantId, [breakerNotices()])) === null)
      await deps.onAttack(tenantId, { people: people.limit, networks: networks.limit });
    return true;
  }

  const attack = createCachedLookUp({ ttlMs: ATTACK_TTL_MS, clock }, (tenantId) =>
    countAttack(tenantId, null),
  );

  async function standing(tenantId: string, person: Target): Promise<Standing> {
    const counts = await limits.count(tenantId, failedCodes(person, 0));
    const ends = counts.flatMap(({ refusal }) => (refusal === null ? [] : [refusal.until]));
    const failures = counts[0]?.count ?? 0;
    return { blockedUntil: ends.length === 0 ? null : Math.max(...ends), work: workAfter(failures) };
  }

  return {
    async charge(attempt) {
      return refusalOf(await limits.take(attempt.tenantId, codeTries(await triesOf(attempt), 1)));
    },
    async refund(attempt) {
      await limits.take(attempt.tenantId, codeTries(await triesOf(attempt), -1));
    },
    async right(attempt, failures) {
      await limits.take(attempt.tenantId, afterRightCode(await triesOf(attempt), failures));
    },
    async failed(attempt) {
      const { tenantId, person } = attempt;
      const { network } = await triesOf(attempt);
      await countAttack(tenantId, { person, network });
      return standing(tenantId, person);
    },
    standing,
    underAttack: (tenantId) => attack.get(tenantId),
  };
}

function refusalOf(refused: LimitRefusal | null): TryRefusal | null {
  if (refused === null) return null;
  const { name, until } = refused;
  if (name === "code_tries") return { kind: "code", until };
  return { kind: name === "network_failed_codes" ? "network" : "person", until };
}
