/** One agent's socket from the welcome to its end. */
import { WebSocket } from "ws";
import type { Clock } from "../../shared/clock.ts";
import { HOUR_MS, MINUTE_MS } from "../../shared/durations.ts";
import { AppError, isAppError, toAppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import { Channel } from "../../shared/protocol/channel.ts";
import { FrameCodec } from "../../shared/protocol/codec.ts";
import type { AgentBody, AgentFrame, CloudBody, CloudFrame } from "../../shared/protocol/frames.ts";
import { type Heartbeat, startHeartbeat } from "../../shared/protocol/heartbeat.ts";
import { CLOSE } from "../../shared/protocol/limits.ts";
import { isSealingKeyAuthentic, type SealingKeyRecord } from "../../shared/sealing/job.ts";
import type { AgentRecord } from "../store/agent-record.ts";
import type { AgentSessions, SessionKey } from "../store/agent-sessions.ts";
import { actOnFrame, type FrameContext, laneOf } from "./act-on-frame.ts";
import type { AgentSession } from "./agent-session.ts";
import type { GatewayTimings } from "./gateway-timings.ts";
import { createRateWindow, type RateWindow } from "./rate-window.ts";
import { createLanes } from "./serial-queues.ts";

export interface SessionContext extends Omit<FrameContext, "announceSealingKeys"> {
  readonly sessions: AgentSessions;
  readonly timings: GatewayTimings;
  readonly log: Logger;
  readonly clock: Clock;
  readonly isDraining: () => boolean;
  /** The agent is here now: before any of its frames is acted on. */
  readonly onReady: (session: LiveSession) => Promise<void>;
  /** It has new sealing keys, its own beyond doubt. */
  readonly onSealingKeys: (session: LiveSession, keys: readonly SealingKeyRecord[]) => Promise<void>;
  /** Once, when the socket is gone. */
  readonly onEnd: (session: LiveSession, code: number) => Promise<void>;
}

const CONTROL_FRAMES_PER_MINUTE = 100;
/** The window is four batches; whoever sends many more does not listen. */
const MAX_SYNC_WAITING = 16;
const MAX_JOBS_WAITING = 256;
const MAX_KEY_LIFE_MS = 25 * HOUR_MS;

/**
 *   welcomed ──► readying ──► ready ──► ended        any ──► ended
 *
 * welcomed: only `ready` may come. readying: its generation is being confirmed, further frames wait. ready: frames are acted on.
 */
export class LiveSession implements AgentSession {
  readonly tenantId: string;
  readonly agentId: string;
  readonly sessionId: string;
  readonly identityKey: string;
  readonly connectedAt: number;
  /** Resolves when nothing of it is left. */
  readonly ended: Promise<void>;

  readonly #socket: WebSocket;
  readonly #context: SessionContext;
  readonly #log: Logger;
  readonly #generation: number;
  readonly #channel: Channel<CloudFrame, AgentFrame>;
  readonly #heartbeat: Heartbeat;
  readonly #control: RateWindow;
  readonly #syncLane = createLanes(MAX_SYNC_WAITING);
  readonly #jobLanes = createLanes(MAX_JOBS_WAITING);
  readonly #readyTimer: NodeJS.Timeout;
  #phase: "welcomed" | "readying" | "ready" | "ended" = "welcomed";
  #becomingReady: Promise<void> = Promise.resolve();
  #facts: AgentBody<"ready"> | undefined;
  #approved: boolean;
  /** What the agent believes. */
  #toldApproved: boolean;
  #workFrames = 0;
  #wasAnnounced = false;

  /** The socket is fresh from the upgrade; the welcome is sent here. */
  constructor(
    key: SessionKey,
    socket: WebSocket,
    identityKey: string,
    welcome: CloudBody<"welcome">,
    context: SessionContext,
  ) {
    this.tenantId = key.tenantId;
    this.agentId = key.agentId;
    this.sessionId = key.sessionId;
    this.#socket = socket;
    this.#context = context;
    this.identityKey = identityKey;
    this.#generation = welcome.generation;
    this.#approved = welcome.approved;
    this.#toldApproved = welcome.approved;
    const { clock, timings } = context;
    this.connectedAt = clock.now();
    this.#log = context.log.child({ ...key });
    this.#control = createRateWindow(CONTROL_FRAMES_PER_MINUTE, MINUTE_MS, clock);
    this.#channel = new Channel(FrameCodec.forCloud(), socket, (frame) => this.#onFrame(frame));

    this.#heartbeat = startHeartbeat({
      pingAfterMs: timings.pingAfterMs,
      deadAfterMs: timings.deadAfterMs,
      clock,
      ping: () => {
        if (socket.readyState === WebSocket.OPEN) socket.ping();
      },
      onDead: () => {
        this.#log.warn("gateway.session.silent");
        socket.terminate();
      },
    });
    this.#readyTimer = setTimeout(() => this.close(CLOSE.protocol, "no ready frame"), timings.readyMs);
    this.ended = new Promise((resolve) => {
      socket.once("close", (code) => {
        this.#phase = "ended";
        clearTimeout(this.#readyTimer);
        this.#heartbeat.stop();
        this.#channel.close();
        resolve(context.onEnd(this, code));
      });
    });
    socket.on("message", (data, isBinary) => this.#onMessage(data as Buffer, isBinary));
    socket.on("ping", () => this.#onControl());
    socket.on("pong", () => this.#heartbeat.heard());
    socket.on("error", (error) => this.#log.debug("gateway.socket.failed", { error }));
    this.#channel.send("welcome", welcome);
  }

  get approved(): boolean {
    return this.#approved;
  }
  get version(): string {
    return this.#facts?.version ?? "";
  }
  get credits(): number {
    return this.#phase !== "ready" || this.#context.isDraining() ? 0 : (this.#facts?.credits ?? 0);
  }
  get writebackEnabled(): boolean {
    return this.#facts?.writebackEnabled ?? false;
  }
  get directory(): AgentBody<"ready">["directory"] {
    return this.#facts?.directory ?? { dialect: null, server: null, healthy: false };
  }
  /** Has `sessionReady` been called, so that `sessionGone` is due? */
  get wasAnnounced(): boolean {
    return this.#wasAnnounced;
  }
  isOpen(): boolean {
    return this.#channel.isOpen;
  }
  get isReady(): boolean {
    return this.#phase === "ready";
  }

  readonly send: AgentSession["send"] = (type, body, answers) => this.#channel.send(type, body, answers);
  readonly request: AgentSession["request"] = (type, body, expected, timeoutMs) =>
    this.#channel.request(type, body, expected, timeoutMs);

  /** No frame is acted on any more; `ended` follows. */
  close(code: number, reason: string): void {
    if (this.#phase === "ended") return;
    this.#syncLane.clear();
    this.#jobLanes.clear();
    this.#channel.close(new AppError("LINK_CLOSED", `The session was closed: ${reason}.`));
    this.#socket.close(code, reason);
  }

  /** The agent goes on here until the node closes it, and looks for another one then. */
  sayGoaway(reconnectWithinMs: number): void {
    if (this.#channel.isOpen) this.#channel.send("goaway", { reconnectWithinMs });
  }

  /** The record may have changed: approval, revocation, a newer session elsewhere. */
  follow(record: Pick<AgentRecord, "state" | "sessionId"> | null): void {
    if (!this.#channel.isOpen) return;
    if (record === null || record.state === "revoked" || record.state === "locked")
      this.close(CLOSE.revoked, record?.state ?? "revoked");
    else if (record.sessionId !== this.sessionId) this.close(CLOSE.superseded, "superseded");
    else if (record.state === "approved") this.#approve();
  }

  #approve(): void {
    this.#approved = true;
    if (this.#toldApproved || this.#phase !== "ready") return; // becoming ready tells it
    this.#announce();
  }

  /** Tells agent and handlers what they do not know yet. */
  #announce(): void {
    if (this.#approved && !this.#toldApproved) {
      this.#toldApproved = true;
      this.#channel.send("approved", {});
    }
    this.#wasAnnounced = true;
    this.#context.handlers.sessionReady(this);
  }

  #onMessage(data: Buffer, isBinary: boolean): void {
    this.#heartbeat.heard();
    const before = this.#workFrames;
    const kind = this.#channel.receive(data, isBinary);
    // Whatever was neither work nor asked for: ready, announcements, answers to nothing, frames of unknown types.
    if (kind === "other" && this.#workFrames === before) this.#countControl();
  }

  #onControl(): void {
    this.#heartbeat.heard();
    this.#countControl();
  }

  #countControl(): void {
    if (this.#control.allow("")) return;
    this.#log.warn("gateway.session.too_fast");
    this.close(CLOSE.rate, "too many control frames");
  }

  #onFrame(frame: AgentFrame): void {
    if (this.#phase === "welcomed" && frame.type === "ready") {
      this.#phase = "readying";
      clearTimeout(this.#readyTimer);
      this.#becomingReady = this.#becomeReady(frame.body);
      return;
    }
    if (this.#phase === "welcomed" || frame.type === "ready") {
      this.close(CLOSE.protocol, "ready comes first, and once");
      return;
    }
    const place = laneOf(frame);
    if (place !== null) this.#workFrames++;
    const lanes = place?.kind === "sync" ? this.#syncLane : this.#jobLanes;
    const taken = lanes.run(place?.lane ?? "", async () => {
      await this.#becomingReady;
      if (this.#channel.isOpen || this.#phase === "ended") await this.#act(frame);
    });
    if (taken) return;
    this.#log.warn("gateway.session.overrun", { type: frame.type });
    this.close(CLOSE.rate, "too much at once");
  }

  async #becomeReady(facts: AgentBody<"ready">): Promise<void> {
    const { sessions, onReady } = this.#context;
    try {
      if (facts.generation !== this.#generation)
        throw new AppError("PROTOCOL_INVALID_FRAME", "The generation is not the one of the welcome.");
      this.#checkSealingKeys(facts.sealingKeys);
      const state = await sessions.ready(this, facts);
      if (state === "superseded") {
        this.close(CLOSE.superseded, "superseded");
        return;
      }
      if (state === "revoked" || state === "locked") {
        this.close(CLOSE.revoked, state);
        return;
      }
      if (!this.isOpen()) return;
      this.#facts = facts;
      await onReady(this);
      if (!this.isOpen()) return;
      this.#approved ||= state === "approved";
      this.#phase = "ready";
      this.#announce();
    } catch (error) {
      const isTheirs = isAppError(error, "PROTOCOL_INVALID_FRAME");
      this.#log.warn("gateway.session.not_ready", { error });
      this.close(isTheirs ? CLOSE.protocol : CLOSE.draining, isTheirs ? "invalid ready" : "try again");
    }
  }

  #checkSealingKeys(sealingKeys: readonly SealingKeyRecord[]): void {
    const areGood = sealingKeys.every(
      (key) =>
        key.agentId === this.agentId &&
        key.expiresAt - key.createdAt <= MAX_KEY_LIFE_MS &&
        isSealingKeyAuthentic(this.identityKey, key),
    );
    if (!areGood) throw new AppError("PROTOCOL_INVALID_FRAME", "A sealing key is not the agent's own.");
  }

  /** Never rejects. */
  async #act(frame: AgentFrame): Promise<void> {
    try {
      await actOnFrame(this, frame, {
        ...this.#context,
        announceSealingKeys: async (keys) => {
          this.#checkSealingKeys(keys);
          await this.#context.onSealingKeys(this, keys);
        },
      });
    } catch (error) {
      const { code } = toAppError(error);
      if (code === "INTERNAL") this.#log.error("gateway.handler.failed", { type: frame.type, error });
      else if (code !== "LINK_CLOSED")
        this.#log.info("gateway.frame.refused", {
          type: frame.type,
          code,
          reason: toAppError(error).message,
        });
      if (this.#channel.isOpen) this.#channel.sendError(error, frame.id);
    }
  }
}
