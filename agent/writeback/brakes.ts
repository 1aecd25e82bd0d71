/** How many writes this agent makes at most, whatever the cloud asks for. Pure: the journal keeps what must outlive a restart. */
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../shared/durations.ts";
import type { AgentConfig } from "../config.ts";
import type { BRAKE_LIMITS } from "./journal-records.ts";

export type BrakeLimit = (typeof BRAKE_LIMITS)[number];

export type BrakeAnswer =
  | { readonly kind: "free" }
  /** The minute's limit: not now, but soon. */
  | { readonly kind: "wait"; readonly retryAfterMs: number }
  /** The hour's or the day's limit: not until somebody at this host releases it. */
  | { readonly kind: "engaged"; readonly limit: BrakeLimit };

export interface Brakes {
  /** Null while the brake is off. */
  readonly engaged: BrakeLimit | null;
  /** May another write begin? A free answer reserves a place until `settle`; a limit that is reached engages the brake. */
  reserve(): BrakeAnswer;
  /** A modify is about to be sent under a reserved place. */
  count(): void;
  /** Gives the reserved place back, counted or not. */
  settle(): void;
  /** The writes so far are forgiven, so that the brake does not engage again at once. */
  release(): void;
  /** Writes within the last hour. */
  writesLastHour(): number;
}

export interface BrakesOptions {
  readonly limits: Pick<AgentConfig["writeback"], "maxPerMinute" | "maxPerHour" | "maxPerDay">;
  /** Epoch ms of earlier writes, oldest first. */
  readonly writtenAt: readonly number[];
  readonly engaged: BrakeLimit | null;
  readonly now: () => number;
}

export function createBrakes({ limits, writtenAt, engaged, now }: BrakesOptions): Brakes {
  let writes = [...writtenAt];
  let limit = engaged;
  let reserved = 0;

  // A write "in the future" was made before the clock was set back; it counts, or setting the clock would release the brake.
  const isWithin = (windowMs: number): ((at: number) => boolean) => {
    const until = now();
    return (at) => Math.abs(until - at) < windowMs;
  };
  const countWithin = (windowMs: number): number => {
    const counts = isWithin(windowMs);
    return writes.reduce((count, at) => (counts(at) ? count + 1 : count), 0);
  };

  return {
    get engaged() {
      return limit;
    },
    reserve() {
      writes = writes.filter(isWithin(DAY_MS));
      const lastHour = countWithin(HOUR_MS);
      if (writes.length >= limits.maxPerDay) limit ??= "day";
      else if (lastHour >= limits.maxPerHour) limit ??= "hour";
      if (limit !== null) return { kind: "engaged", limit };

      if (countWithin(MINUTE_MS) + reserved >= limits.maxPerMinute) {
        const oldest = writes.find(isWithin(MINUTE_MS));
        const retryAfterMs = oldest === undefined ? 1_000 : oldest + MINUTE_MS - now();
        return { kind: "wait", retryAfterMs: Math.min(Math.max(retryAfterMs, 1_000), MINUTE_MS) };
      }
      // Places under way count too: many at once must not pass a limit that each of them keeps.
      const places = Math.min(limits.maxPerDay - writes.length, limits.maxPerHour - lastHour);
      if (reserved >= places) return { kind: "wait", retryAfterMs: 1_000 };
      reserved++;
      return { kind: "free" };
    },
    count() {
      writes.push(now());
    },
    settle() {
      reserved--;
    },
    release() {
      limit = null;
      writes = [];
    },
    writesLastHour: () => countWithin(HOUR_MS),
  };
}
