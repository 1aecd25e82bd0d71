/** Starts a delta run as soon as the directory notifies of a change. The schedule stays as the net below it. */
import { z } from "zod";
import { createBackoff } from "../../shared/backoff.ts";
import type { Clock } from "../../shared/clock.ts";
import { MINUTE_MS } from "../../shared/durations.ts";
import { AppError, ERROR_CODES, type ErrorCode, isAppError, toAppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import type { Closable } from "../../shared/shutdown.ts";
import { type ChangeNotice, type Directory, NOTIFICATIONS } from "../directory/directory.ts";

const PUSH_STATES = ["off", "connecting", "listening", "waiting", "unsupported"] as const;

/** How the agent hears of changes. Instants are epoch ms. */
export const pushStatusSchema = z.strictObject({
  state: z.enum(PUSH_STATES),
  /** How the server notifies; null while the agent does not listen. */
  by: z.enum(NOTIFICATIONS).nullable(),
  since: z.int().min(0).nullable(),
  /** Notifications since the agent started, and the last one. */
  notifications: z.int().min(0),
  lastNotificationAt: z.int().min(0).nullable(),
  /** Why it does not listen. */
  error: z.strictObject({ code: z.enum(ERROR_CODES), message: z.string().max(4096) }).nullable(),
});
export type PushStatus = z.infer<typeof pushStatusSchema>;

export const PUSH_OFF: PushStatus = {
  state: "off",
  by: null,
  since: null,
  notifications: 0,
  lastNotificationAt: null,
  error: null,
};

export interface PushListenerDeps {
  readonly directory: Pick<Directory, "watch">;
  /** Makes a delta run and resolves when it is over, with the code of its failure. Never rejects. */
  readonly runDelta: () => Promise<ErrorCode | null>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Changes that arrive together are read together, ms. */
const GATHER_MS = 50;
/**
 * Pause after a run, ms. It doubles while changes keep arriving, so that a mass change does not keep the directory and the cloud
 * busy with deltas, and returns to none after a pause without a change.
 */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 15_000;
/**
 * All agents of a tenant listen, and the cloud decides whose run it takes: no agent has to know which of them holds the lease, and
 * another one takes over by itself. An agent that was refused asks again after this, ms.
 */
const STANDBY_PAUSE_MS = MINUTE_MS;
const RECONNECT = { minimumMs: 1_000, maximumMs: MINUTE_MS };
/** A connection that lasted this long counts as stable, ms. */
const STABLE_AFTER_MS = MINUTE_MS;
/** Another server of the list, or an updated one, may be able to notify, ms. */
const ASK_AGAIN_AFTER_MS = 15 * MINUTE_MS;

/**
 * The connection:
 *
 *     connecting ──── the server listens ────► listening ──── the connection ends ────► waiting (back-off) ──► connecting
 *          └──── the server cannot notify ────► unsupported ──── 15 minutes ────► connecting
 *
 * The runs, one at a time:
 *
 *     quiet ──── a change, or listening begins ────► gathering (50 ms) ──► running ──► pausing ──► quiet, or gathering
 */
export class PushListener implements Closable {
  readonly #deps: PushListenerDeps;
  readonly #closing = new AbortController();
  #status: PushStatus = { ...PUSH_OFF, state: "connecting" };
  /** True when something changed that no run has asked the directory about. */
  #isChanged = false;
  #wake: (() => void) | null = null;

  private constructor(deps: PushListenerDeps) {
    this.#deps = deps;
  }

  static start(deps: PushListenerDeps): PushListener {
    const listener = new PushListener(deps);
    void listener.#keepListening();
    void listener.#keepRunning();
    return listener;
  }

  get status(): PushStatus {
    return this.#status;
  }

  /**
   * Waits for nothing: a run in progress belongs to the runner, and a connection that is being made to the directory. Both end them
   * when they are closed, which is after this, and neither loop goes on then.
   */
  close(): Promise<void> {
    this.#closing.abort();
    this.#wake?.();
    return Promise.resolve();
  }

  /** Methods, since the answers change while the caller waits. */
  #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }
  #mustRun(): boolean {
    return this.#isChanged;
  }

  async #keepListening(): Promise<void> {
    const { directory, clock, log } = this.#deps;
    const { signal } = this.#closing;
    const backoff = createBackoff(RECONNECT);
    while (!this.#isClosed()) {
      const startedMs = clock.monotonicMs();
      try {
        await directory.watch((notice) => this.#onNotice(notice), signal);
      } catch (error) {
        if (this.#isClosed()) return;
        const fault = toAppError(error);
        const isUnsupported = isAppError(fault, "DIRECTORY_UNSUPPORTED");
        if (this.#status.error?.code !== fault.code)
          log[isUnsupported ? "info" : "warn"]("sync.push.stopped", {
            code: fault.code,
            reason: fault.message,
          });
        this.#set(isUnsupported ? "unsupported" : "waiting", fault);
        if (clock.monotonicMs() - startedMs > STABLE_AFTER_MS) backoff.reset();
        // At least a second: the jitter of the back-off may be next to nothing.
        const waitMs = isUnsupported ? ASK_AGAIN_AFTER_MS : RECONNECT.minimumMs + backoff.nextMs();
        await clock.sleep(waitMs, signal);
        if (!this.#isClosed()) this.#set("connecting", fault);
      }
    }
  }

  #onNotice(notice: ChangeNotice): void {
    const { clock, log } = this.#deps;
    if (notice.kind === "listening") {
      this.#status = { ...this.#status, state: "listening", by: notice.by, since: clock.now(), error: null };
      log.info("sync.push.listening", { by: notice.by });
    } else {
      const { notifications } = this.#status;
      this.#status = { ...this.#status, notifications: notifications + 1, lastNotificationAt: clock.now() };
    }
    // Changes were not heard of before the server listened, so they are looked for now.
    this.#isChanged = true;
    this.#wake?.();
  }

  #set(state: PushStatus["state"], { code, message }: AppError): void {
    this.#status = {
      ...this.#status,
      state,
      by: null,
      since: null,
      error: { code, message: message.slice(0, 4096) },
    };
  }

  async #keepRunning(): Promise<void> {
    const { runDelta, clock } = this.#deps;
    const { signal } = this.#closing;
    let pauseMs = 0;
    while (!this.#isClosed()) {
      if (!this.#mustRun()) await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#wake = null;
      if (!this.#mustRun()) continue;
      await clock.sleep(GATHER_MS, signal);
      if (this.#isClosed()) return;
      this.#isChanged = false;
      const code = await runDelta();
      // Nothing else would ask again before the next notification or the schedule.
      if (code !== null && mayWorkLater(code)) this.#isChanged = true;
      pauseMs =
        code === "SYNC_LEASE_LOST"
          ? STANDBY_PAUSE_MS
          : Math.min(Math.max(pauseMs * 2, FIRST_PAUSE_MS), LONGEST_PAUSE_MS);
      await clock.sleep(pauseMs, signal);
      if (!this.#mustRun()) pauseMs = 0;
    }
  }
}

/** Without a link the runner owes the run itself, and an agent that was refused waits for its turn. */
const mayWorkLater = (code: ErrorCode): boolean =>
  code !== "LINK_CLOSED" && code !== "SYNC_LEASE_LOST" && new AppError(code).retryable;
