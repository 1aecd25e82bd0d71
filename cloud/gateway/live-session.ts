/** One agent's socket, from the welcome to its end. */
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
import type { DirectoryIdentity, DirectoryScope } from "../../shared/source.ts";
import type { AgentRecord, AgentState } from "../store/agent-record.ts";
import type { AgentSessions, SessionKey, SourceBinding } from "../store/agent-sessions.ts";
import { actOnFrame, type FrameContext, queueOf } from "./act-on-frame.ts";
import type { AgentSession } from "./agent-session.ts";
import type { GatewayTimings } from "./gateway-timings.ts";
import { createRateWindow, type RateWindow } from "./rate-window.ts";
import { createSerialQueues } from "./serial-queues.ts";

export interface SessionContext extends Pick<FrameContext, "handlers" | "syncBeforeApproval"> {
  readonly sessions: AgentSessions;
  readonly timings: GatewayTimings;
  readonly log: Logger;
  readonly clock: Clock;
  readonly isDraining: () => boolean;
  /** The agent is connected. Called before any of its frames is acted on. */
  readonly onReady: (session: LiveSession) => Promise<void>;
  /** The agent announces new sealing keys. Their signatures are checked. */
  readonly onSealingKeys: (session: LiveSession, keys: readonly SealingKeyRecord[]) => Promise<void>;
  /** The agent states another directory than its source's. Called once in a session for each directory. */
  readonly onOtherDirectory: (session: LiveSession, stated: DirectoryIdentity) => Promise<void>;
  /** Called once, when the socket is closed. */
  readonly onEnd: (session: LiveSession, code: number) => Promise<void>;
}

const NO_DIRECTORY: AgentBody<"ready">["directory"] = {
  dialect: null,
  server: null,
  healthy: false,
  stated: null,
};
const CONTROL_FRAMES_PER_MINUTE = 100;
/** The window is four batches: an agent that sends many more ignores the acknowledgements. */
const MAX_SYNC_WAITING = 16;
const MAX_JOBS_WAITING = 256;
const MAX_KEY_LIFE_MS = 25 * HOUR_MS;

/**
 *   welcomed ── frame `ready` ─► readying ── record confirmed ─► ready          any of them ── socket closed ─► ended
 *
 *   welcomed   The welcome is sent. The first frame must be `ready`; anything else, or nothing in time, closes the link.
 *   readying   The agent's record is being asked to confirm the generation. Frames that arrive meanwhile wait.
 *   ready      Frames are acted on.
 *   ended      The socket is closed.
 */
export class LiveSession implements AgentSession {
  readonly tenantId: string;
  readonly agentId: string;
  readonly sessionId: string;
  readonly identityKey: string;
  readonly connectedAt: number;
  /** Resolves when the socket is closed and `onEnd` has done its work. */
  readonly ended: Promise<void>;

  readonly #socket: WebSocket;
  readonly #context: SessionContext;
  readonly #log: Logger;
  readonly #generation: number;
  readonly #channel: Channel<CloudFrame, AgentFrame>;
  readonly #heartbeat: Heartbeat;
  readonly #control: RateWindow;
  readonly #syncQueue = createSerialQueues(MAX_SYNC_WAITING);
  readonly #jobQueues = createSerialQueues(MAX_JOBS_WAITING);
  readonly #readyTimer: NodeJS.Timeout;
  #phase: "welcomed" | "readying" | "ready" | "ended" = "welcomed";
  #becomingReady: Promise<void> = Promise.resolve();
  #facts: Pick<AgentBody<"ready">, "version" | "credits" | "writebackEnabled"> | undefined;
  #directory: AgentBody<"ready">["directory"] = NO_DIRECTORY;
  #binding: SourceBinding | null = null;
  /** Key of the other directory that was reported last. */
  #reportedKey: string | null = null;
  #approved: boolean;
  /** The approval that the agent was told last. */
  #toldApproved: boolean;
  #workFrames = 0;
  #wasAnnounced = false;

