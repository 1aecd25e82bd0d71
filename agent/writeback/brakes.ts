/** Limits the writes of this agent, whatever the cloud asks for. No I/O: the journal keeps what must outlive a restart. */
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../shared/durations.ts";
import type { AgentConfig } from "../config.ts";
import type { BRAKE_LIMITS } from "./journal-records.ts";

export type BrakeLimit = (typeof BRAKE_LIMITS)[number];

export type BrakeAnswer =
  | { readonly kind: "free" }
  /** The limit of a minute is reached: try again soon. */
  | { readonly kind: "wait"; readonly retryAfterMs: number }
  /** The limit of this user is reached. It stops this user alone, and ends by itself. */
  | { readonly kind: "user" }
  /** The limit of an hour or a day is reached: no write until an administrator releases the brake on this host. */
  | { readonly kind: "engaged"; readonly limit: BrakeLimit };

/** One modify that was sent to the directory. */
export interface SentWrite {
  readonly jobId: string;
  readonly userId: string;
  /** Epoch ms. */
  readonly at: number;
  /** True when the directory refused it. Without an answer it counts as made. */
  readonly isRejected: boolean;
}

export interface BrakesDeps {
  readonly limits: Pick<
    AgentConfig["writeback"],
    "maxPerMinute" | "maxPerHour" | "maxPerDay" | "maxPerUser" | "maxPerUserDay"
  >;
  /** Earlier writes, oldest first. */
  readonly writes: readonly SentWrite[];
  /** The limit that engaged the brake before a restart; null when it was off. */
  readonly engaged: BrakeLimit | null;
  readonly now: () => number;
}

const USER_WINDOW_MS = 10 * MINUTE_MS;
/** One user's share of the minute: several users are served however fast one of them tries. */
const USER_SHARE = 1 / 3;
/** A rejected password is no write. So many of them still mean that something tries passwords in bulk. */
const REJECTIONS_PER_WRITE = 10;

/**
 *   off ──(`reserve` finds the limit of an hour or a day reached)──► engaged ──(`release`)──► off
 *
 * The limits of a minute and of a user engage nothing. The limits of an hour and a day count the different users whose password was
 * set, or may have been: one user can never reach them alone, and a rejected password does not count.
 */
export class Brakes {
  readonly #limits: BrakesDeps["limits"];
  readonly #now: () => number;
  /** The writes of the last day, oldest first. */
  #writes: SentWrite[];
  #engaged: BrakeLimit | null;
  /** Users of the writes that were let through and are not settled yet. */
  readonly #reserved: string[] = [];

  constructor({ limits, writes, engaged, now }: BrakesDeps) {
    this.#limits = limits;
    this.#writes = [...writes];
    this.#engaged = engaged;
    this.#now = now;
  }

  /** Null while the brake is off. */
  get engaged(): BrakeLimit | null {
    return this.#engaged;
  }

  /** Tells whether another write may begin. `free` reserves a place until `settle`; a limit that is reached engages the brake. */
  reserve(userId: string): BrakeAnswer {
    const { maxPerMinute, maxPerHour, maxPerDay, maxPerUser, maxPerUserDay } = this.#limits;
    this.#writes = this.#within(DAY_MS);
    const ofUser = this.#writes.filter((write) => write.userId === userId);
    if (ofUser.length >= maxPerUserDay || this.#within(USER_WINDOW_MS, ofUser).length >= maxPerUser)
      return { kind: "user" };

    const windows = [
      { limit: "day", max: maxPerDay, users: usersOf(this.#writes) },
      { limit: "hour", max: maxPerHour, users: usersOf(this.#within(HOUR_MS)) },
    ] as const;
    const full = windows.find(({ max, users }) => isFullFor(userId, users, max));
    if (full !== undefined) this.#engaged ??= full.limit;
    else if (rejected(this.#within(HOUR_MS)) >= maxPerHour * REJECTIONS_PER_WRITE) this.#engaged ??= "hour";
    if (this.#engaged !== null) return { kind: "engaged", limit: this.#engaged };

    const minute = this.#within(MINUTE_MS);
    const mine = this.#within(MINUTE_MS, ofUser);
    const share = Math.max(1, Math.floor(maxPerMinute * USER_SHARE));
    const isFull = minute.length + this.#reserved.length >= maxPerMinute;
    if (isFull || mine.length >= share)
      return { kind: "wait", retryAfterMs: this.#untilFree(isFull ? minute : mine) };
    // Reserved places count too: many jobs at once must not pass a limit that each of them keeps.
    if (windows.some(({ max, users }) => isFullFor(userId, new Set([...users, ...this.#reserved]), max)))
      return { kind: "wait", retryAfterMs: 1_000 };
    this.#reserved.push(userId);
    return { kind: "free" };
  }

  /** Counts a modify that is about to be sent under a reserved place. */
  count(jobId: string, userId: string): void {
    this.#writes.push({ jobId, userId, at: this.#now(), isRejected: false });
  }

  /** Records that the directory refused a modify that was counted: nothing was written. */
  reject(jobId: string): void {
    this.#writes = this.#writes.map((write) =>
      write.jobId === jobId ? { ...write, isRejected: true } : write,
    );
  }

  /** Gives the reserved place back, counted or not. */
  settle(userId: string): void {
    const at = this.#reserved.indexOf(userId);
    if (at >= 0) this.#reserved.splice(at, 1);
  }

  /** Forgets the writes so far, so that the brake does not engage again at once. */
  release(): void {
    this.#engaged = null;
    this.#writes = [];
  }

  /** Number of users whose password was set in the last hour, or may have been. */
  writesLastHour(): number {
    return usersOf(this.#within(HOUR_MS)).size;
  }

  #untilFree(writes: readonly SentWrite[]): number {
    const [oldest] = writes;
    const retryAfterMs = oldest === undefined ? 1_000 : oldest.at + MINUTE_MS - this.#now();
    return Math.min(Math.max(retryAfterMs, 1_000), MINUTE_MS);
  }

  /** A write "in the future" was made before the clock was set back. It counts, or setting the clock would release the brake. */
  #within(windowMs: number, writes: readonly SentWrite[] = this.#writes): SentWrite[] {
    const until = this.#now();
    return writes.filter(({ at }) => Math.abs(until - at) < windowMs);
  }
}

const usersOf = (writes: readonly SentWrite[]): ReadonlySet<string> =>
  new Set(writes.filter(({ isRejected }) => !isRejected).map(({ userId }) => userId));
/** A user who counts in a window already takes no further place in it. */
const isFullFor = (userId: string, users: ReadonlySet<string>, max: number): boolean =>
  !users.has(userId) && users.size >= max;
const rejected = (writes: readonly SentWrite[]): number =>
  writes.filter(({ isRejected }) => isRejected).length;
