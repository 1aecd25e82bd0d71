/**
 * Counts wrong codes and answers across codes, methods, sessions and nodes: for the code, for the person, for the network, and for the
 * tenant, where only different people and different networks together mean an attack. Made-up people count alike.
 */
import type { LimitRules } from "../../shared/api/limit-rules.ts";
import type { Clock } from "../../shared/clock.ts";
import type { PortalKeys } from "../keys/portal-keys.ts";
import { isAtKnownPlace } from "../limits/known-place.ts";
import { networkOf } from "../limits/network.ts";
import {
  afterRightCode,
  attackCounts,
  breakerNotices,
  type CodeEntry,
  codeTries,
  failedCodes,
  failedName,
  type Failure,
  type Target,
} from "../limits/requests.ts";
import type { LimitRefusal, Limits } from "../store/limits.ts";
import { createCachedLookUp } from "../ttl-cache.ts";

const ATTACK_TTL_MS = 1_000;

/** One entry of a code or of answers. */
export interface Try {
  readonly tenantId: string;
  readonly person: Target;
  readonly userName: string;
  /** Address of the browser. */
  readonly address: string;
  /** Null for codes that are not sent. */
  readonly challengeId: string | null;
}

type Where = Omit<Try, "challengeId">;

/** A try that was counted, with the counters that it was counted on. */
export interface CountedTry extends CodeEntry {
  readonly tenantId: string;
  readonly userName: string;
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
  /** Counts a try before it is compared, so that many tries at once do not exceed a limit. `refusal`: null when it may be made. */
  charge(attempt: Try): Promise<{ readonly counted: CountedTry; readonly refusal: TryRefusal | null }>;
  /** Gives one try back, because it was the second request of a double click. */
  refund(counted: CountedTry): Promise<void>;
  /** Gives the try back, because it was right, with the failures of this visit for its network and those in a row. */
  right(counted: CountedTry, failures: number): Promise<void>;
  /** Records that the try was wrong. */
  failed(counted: CountedTry): Promise<Standing>;
  standing(where: Where): Promise<Standing>;
  /** True while codes for many names fail from many networks. Cached for a second. */
  underAttack(tenantId: string): Promise<boolean>;
}

export function createFailedCodes(deps: {
  readonly limits: Pick<Limits, "take" | "count" | "known">;
  readonly countUsers: (tenantId: string) => Promise<number>;
  readonly rules: (tenantId: string) => Promise<LimitRules>;
  /** Called when a try is wrong while the tenant is under attack, at most once an hour. */
  readonly onAttack: (
    tenantId: string,
    facts: { readonly names: number; readonly networks: number },
  ) => Promise<void>;
  readonly portalKeys: Pick<PortalKeys, "digest">;
  readonly clock: Pick<Clock, "monotonicMs">;
}): FailedCodes {
  const { limits, clock } = deps;

  async function whereOf({
    tenantId,
    person,
    userName,
    address,
  }: Where): Promise<Omit<CountedTry, "challengeId">> {
    const network = networkOf(address, await deps.rules(tenantId));
    const known = await limits.known(tenantId, person.id, network.name);
    return {
      tenantId,
      person,
      userName,
      network,
      place: isAtKnownPlace(person, network.name, known) ? network.name : null,
    };
  }

  /** Counts a failure, if there is one, and returns whether both counts of the tenant are exhausted. */
  async function countAttack(tenantId: string, failure: Failure | null): Promise<boolean> {
    const [rules, users] = await Promise.all([deps.rules(tenantId), deps.countUsers(tenantId)]);
    if (failure !== null) await limits.count(tenantId, attackCounts({ rules, users }, failure));
    const [names, networks] = attackCounts({ rules, users }, null);
    const counts = await limits.count(tenantId, [names, networks]);
    if (!counts.every(({ refusal }) => refusal !== null)) return false;
    if (failure !== null && (await limits.take(tenantId, [breakerNotices("codes")])) === null)
      await deps.onAttack(tenantId, { names: names.limit, networks: networks.limit });
    return true;
  }

  const attack = createCachedLookUp({ ttlMs: ATTACK_TTL_MS, clock }, (tenantId) =>
    countAttack(tenantId, null),
  );

  async function standing(where: Omit<CountedTry, "challengeId">): Promise<Standing> {
    const counts = await limits.count(where.tenantId, failedCodes(where.person, where.place, 0));
    const ends = counts.flatMap(({ refusal }) => (refusal === null ? [] : [refusal.until]));
    const failures = counts[0]?.count ?? 0;
    return { blockedUntil: ends.length === 0 ? null : Math.max(...ends), work: workAfter(failures) };
  }

  return {
    async charge(attempt) {
      const { tenantId, challengeId } = attempt;
      const counted = { ...(await whereOf(attempt)), challengeId };
      return { counted, refusal: refusalOf(await limits.take(tenantId, codeTries(counted, 1))) };
    },
    async refund(counted) {
      await limits.take(counted.tenantId, codeTries(counted, -1));
    },
    async right(counted, failures) {
      await limits.take(counted.tenantId, afterRightCode(counted, failures));
    },
    async failed(counted) {
      const { tenantId, userName, network } = counted;
      await countAttack(tenantId, { name: failedName(deps.portalKeys, tenantId, userName), network });
      return standing(counted);
    },
    standing: async (where) => standing(await whereOf(where)),
    underAttack: (tenantId) => attack.get(tenantId),
  };
}

function refusalOf(refused: LimitRefusal | null): TryRefusal | null {
  if (refused === null) return null;
  const { name, until } = refused;
  if (name === "code_tries") return { kind: "code", until };
  return { kind: name === "network_failed_codes" ? "network" : "person", until };
}
