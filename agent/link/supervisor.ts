/**
 * Keeps one connection to the cloud alive: dials, announces, dispatches, and dials again. It never gives up, and a
 * back-off limits how often it dials.
 */
import { type Backoff, createBackoff } from "../../shared/backoff.ts";
import type { Clock } from "../../shared/clock.ts";
import { MINUTE_MS } from "../../shared/durations.ts";
import { AppError, type ErrorCode, toAppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import type { CloudFrame } from "../../shared/protocol/frames.ts";
import type { AgentConfig } from "../config.ts";
import type { Identity } from "../identity/identity.ts";
import type { SealingKeys } from "../identity/sealing-keys.ts";
import type { Connection } from "./cloud-socket.ts";
import { dial } from "./connection.ts";
import { dispatch } from "./dispatch.ts";
import type { Link, LinkHandlers, LinkState, ReadyFacts } from "./link.ts";
import { LINK_TIMINGS, type LinkTimings } from "./link-timings.ts";

export interface LinkDeps {
  readonly config: AgentConfig["cloud"];
  readonly identity: Identity;
  readonly sealingKeys: Pick<SealingKeys, "current" | "onRotated">;
  readonly handlers: LinkHandlers;
  readonly readyFacts: () => ReadyFacts;
  readonly log: Logger;
  readonly clock: Clock;
  readonly timings?: Partial<LinkTimings>;
}

/** Errors that only an administrator can resolve: the cloud refuses this agent, or fails to prove its identity. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "AGENT_PROOF_INVALID",
  "AGENT_REVOKED",
  "AGENT_LOCKED",
  "AGENT_AHEAD",
  "RECORD_FORGED",
  "CLOUD_IDENTITY_INVALID",
  "CLOUD_CERTIFICATE_INVALID",
  "PROTOCOL_VERSION",
]);
const SKEW_WARNING_MS = 5 * MINUTE_MS;
const ANNOUNCE_TIMEOUT_MS = 10_000;

/** Starts dialling at once and never gives up. Returns before the link is ready. */
export function startLink(deps: LinkDeps): Link {
  const supervisor = new LinkSupervisor(deps);
  supervisor.start();
  return supervisor;
}

/** The states and their transitions are drawn at `LINK_PHASES` in link.ts; `#state` holds the present one. */
class LinkSupervisor implements Link {
  readonly #deps: LinkDeps;
  readonly #log: Logger;
  readonly #timings: LinkTimings;
  readonly #backoff: Backoff;
  readonly #closing = new AbortController();
  /** Called at every change of the state. */
  readonly #waiters = new Set<() => void>();
  #state: LinkState = {
    phase: "connecting",
    approved: null,
    sessionId: null,
    node: null,
    connectedAt: null,
    clockSkewMs: null,
    attempts: 0,
    nextAttemptAt: null,
    lastError: null,
  };
  #connection: Connection | undefined;
  /** Time within which the last goaway asks the agent to reconnect, milliseconds. */
  #reconnectWithinMs: number | undefined;
  #running: Promise<void> = Promise.resolve();
  #announcing: Promise<void> = Promise.resolve();
  #announcingDirectory: Promise<void> = Promise.resolve();
  #stopAnnouncing: () => void = () => undefined;

  constructor(deps: LinkDeps) {
    const { agentId, tenantId } = deps.identity;
    this.#deps = deps;
    this.#log = deps.log.child({ agentId, tenantId });
    this.#timings = { ...LINK_TIMINGS, ...deps.timings };
    this.#backoff = createBackoff({
      minimumMs: this.#timings.minimumBackoffMs,
      maximumMs: this.#timings.maximumBackoffMs,
    });
  }

  /** Called once, by `startLink`. */
  start(): void {
    this.#stopAnnouncing = this.#deps.sealingKeys.onRotated(() => {
      if (this.#connection !== undefined) this.#announcing = this.#announce(this.#connection);
    });
    this.#running = this.#keepAlive();
  }

  get state(): LinkState {
    return this.#state;
  }

  readonly send: Link["send"] = (type, body, answers) => this.#open().channel.send(type, body, answers);

  readonly request: Link["request"] = async (type, body, expected, timeoutMs) =>
    this.#open().channel.request(type, body, expected, timeoutMs);

  waitUntilReady(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const isOver = signal.aborted || this.#state.phase === "closed";
        if (!this.#isUp() && !isOver) return;
        this.#waiters.delete(look);
        signal.removeEventListener("abort", look);
        if (this.#isUp()) resolve();
        else reject(new AppError("LINK_CLOSED", "The agent is not connected to the cloud."));
      };
      this.#waiters.add(look);
      signal.addEventListener("abort", look, { once: true });
      look();
    });
  }

  async close(): Promise<void> {
    this.#stopAnnouncing();
    this.#closing.abort();
    await this.#running;
    await this.#announcing;
    await this.#announcingDirectory;
  }

  announceDirectory(): void {
    if (this.#connection !== undefined) this.#announcingDirectory = this.#announceDirectory(this.#connection);
  }

  /** Tries until the cloud has the statement or this connection ends: `ready` of the next one carries it. */
  async #announceDirectory(on: Connection): Promise<void> {
    const { readyFacts, handlers, clock } = this.#deps;
    while (this.#connection === on && !this.#isClosing()) {
      try {
        const { directory } = readyFacts();
        await on.channel.request("directory.announce", directory, ["ack"], ANNOUNCE_TIMEOUT_MS);
        handlers.directoryStated();
        return;
      } catch (error) {
        const { code, message, info } = toAppError(error);
        if (code === "AGENT_OTHER_DIRECTORY") {
          this.#log.error("link.directory.other", { code, reason: message, fix: info.fix });
          return;
        }
        this.#log.warn("link.directory.not_announced", { error });
      }
      await clock.sleep(this.#timings.announceAgainMs, this.#closing.signal);
    }
  }

  #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }

  /** True in the two phases in which frames flow. */
  #isUp(): boolean {
    return this.#state.phase === "ready" || this.#state.phase === "draining";
  }

  #open(): Connection {
    if (this.#connection === undefined || !this.#isUp())
      throw new AppError("LINK_CLOSED", "The agent is not connected to the cloud now.");
    return this.#connection;
  }

  #update(change: Partial<LinkState>): void {
    this.#state = { ...this.#state, ...change };
    for (const wake of this.#waiters) wake();
  }

  async #keepAlive(): Promise<void> {
    const { clock } = this.#deps;
    while (!this.#isClosing()) {
      this.#reconnectWithinMs = undefined;
      const startedMs = clock.monotonicMs();
      const reason = await this.#connectOnce().catch(toAppError);
      if (this.#isClosing()) break;

      if (clock.monotonicMs() - startedMs > this.#timings.stableAfterMs) this.#backoff.reset();
      const waitMs = Math.round(this.#waitMsAfter(reason));
      this.#logDown(reason, waitMs);
      const { code, message } = reason;
      this.#update({ phase: "waiting", lastError: { code, message }, nextAttemptAt: clock.now() + waitMs });
      await clock.sleep(waitMs, this.#closing.signal);
    }
    this.#update({ phase: "closed", nextAttemptAt: null });
  }

  /** Resolves with the reason when the link is down again; throws when it never came up. */
  async #connectOnce(): Promise<AppError> {
    this.#update({ phase: "connecting", nextAttemptAt: null, attempts: this.#state.attempts + 1 });
    const { config, identity, clock } = this.#deps;
    const connection = await dial({
      config,
      identity,
      clock,
      timings: this.#timings,
      signal: this.#closing.signal,
      onClockSkew: (skewMs) => this.#onClockSkew(skewMs),
      onFrame: (frame) => this.#onFrame(frame),
    });
    const onClosing = (): void => connection.close();
    this.#closing.signal.addEventListener("abort", onClosing, { once: true });
    try {
      this.#sendReady(connection);
    } catch (error) {
      this.#closing.signal.removeEventListener("abort", onClosing);
      connection.close();
      throw error;
    }
    this.#becomeReady(connection);

    const reason = await connection.ended;
    this.#closing.signal.removeEventListener("abort", onClosing);
    this.#connection = undefined;
    this.#update({ sessionId: null, node: null, connectedAt: null });
    return reason;
  }

  #sendReady({ channel, welcome }: Connection): void {
    const { readyFacts, sealingKeys, clock } = this.#deps;
    if (this.#isClosing()) throw new AppError("LINK_CLOSED"); // closed while the generation was being stored
    channel.send("ready", {
      ...readyFacts(),
      generation: welcome.generation,
      sealingKeys: sealingKeys.current(),
      sentAt: clock.now(),
    });
  }

  #becomeReady(connection: Connection): void {
    const { handlers, clock } = this.#deps;
    const { sessionId, node, approved, generation } = connection.welcome;
    const connectedAt = clock.now();
    this.#connection = connection;
    this.#update({ phase: "ready", approved, sessionId, node, connectedAt, attempts: 0, lastError: null });
    this.#log.info("link.ready", { sessionId, node, approved, generation });
    try {
      handlers.ready(connection.welcome);
    } catch (error) {
      this.#log.error("link.handler.failed", { handler: "ready", error });
    }
  }

  #waitMsAfter(reason: AppError): number {
    const { minimumRefusedMs, maximumRefusedMs } = this.#timings;
    if (REFUSALS.has(reason.code))
      return minimumRefusedMs + Math.random() * (maximumRefusedMs - minimumRefusedMs);
    const { retryAfterMs } = reason.details;
    if (typeof retryAfterMs === "number") return retryAfterMs + this.#backoff.nextMs();
    if (this.#reconnectWithinMs !== undefined) return Math.random() * this.#reconnectWithinMs;
    return this.#backoff.nextMs();
  }

  /** Logs the first failure as a warning, and repeated ones at debug only. */
  #logDown(reason: AppError, waitMs: number): void {
    const { code, message, info } = reason;
    const { attempts } = this.#state;
    this.#log[attempts <= 1 ? "warn" : "debug"]("link.down", {
      code,
      reason: message,
      attempt: attempts,
      waitMs,
      ...(REFUSALS.has(code) ? { fix: info.fix } : {}),
      ...(code === "INTERNAL" ? { error: reason } : {}),
    });
  }

  #onClockSkew(skewMs: number): void {
    const wasSkewed = Math.abs(this.#state.clockSkewMs ?? 0) > SKEW_WARNING_MS;
    this.#update({ clockSkewMs: skewMs });
    if (!wasSkewed && Math.abs(skewMs) > SKEW_WARNING_MS)
      this.#log.warn("link.clock.skewed", { skewMs, fix: "Let this host's clock follow an NTP server." });
  }

  #onFrame(frame: CloudFrame): void {
    if (frame.type === "approved") {
      this.#log.info("link.agent.approved");
      this.#update({ approved: true });
    } else if (frame.type === "goaway") {
      const { reconnectWithinMs } = frame.body;
      this.#reconnectWithinMs = reconnectWithinMs;
      this.#log.info("link.goaway.received", { reconnectWithinMs });
      this.#update({ phase: "draining" });
    } else if (this.#connection !== undefined)
      dispatch(frame, this.#connection.channel, this.#deps.handlers, this.#log);
  }

  /**
   * Announces new sealing keys until the cloud has them or this connection ends. The `ready` of the next connection
   * contains them anyway.
   */
  async #announce(on: Connection): Promise<void> {
    const { sealingKeys, clock } = this.#deps;
    while (this.#connection === on && !this.#isClosing()) {
      try {
        const keys = sealingKeys.current();
        await on.channel.request("sealing_key.announce", { keys }, ["ack"], ANNOUNCE_TIMEOUT_MS);
        return;
      } catch (error) {
        this.#log.warn("link.sealing_keys.not_announced", { error });
      }
      await clock.sleep(this.#timings.announceAgainMs, this.#closing.signal);
    }
  }
}
