/** Keeps one connection alive: dials, announces, dispatches, and dials again. It never exits and never hammers. */
import { createBackoff } from "../../shared/backoff.ts";
import type { Clock } from "../../shared/clock.ts";
import { MINUTE_MS } from "../../shared/durations.ts";
import { AppError, type ErrorCode, toAppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import type { CloudFrame } from "../../shared/protocol/frames.ts";
import type { AgentConfig } from "../config.ts";
import type { Identity } from "../identity/identity.ts";
import type { SealingKeys } from "../identity/sealing-keys.ts";
import { type Connection, dial } from "./connection.ts";
import { dispatch } from "./dispatch.ts";
import type { Link, LinkHandlers, LinkState, ReadyFacts } from "./link.ts";
import { LINK_TIMINGS, type LinkTimings } from "./link-timings.ts";

export interface LinkOptions {
  readonly config: AgentConfig["cloud"];
  readonly identity: Identity;
  readonly sealingKeys: Pick<SealingKeys, "current" | "onRotated">;
  readonly handlers: LinkHandlers;
  readonly readyFacts: () => ReadyFacts;
  readonly log: Logger;
  readonly clock: Clock;
  readonly timings?: Partial<LinkTimings>;
}

/** The cloud does not want this agent, or is not the cloud it should be: only a person can change that. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "AGENT_PROOF_INVALID",
  "AGENT_REVOKED",
  "AGENT_LOCKED",
  "CLOUD_IDENTITY_INVALID",
  "CLOUD_CERTIFICATE_INVALID",
  "PROTOCOL_VERSION",
]);
const SKEW_WARNING_MS = 5 * MINUTE_MS;
const ANNOUNCE_TIMEOUT_MS = 10_000;

/** Starts dialling at once and never gives up. Returns before the link is ready. */
export function startLink(options: LinkOptions): Link {
  const { config, identity, sealingKeys, handlers, readyFacts, clock } = options;
  const log = options.log.child({ agentId: identity.agentId, tenantId: identity.tenantId });
  const timings = { ...LINK_TIMINGS, ...options.timings };
  const backoff = createBackoff({
    minimumMs: timings.minimumBackoffMs,
    maximumMs: timings.maximumBackoffMs,
  });
  const closing = new AbortController();
  const isClosing = (): boolean => closing.signal.aborted;
  const waiters = new Set<() => void>();

  let connection: Connection | undefined;
  /** From the last goaway: the time within which to come back, milliseconds. */
  let reconnectWithinMs: number | undefined;
  let state: LinkState = {
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
  const update = (change: Partial<LinkState>): void => {
    state = { ...state, ...change };
    for (const wake of waiters) wake();
  };
  const isUp = (): boolean => state.phase === "ready" || state.phase === "draining";

  function onClockSkew(skewMs: number): void {
    const wasSkewed = Math.abs(state.clockSkewMs ?? 0) > SKEW_WARNING_MS;
    update({ clockSkewMs: skewMs });
    if (!wasSkewed && Math.abs(skewMs) > SKEW_WARNING_MS)
      log.warn("link.clock.skewed", { skewMs, fix: "Let this host's clock follow an NTP server." });
  }

  function onFrame(frame: CloudFrame): void {
    if (frame.type === "approved") {
      log.info("link.agent.approved");
      update({ approved: true });
    } else if (frame.type === "goaway") {
      reconnectWithinMs = frame.body.reconnectWithinMs;
      log.info("link.goaway.received", { reconnectWithinMs });
      update({ phase: "draining" });
    } else if (connection !== undefined) dispatch(frame, connection.channel, handlers, log);
  }

  /** Resolves with the reason when the link is down again; throws when it never came up. */
  async function connectOnce(): Promise<AppError> {
    update({ phase: "connecting", nextAttemptAt: null, attempts: state.attempts + 1 });
    const dialled = await dial({
      config,
      identity,
      clock,
      timings,
      signal: closing.signal,
      onClockSkew,
      onFrame,
    });
    const { channel, welcome } = dialled;
    closing.signal.addEventListener("abort", dialled.close, { once: true });
    try {
      if (isClosing()) throw new AppError("LINK_CLOSED"); // while the generation was stored
      channel.send("ready", {
        ...readyFacts(),
        generation: welcome.generation,
        sealingKeys: sealingKeys.current(),
        sentAt: clock.now(),
      });
    } catch (error) {
      closing.signal.removeEventListener("abort", dialled.close);
      dialled.close();
      throw error;
    }
    connection = dialled;
    const { sessionId, node, approved } = welcome;
    const connectedAt = clock.now();
    update({ phase: "ready", approved, sessionId, node, connectedAt, attempts: 0, lastError: null });
    log.info("link.ready", { sessionId, node, approved, generation: welcome.generation });
    try {
      handlers.ready(welcome);
    } catch (error) {
      log.error("link.handler.failed", { handler: "ready", error });
    }

    const reason = await dialled.ended;
    closing.signal.removeEventListener("abort", dialled.close);
    connection = undefined;
    update({ sessionId: null, node: null, connectedAt: null });
    return reason;
  }

  function waitMsAfter(reason: AppError): number {
    if (REFUSALS.has(reason.code))
      return timings.minimumRefusedMs + Math.random() * (timings.maximumRefusedMs - timings.minimumRefusedMs);
    const { retryAfterMs } = reason.details;
    if (typeof retryAfterMs === "number") return retryAfterMs + backoff.nextMs();
    if (reconnectWithinMs !== undefined) return Math.random() * reconnectWithinMs;
    return backoff.nextMs();
  }

  async function keepAlive(): Promise<void> {
    while (!isClosing()) {
      reconnectWithinMs = undefined;
      const startedMs = clock.monotonicMs();
      const reason = await connectOnce().catch(toAppError);
      if (isClosing()) break;

      if (clock.monotonicMs() - startedMs > timings.stableAfterMs) backoff.reset();
      const waitMs = Math.round(waitMsAfter(reason));
      const { code, message } = reason;
      // The first failure is news, the hundredth is not.
      log[state.attempts <= 1 ? "warn" : "debug"]("link.down", {
        code,
        reason: message,
        attempt: state.attempts,
        waitMs,
        ...(REFUSALS.has(code) ? { fix: reason.info.fix } : {}),
        ...(code === "INTERNAL" ? { error: reason } : {}),
      });
      update({ phase: "waiting", lastError: { code, message }, nextAttemptAt: clock.now() + waitMs });
      await clock.sleep(waitMs, closing.signal);
    }
    update({ phase: "closed", nextAttemptAt: null });
  }

  /** Until the cloud has them, or this connection ends: `ready` of the next one carries them. */
  async function announce(on: Connection): Promise<void> {
    while (connection === on && !isClosing()) {
      try {
        const keys = sealingKeys.current();
        await on.channel.request("sealing_key.announce", { keys }, ["ack"], ANNOUNCE_TIMEOUT_MS);
        return;
      } catch (error) {
        log.warn("link.sealing_keys.not_announced", { error });
      }
      await clock.sleep(timings.announceAgainMs, closing.signal);
    }
  }
  let announcing = Promise.resolve();
  const stopAnnouncing = sealingKeys.onRotated(() => {
    if (connection !== undefined) announcing = announce(connection);
  });

  const running = keepAlive();
  const open = (): Connection => {
    if (connection === undefined || !isUp())
      throw new AppError("LINK_CLOSED", "The agent is not connected to the cloud now.");
    return connection;
  };

  return {
    get state() {
      return state;
    },
    send: (type, body, answers) => open().channel.send(type, body, answers),
    request: async (type, body, expected, timeoutMs) =>
      open().channel.request(type, body, expected, timeoutMs),
    waitUntilReady(signal) {
      return new Promise((resolve, reject) => {
        const look = (): void => {
          const isOver = signal.aborted || state.phase === "closed";
          if (!isUp() && !isOver) return;
          waiters.delete(look);
          signal.removeEventListener("abort", look);
          if (isUp()) resolve();
          else reject(new AppError("LINK_CLOSED", "The agent is not connected to the cloud."));
        };
        waiters.add(look);
        signal.addEventListener("abort", look, { once: true });
        look();
      });
    },
    async close() {
      stopAnnouncing();
      closing.abort();
      await running;
      await announcing;
    },
  };
}
