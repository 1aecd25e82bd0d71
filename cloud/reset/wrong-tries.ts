/**
 * Counts the wrong codes of a person in this node's memory, as a second line behind the limits: a writer of Redis could delete those
 * between two guesses.
 */
import type { Clock } from "../../shared/clock.ts";
import { DAY_MS } from "../../shared/durations.ts";
import type { Logger } from "../../shared/logger.ts";
import { createTtlCache } from "../ttl-cache.ts";
import type { Attempt } from "./attempt.ts";
import type { TryRefusal } from "./failed-codes.ts";

/** More than the limits allow from all networks together, even when a helpdesk lifts the block of a person several times a day. */
const MOST = 50;
const MAX_PEOPLE = 50_000;

type Identified = Pick<Attempt, "tenantId"> & { readonly person: { readonly id: string } };
const keyOf = ({ tenantId, person }: Identified): string => `${tenantId} ${person.id}`;

export interface WrongTries {
  /** Null when the person may try. */
  refusal(attempt: Identified): TryRefusal | null;
  count(attempt: Identified): void;
  /** Begins anew after a right code. */
  delete(attempt: Identified): void;
}

export function createWrongTries({
  clock,
  log,
}: {
  readonly clock: Pick<Clock, "now" | "monotonicMs">;
  readonly log: Pick<Logger, "error">;
}): WrongTries {
  const tries = createTtlCache<string, { count: number; readonly until: number }>({
    ttlMs: DAY_MS,
    clock,
    maxEntries: MAX_PEOPLE,
  });
  return {
    refusal(attempt) {
      const known = tries.get(keyOf(attempt));
      return known === undefined || known.count < MOST ? null : { kind: "person", until: known.until };
    },
    count(attempt) {
      const { tenantId, person } = attempt;
      const known = tries.get(keyOf(attempt));
      if (known === undefined) tries.set(keyOf(attempt), { count: 1, until: clock.now() + DAY_MS });
      else if (++known.count === MOST)
        log.error("reset.tries.not_limited", { tenantId, userId: person.id, count: MOST });
    },
    delete: (attempt) => tries.delete(keyOf(attempt)),
  };
}
