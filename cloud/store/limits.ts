/** Rate-limit counters in Redis, shared by all nodes. Their windows slide (functions/limits.lua). */
import { z } from "zod";
import { DAY_MS, MINUTE_MS } from "../../shared/durations.ts";
import { keys } from "./keys.ts";
import { guard, type Store } from "./store.ts";

export interface LimitRequest {
  /** Name of the limit, for logs, metrics and the audit. */
  readonly name: string;
  /**
   * Name of the counter, e.g. `person:<id>:failed_codes`, `number_codes_hour:<digest>`, `network_codes:203.0.113.0/24`. Never
   * has a plain number or name.
   */
  readonly key: string;
  readonly limit: number;
  readonly windowMs: number;
  /** 1 when absent. 0 only checks; a negative amount gives back an earlier one. */
  readonly amount?: number;
  /** Counts this once, however often it comes in a window. A check of such a counter has the empty member. */
  readonly member?: string;
  /** True when `engaged` lists it while it refuses: a limit that many users share. */
  readonly listed?: boolean;
}

export interface LimitRefusal {
  readonly name: string;
  readonly key: string;
  /** Epoch ms at which the counter allows more. */
  readonly until: number;
  /** Number of refusals since the counter was exhausted, within its window. 0 for a check. */
  readonly refusals: number;
}

export interface LimitCount {
  /** Null when the counter was not exhausted. */
  readonly refusal: LimitRefusal | null;
  /** Before this call. */
  readonly count: number;
}

/** A limit that many users share and that refuses now. */
export interface EngagedLimit {
  readonly name: string;
  readonly key: string;
  readonly until: number;
}

/** Counters to give back later. */
export interface Returnable {
  /** For example the id of a code's challenge. */
  readonly id: string;
  readonly wants: readonly LimitRequest[];
}

/** Visitors that have proved who they are before: a part of the tenant's budgets is kept for them. */
export interface Known {
  readonly person: boolean;
  readonly network: boolean;
  /** True when this person has proved something from this network. */
  readonly place: boolean;
}

export interface Limits {
  /**
   * Counts on every counter or, when one is exhausted, on none, in one round trip. Null when none was exhausted. No key may come
   * twice, unless it counts members. What `returnable` names is remembered for a while, so that `giveBack` finds exactly it.
   */
  take(
    tenantId: string,
    wants: readonly LimitRequest[],
    returnable?: Returnable,
  ): Promise<LimitRefusal | null>;
  /** Gives back what was taken with this id, once. Nothing when it is unknown or too old. */
  giveBack(tenantId: string, id: string): Promise<void>;
  /** Counts on each counter that is not exhausted. */
  count(tenantId: string, wants: readonly LimitRequest[]): Promise<readonly LimitCount[]>;
  /**
   * Deletes all counters with a key that begins with `person:<id>:` (the helpdesk lifts a block). Returns how many
   * there were.
   */
  clearPerson(tenantId: string, personId: string): Promise<number>;
  engaged(tenantId: string): Promise<readonly EngagedLimit[]>;
  /** Deletes counters that are not of a person. Returns how many there were. */
  clear(tenantId: string, counters: readonly Pick<EngagedLimit, "name" | "key">[]): Promise<number>;
  known(tenantId: string, personId: string, network: string): Promise<Known>;
  /** `by`: a password alone, which a thief may have, does not make the network a place of this person. */
  remember(tenantId: string, personId: string, network: string, by: "proof" | "password"): Promise<void>;
}

const bit = z.union([z.literal(0), z.literal(1)]);
const knownReply = z.tuple([bit, bit, bit]);
const takeReply = z.tuple([z.int(), z.int(), z.int()]);
const takenSchema = z.array(
  z.strictObject({
    name: z.string(),
    key: z.string(),
    limit: z.int(),
    windowMs: z.int(),
    amount: z.int(),
  }),
);
const countReply = z.array(z.int());
const PERSON = /^(person:[^:]+):(.+)$/;
const ONLY_FIELD = "count";

/** Prints the key of a counter. All counters of a user have one prefix, so that they can be lifted together. `part`: beside the common one. */
export function limitKey(
  name: string,
  {
    by,
    subject,
    part,
  }: { readonly by: "person" | "other"; readonly subject: string; readonly part?: string },
): string {
  const whole = by === "person" ? `person:${subject}:${name}` : subject === "" ? name : `${name}:${subject}`;
  return part === undefined ? whole : `${whole}@${part}`;
}

/** What the counter is of, as it was given to `limitKey`; empty for the tenant. */
export const subjectOf = ({ name, key }: Pick<EngagedLimit, "name" | "key">): string =>
  PERSON.test(key) ? (key.split(":")[1] ?? "") : key.slice(name.length + 1);
const KNOWN_PERSON_MS = 400 * DAY_MS;
const KNOWN_NETWORK_MS = 90 * DAY_MS;
const MAX_KNOWN_NETWORKS = 20_000;
const MAX_KNOWN_PLACES = 20;

/** Longer than a code can be used. */
const RETURNABLE_MS = 15 * MINUTE_MS;

