/** Opens a WebSocket to the cloud and owns it until it ends. connection.ts checks the welcome. */
import type { IncomingMessage } from "node:http";
import { type ClientOptions, WebSocket } from "ws";
import type { Clock } from "../../shared/clock.ts";
import { AppError } from "../../shared/errors.ts";
import { Channel } from "../../shared/protocol/channel.ts";
import { FrameCodec } from "../../shared/protocol/codec.ts";
import type { AgentFrame, CloudBody, CloudFrame } from "../../shared/protocol/frames.ts";
import { type Heartbeat, startHeartbeat } from "../../shared/protocol/heartbeat.ts";
import { CLOSE, LIMITS } from "../../shared/protocol/limits.ts";
import { SUBPROTOCOL } from "../../shared/protocol/version.ts";
import {
  type CloudRequestOptions,
  noticeProxyRefusal,
  refusalOf,
  translateNetworkError,
} from "../cloud-http.ts";
import type { LinkTimings } from "./link-timings.ts";

export type AgentChannel = Channel<AgentFrame, CloudFrame>;

export interface Connection {
  readonly channel: AgentChannel;
  /** The first frame of the cloud. */
  readonly welcome: CloudBody<"welcome">;
  /** Resolves with the reason when the socket is gone; never rejects. */
  readonly ended: Promise<AppError>;
  /** Sends a close frame. `ended` resolves within two seconds. */
  close(): void;
}

export interface UpgradeDeps {
  readonly requestOptions: CloudRequestOptions;
  readonly url: URL;
  /** The signed proof, base64url. */
  readonly proof: string;
  /** Ends the attempt if the welcome has not arrived by then. */
  readonly deadline: AbortSignal;
  readonly clock: Clock;
  readonly timings: Pick<LinkTimings, "pingAfterMs" | "deadAfterMs">;
  /** Called with every frame after the welcome that is not an answer to a request. Must not throw. */
  readonly onFrame: (frame: CloudFrame) => void;
}

/**
 * `closeTimeout`: time after which the socket is destroyed if the cloud does not answer the close frame, milliseconds
 * (ws 8.23; its types do not have it yet).
 */
const SOCKET_LIMITS: ClientOptions & { readonly closeTimeout: number } = {
  perMessageDeflate: false,
  maxPayload: LIMITS.maxFrameBytes,
  maxFragments: 64,
  maxBufferedChunks: 1024,
  closeTimeout: 2_000,
};

/** Resolves when the first frame, which must be the welcome, has arrived. Leaves nothing open when it throws. */
export async function startUpgrade(deps: UpgradeDeps): Promise<Connection> {
  return new CloudSocket(deps).welcomed;
}

/**
 *   opening ──(HTTP 101)──► upgraded ──(the first frame is the welcome)──► welcomed ──(closed by either side, or silent)──► ended
 *      └──(refused, or no network)─┴──(another frame, or past the deadline)──► ended, and `welcomed` rejects with the reason
 */
class CloudSocket {
  readonly welcomed: Promise<Connection>;
  readonly #ended: Promise<AppError>;
  readonly #deps: UpgradeDeps;
  readonly #socket: WebSocket;
  readonly #channel: AgentChannel;
  readonly #heartbeat: Heartbeat;
  #isWelcomed = false;
  /** The first reason for which this side ended the connection. The close code that follows is less specific. */
  #fault: AppError | undefined;
  #resolveWelcomed!: (connection: Connection) => void;
  #rejectWelcomed!: (reason: AppError) => void;
  #resolveEnded!: (reason: AppError) => void;

