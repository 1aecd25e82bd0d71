/** Limits the writes of this agent, whatever the cloud asks for. No I/O: the journal keeps what must outlive a restart. */
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../shared/durations.ts";
import type { AgentConfig } from "../config.ts";
import type { BRAKE_LIMITS } from "./journal-records.ts";

export type BrakeLimit = (typeof BRAKE_LIMITS)[number];

export type BrakeAnswer =
  | { readonly kind: "free" }
  /** The limit of a minute is reached: try again soon. */
  | { readonly kind: "wait"; readonly retryAfterMs: number }
  /** The limit of an hour or a day is reached: no write until an administrator releases the brake on this host. */
  | { readonly kind: "engaged"; readonly limit: BrakeLimit };

export interface BrakesDeps {
  readonly limits: Pick<AgentConfig["writeback"], "maxPerMinute" | "maxPerHour" | "maxPerDay">;
  /** Epoch ms of earlier writes, oldest first. */
  readonly writtenAt: readonly number[];
  /** The limit that engaged the brake before a restart; null when it was off. */
  readonly engaged: BrakeLimit | null;
  readonly now: () => number;
}

/**
 *   off ──(`reserve` finds the limit of an hour or a day reached)──► engaged ──(`release`)──► off
 *
 * The limit of a minute engages nothing: the job is offered again later.
 */
export class Brakes {
  readonly #limits: BrakesDeps["limits"];
  readonly #now: () => number;
  /** Epoch ms of the writes of the last day, oldest first. */
  #writes: number[];
  #engaged: BrakeLimit | null;
  /** Writes that were let through and are not settled yet. */
  #reserved = 0;

  constructor({ limits, writtenAt, engaged, now }: BrakesDeps) {
    this.#limits = limits;
    this.#writes = [...writtenAt];
    this.#engaged = engaged;
    this.#now = now;
  }

  /** Null while the brake is off. */
  get engaged(): BrakeLimit | null {
    return this.#engaged;
  }

  /** Tells whether another write may begin. `free` reserves a place until `settle`; a limit that is reached engages the brake. */
  reserve(): BrakeAnswer {
    const { maxPerMinute, maxPerHour, maxPerDay } = this.#limits;
    this.#writes = this.#writes.filter(this.#isWithin(DAY_MS));
    const lastHour = this.writesLastHour();
    if (this.#writes.length >= maxPerDay) this.#engaged ??= "day";
    else if (lastHour >= maxPerHour) this.#engaged ??= "hour";
    if (this.#engaged !== null) return { kind: "engaged", limit: this.#engaged };

    if (this.#countWithin(MINUTE_MS) + this.#reserved >= maxPerMinute) {
      const oldest = this.#writes.find(this.#isWithin(MINUTE_MS));
      const retryAfterMs = oldest === undefined ? 1_000 : oldest + MINUTE_MS - this.#now();
      return { kind: "wait", retryAfterMs: Math.min(Math.max(retryAfterMs, 1_000), MINUTE_MS) };
    }
    // Reserved places count too: many jobs at once must not pass a limit that each of them keeps.
    const places = Math.min(maxPerDay - this.#writes.length, maxPerHour - lastHour);
    if (this.#reserved >= places) return { kind: "wait", retryAfterMs: 1_000 };
    this.#reserved++;
    return { kind: "free" };
  }

  /** Counts a modify that is about to be sent under a reserved place. */
  count(): void {
    this.#writes.push(this.#now());
  }

  /** Gives the reserved place back, counted or not. */
  settle(): void {
    this.#reserved--;
  }

  /** Forgets the writes so far, so that the brake does not engage again at once. */
  release(): void {
    this.#engaged = null;
    this.#writes = [];
  }

  writesLastHour(): number {
    return this.#countWithin(HOUR_MS);
  }

  /** A write "in the future" was made before the clock was set back. It counts, or setting the clock would release the brake. */
  #isWithin(windowMs: number): (at: number) => boolean {
    const until = this.#now();
    return (at) => Math.abs(until - at) < windowMs;
  }

  #countWithin(windowMs: number): number {
    const isWithin = this.#isWithin(windowMs);
    return this.#writes.reduce((count, at) => (isWithin(at) ? count + 1 : count), 0);
  }
}