  /** Sends the welcome on a socket that has just been upgraded. */
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
    return this.#directory;
  }
  get source(): number | null {
    return this.#binding !== null && this.#directory.stated?.identity.key === this.#binding.key
      ? this.#binding.source
      : null;
  }
  get scope(): DirectoryScope | null {
    return this.#directory.stated?.scope ?? null;
  }
  /** True when `sessionReady` was called, so that `sessionGone` must follow. */
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

  /** Acts on no further frame and closes the socket. `ended` resolves afterwards. */
  close(code: number, reason: string): void {
    if (this.#phase === "ended") return;
    this.#syncQueue.clear();
    this.#jobQueues.clear();
    this.#channel.close(new AppError("LINK_CLOSED", `The session was closed: ${reason}.`));
    this.#socket.close(code, reason);
  }

  /**
   * Tells the agent that this node will stop. The agent continues here until the node closes the link, then connects
   * elsewhere.
   */
  sayGoaway(reconnectWithinMs: number): void {
    if (this.#channel.isOpen) this.#channel.send("goaway", { reconnectWithinMs });
  }

  /** Acts on a change of the agent's record: approval, revocation, a newer session elsewhere. */
  follow(record: Pick<AgentRecord, "state" | "sessionId" | "source" | "sourceKey"> | null): void {
    if (!this.#channel.isOpen) return;
    if (record === null || isOver(record.state)) this.close(CLOSE.revoked, record?.state ?? "revoked");
    else if (record.sessionId !== this.sessionId) this.close(CLOSE.superseded, "superseded");
    else if (record.state === "approved") this.#approve(record);
  }

  #approve({ source, sourceKey }: Pick<AgentRecord, "source" | "sourceKey">): void {
    const before = this.source;
    this.#approved = true;
    if (source !== null && sourceKey !== null) this.#binding = { source, key: sourceKey };
    if (this.#toldApproved && this.source !== before && this.#phase === "ready") this.#announce();
    if (this.#toldApproved || this.#phase !== "ready") return; // otherwise #becomeReady tells the agent
    this.#announce();
  }

  /** Tells the agent that it is approved, if it does not know yet, and the handlers that it is ready. */
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
    // Handles the frames that are neither work nor the answer to a request: ready, announcements, stray answers, frames
    // of unknown types.
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
      this.close(CLOSE.protocol, "ready must come first, and once");
      return;
    }
    const place = queueOf(frame);
    if (place !== null) this.#workFrames++;
    const queues = place?.kind === "sync" ? this.#syncQueue : this.#jobQueues;
    const taken = queues.run(place?.queue ?? "", async () => {
      await this.#becomingReady;
      if (this.#channel.isOpen || this.#phase === "ended") await this.#act(frame);
    });
    if (taken) return;
    this.#log.warn("gateway.session.overrun", { type: frame.type });
    this.close(CLOSE.rate, "too many frames at once");
  }

  async #becomeReady(facts: AgentBody<"ready">): Promise<void> {
    const { sessions, onReady } = this.#context;
    try {
      if (facts.generation !== this.#generation)
        throw new AppError("PROTOCOL_INVALID_FRAME", "The generation is not the one of the welcome.");
      this.#checkSealingKeys(facts.sealingKeys);
      const { state, binding } = await sessions.ready(this, facts);
      if (state === "superseded") {
        this.close(CLOSE.superseded, "superseded");
        return;
      }
      if (isOver(state)) {
        this.close(CLOSE.revoked, state);
        return;
      }
      if (!this.isOpen()) return;
      this.#facts = facts;
      this.#directory = facts.directory;
      this.#binding = binding;
      if (state === "pending") await this.#bindFirst();
      await onReady(this);
      if (!this.isOpen()) return;
      this.#approved ||= state === "approved";
      this.#phase = "ready";
      this.#announce();
      await this.#reportOtherDirectory();
    } catch (error) {
      const isTheirs = isAppError(error, "PROTOCOL_INVALID_FRAME");
      this.#log.warn("gateway.session.not_ready", { error });
      this.close(isTheirs ? CLOSE.protocol : CLOSE.draining, isTheirs ? "invalid ready" : "try again");
    }
  }

  async #stateDirectory(directory: AgentBody<"directory.announce">): Promise<void> {
    const before = this.source;
    const { state, binding } = await this.#context.sessions.state(this, directory);
    if (state === "superseded") return;
    this.#directory = directory;
    this.#binding = binding;
    if (state === "pending") await this.#bindFirst();
    if (this.source !== before && this.source !== null) this.#announce();
    if (await this.#reportOtherDirectory()) throw new AppError("AGENT_OTHER_DIRECTORY");
  }

  /** Binds the first agent of a tenant at once, so that a run may be requested from it before its approval. */
  async #bindFirst(): Promise<void> {
    if (!this.#context.syncBeforeApproval || this.#directory.stated === null) return;
    try {
      this.#binding = await this.#context.sessions.bindPending(this);
    } catch (error) {
      if (!isAppError(error, "AGENT_NOT_APPROVED")) throw error;
    }
  }

  /** True when the agent serves another directory than its source's. */
  async #reportOtherDirectory(): Promise<boolean> {
    const { stated } = this.#directory;
    if (this.#binding === null || stated === null || stated.identity.key === this.#binding.key) return false;
    if (this.#reportedKey !== stated.identity.key) {
      this.#reportedKey = stated.identity.key;
      await this.#context.onOtherDirectory(this, stated.identity);
    }
    return true;
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
        bindPending: async () => {
          this.#binding = await this.#context.sessions.bindPending(this);
        },
        stateDirectory: (directory) => this.#stateDirectory(directory),
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

/** True for an agent that may have no session. */
const isOver = (state: AgentState): boolean => state !== "pending" && state !== "approved";