  constructor(deps: UpgradeDeps) {
    const { clock, timings, deadline } = deps;
    this.#deps = deps;
    this.welcomed = new Promise((resolve, reject) => {
      this.#resolveWelcomed = resolve;
      this.#rejectWelcomed = reject;
    });
    this.#ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.#socket = this.#dial();
    this.#channel = new Channel(FrameCodec.forAgent(), this.#socket, (frame) => this.#onFrame(frame));
    this.#heartbeat = startHeartbeat({
      pingAfterMs: timings.pingAfterMs,
      deadAfterMs: timings.deadAfterMs,
      clock,
      ping: () => {
        if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping();
      },
      onDead: () => this.#fail(new AppError("LINK_CLOSED", "The cloud has been silent for too long.")),
    });
    this.#listen();
    deadline.addEventListener("abort", this.#onDeadline, { once: true });
    if (deadline.aborted) this.#onDeadline();
  }

  #dial(): WebSocket {
    const { requestOptions, url, proof } = this.#deps;
    const target = new URL(url);
    target.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    return new WebSocket(target, [SUBPROTOCOL], {
      ...SOCKET_LIMITS,
      // ws passes checkServerIdentity on to TLS, but its types do not allow that.
      ...(requestOptions as Omit<CloudRequestOptions, "checkServerIdentity">),
      headers: { authorization: `Latchkey ${proof}` },
      finishRequest: (request) => {
        noticeProxyRefusal(request, (error) => this.#fail(error));
        request.end();
      },
    });
  }

  #listen(): void {
    const socket = this.#socket;
    socket.on("error", (error) => {
      this.#fault ??= translateNetworkError(error, this.#deps.url);
    });
    socket.once("open", () => {
      // ws accepts some malformed answers that select no subprotocol, for which RFC 6455 section 4.1 asks to fail.
      if (socket.protocol !== SUBPROTOCOL) this.#fail(new AppError("PROTOCOL_VERSION"));
    });
    socket.once("unexpected-response", (_request, response) => {
      void readRefusal(response).then((error) => this.#fail(error));
    });
    socket.on("message", (data, isBinary) => {
      this.#heartbeat.heard();
      this.#channel.receive(data as Buffer, isBinary);
    });
    socket.on("ping", () => this.#heartbeat.heard());
    socket.on("pong", () => this.#heartbeat.heard());
    socket.once("close", (code, reason) => this.#onClose(code, reason.toString("utf8")));
  }

  #onFrame(frame: CloudFrame): void {
    if (this.#isWelcomed) this.#deps.onFrame(frame);
    else if (frame.type === "welcome") {
      this.#isWelcomed = true;
      this.#deps.deadline.removeEventListener("abort", this.#onDeadline);
      this.#resolveWelcomed({
        channel: this.#channel,
        welcome: frame.body,
        ended: this.#ended,
        close: () => this.#close(),
      });
    } else
      this.#fail(
        new AppError(
          "PROTOCOL_INVALID_FRAME",
          `The cloud's first frame was '${frame.type}' instead of 'welcome'.`,
        ),
      );
  }

  #onClose(code: number, reason: string): void {
    this.#heartbeat.stop();
    this.#deps.deadline.removeEventListener("abort", this.#onDeadline);
    // If this side could not read a frame, the channel has already closed, and the close code is the one that this side
    // sent.
    const why = this.#fault ?? (this.#channel.isOpen ? endOf(code, reason) : ourEnd(code));
    this.#channel.close(new AppError("LINK_CLOSED", why.message));
    this.#rejectWelcomed(why); // has no effect once the welcome has arrived
    this.#resolveEnded(why);
  }

  readonly #onDeadline = (): void =>
    this.#fail(new AppError("CLOUD_UNREACHABLE", `${this.#deps.url.host} did not answer in time.`));

  #fail(error: AppError): void {
    this.#fault ??= error;
    this.#socket.terminate();
  }

  #close(): void {
    this.#channel.close();
    this.#socket.close(1000);
  }
}

/**
 * The challenge before it was answered from the same address, so an answer that is not the cloud's own, or says that there is nothing,
 * comes from a proxy in between, or from a cloud that got the request without its upgrade.
 */
async function readRefusal(response: IncomingMessage): Promise<AppError> {
  let text = "";
  try {
    for await (const chunk of response) {
      text += String(chunk);
      if (text.length > 4096) break;
    }
  } catch {
    // the status alone is enough
  }
  const { statusCode = 0, headers } = response;
  const refusal = refusalOf(statusCode, headers, text);
  const isNoUpgrade = ["NOT_FOUND", "UPGRADE_MISSING"].includes(refusal.code);
  const isForeign = refusal.code === "CLOUD_UNREACHABLE" && statusCode < 500;
  return isNoUpgrade || isForeign
    ? new AppError(
        "UPGRADE_MISSING",
        `The answer was HTTP ${statusCode} and no WebSocket upgrade; is a proxy in between? It must pass the headers Upgrade and Connection on.`,
      )
    : refusal;
}

const ourEnd = (code: number): AppError =>
  code === CLOSE.protocol
    ? new AppError("PROTOCOL_INVALID_FRAME", "A frame from the cloud could not be read.")
    : new AppError("LINK_CLOSED");

/** Translates a close code into the error that decides when the agent dials again. */
function endOf(code: number, reason: string): AppError {
  switch (code) {
    case CLOSE.unauthenticated:
      return new AppError("AGENT_PROOF_INVALID");
    case CLOSE.revoked:
      return new AppError(reason === "locked" ? "AGENT_LOCKED" : "AGENT_REVOKED");
    case CLOSE.version:
      return new AppError("PROTOCOL_VERSION");
    case CLOSE.protocol:
      return new AppError("PROTOCOL_INVALID_FRAME", "The cloud could not read a frame from this agent.");
    case CLOSE.superseded:
      return new AppError("LINK_CLOSED", "The cloud has a newer connection from this agent.");
    case CLOSE.draining:
      return new AppError("LINK_CLOSED", "The cloud node is shutting down.");
    default:
      return new AppError(
        "LINK_CLOSED",
        `The link was closed (${code}${reason === "" ? "" : `, ${reason}`}).`,
      );
  }
}