/** Creates the counters. All functions throw STORE_UNAVAILABLE. */
export function createLimits({ store }: { store: Store }): Limits {
  const { redis } = store;
  const listedAs = ({ name, key }: Pick<EngagedLimit, "name" | "key">): string => `${name} ${key}`;

  function callArgs(
    tenantId: string,
    wants: readonly LimitRequest[],
  ): [keys: string[], args: (string | number)[]] {
    const places = wants.map(({ key }) => {
      const [, person, field] = PERSON.exec(key) ?? [];
      return { subject: person ?? key, field: field ?? ONLY_FIELD, whole: key };
    });
    return [
      [
        keys.limitsEngaged(tenantId),
        ...places.flatMap(({ subject, whole }) => [
          keys.limit(tenantId, subject),
          keys.limitMembers(tenantId, whole),
        ]),
      ],
      wants.flatMap(({ name, key, limit, windowMs, amount = 1, member, listed }, at) => [
        places[at]?.field ?? ONLY_FIELD,
        limit,
        windowMs,
        amount,
        member === "" ? "-" : (member ?? ""),
        listed === true ? listedAs({ name, key }) : "",
      ]),
    ];
  }

  const take: Limits["take"] = async (tenantId, wants, returnable) => {
    if (wants.length === 0) return null;
    const [names, args] = callArgs(tenantId, wants);
    if (returnable !== undefined) {
      names.push(keys.limitsTaken(tenantId, returnable.id));
      const taken = returnable.wants.map(({ name, key, limit, windowMs, amount = 1 }) => ({
        name,
        key,
        limit,
        windowMs,
        amount,
      }));
      args.push(JSON.stringify(taken), RETURNABLE_MS);
    }
    const [at, until, refusals] = takeReply.parse(await store.call("latchkey_limits_take", names, args));
    const refused = wants[at - 1];
    return refused === undefined ? null : { name: refused.name, key: refused.key, until, refusals };
  };

  return {
    take,
    async giveBack(tenantId, id) {
      const taken = await guard(() => redis.getdel(keys.limitsTaken(tenantId, id)));
      if (taken === null) return;
      const wants = takenSchema.parse(JSON.parse(taken));
      await take(
        tenantId,
        wants.map((want) => ({ ...want, amount: -want.amount })),
      );
    },
    async count(tenantId, wants) {
      const reply = countReply.parse(await store.call("latchkey_limits_count", ...callArgs(tenantId, wants)));
      return wants.map(({ name, key }, at) => {
        const [until = 0, refusals = 0, count = 0] = reply.slice(at * 3, at * 3 + 3);
        return { refusal: until === 0 ? null : { name, key, until, refusals }, count };
      });
    },
    async clearPerson(tenantId, personId) {
      const key = keys.limit(tenantId, `person:${personId}`);
      const [[, count] = [], [, removed] = []] =
        (await guard(() => redis.multi().hlen(key).del(key).exec())) ?? [];
      return removed === 1 ? Number(count) : 0;
    },
    async engaged(tenantId) {
      const reply = z
        .array(z.string())
        .parse(await store.call("latchkey_limits_engaged", [keys.limitsEngaged(tenantId)], []));
      return pairsOf(reply).map(([listed, until]) => {
        const at = listed.indexOf(" ");
        return { name: listed.slice(0, at), key: listed.slice(at + 1), until: Number(until) };
      });
    },
    async clear(tenantId, counters) {
      if (counters.length === 0) return 0;
      const hashes = counters.map(({ key }) => keys.limit(tenantId, key));
      const sets = counters.map(({ key }) => keys.limitMembers(tenantId, key));
      const replies =
        (await guard(() =>
          redis
            .multi()
            .exists(...hashes, ...sets)
            .del(...hashes, ...sets)
            .zrem(keys.limitsEngaged(tenantId), ...counters.map(listedAs))
            .exec(),
        )) ?? [];
      return Number(replies[0]?.[1] ?? 0);
    },
    async known(tenantId, personId, network) {
      const reply = await store.call(
        "latchkey_limits_known",
        [...knownKeys(tenantId), keys.knownPlaces(tenantId, personId)],
        [personId, network, KNOWN_PERSON_MS, KNOWN_NETWORK_MS],
      );
      const [person, anybody, place] = knownReply.parse(reply);
      return { person: person === 1, network: anybody === 1, place: place === 1 };
    },
    async remember(tenantId, personId, network, by) {
      await store.call(
        "latchkey_limits_remember",
        [...knownKeys(tenantId), ...(by === "proof" ? [keys.knownPlaces(tenantId, personId)] : [])],
        [personId, network, KNOWN_PERSON_MS, KNOWN_NETWORK_MS, MAX_KNOWN_NETWORKS, MAX_KNOWN_PLACES],
      );
    },
  };
}

const knownKeys = (tenantId: string): [people: string, networks: string] => [
  keys.knownPeople(tenantId),
  keys.knownNetworks(tenantId),
];

const pairsOf = (flat: readonly string[]): [string, string][] =>
  flat.flatMap((first, at) => (at % 2 === 0 ? [[first, flat[at + 1] ?? ""] as [string, string]] : []));
