/** One connection from the first byte to its end: challenge, proof, upgrade, welcome. Who keeps dialling is supervisor.ts. */
import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { type ClientOptions, WebSocket } from "ws";
import type { Clock } from "../../shared/clock.ts";
import { AppError } from "../../shared/errors.ts";
import { Channel } from "../../shared/protocol/channel.ts";
import { FrameCodec } from "../../shared/protocol/codec.ts";
import type { AgentFrame, CloudBody, CloudFrame } from "../../shared/protocol/frames.ts";
import { startHeartbeat } from "../../shared/protocol/heartbeat.ts";
import { CLOSE, LIMITS } from "../../shared/protocol/limits.ts";
import { AGENT_PATH, PROTOCOL_VERSION, SUBPROTOCOL } from "../../shared/protocol/version.ts";
import { toBase64url } from "../../shared/sealing/bytes.ts";
import {
  type ChallengeResponse,
  challengeResponseSchema,
  signAgentProof,
  welcomeBytes,
} from "../../shared/sealing/enrollment.ts";
import { verifySignature } from "../../shared/sealing/signing-key.ts";
import type { AgentConfig } from "../config.ts";
import type { Identity } from "../identity/identity.ts";
import {
  noticeProxyRefusal,
  openWayOut,
  postToCloud,
  refusalOf,
  translateNetworkError,
  type WayOut,
} from "./cloud-http.ts";
import type { LinkTimings } from "./link-timings.ts";

export interface DialOptions {
  readonly config: AgentConfig["cloud"];
  readonly identity: Pick<
    Identity,
    "agentId" | "tenantId" | "identityKey" | "serviceKey" | "generation" | "storeGeneration"
  >;
  readonly clock: Clock;
  readonly timings: LinkTimings;
  readonly signal: AbortSignal;
  /** Cloud clock minus ours, milliseconds; known even when the proof is then refused. */
  readonly onClockSkew: (skewMs: number) => void;
  /** Every frame after the welcome that is no answer. Must not throw. */
  readonly onFrame: (frame: CloudFrame) => void;
}

export type AgentChannel = Channel<AgentFrame, CloudFrame>;

export interface Connection {
  readonly channel: AgentChannel;
  /** Its signature is checked and its generation is on disk: `ready` may be sent. */
  readonly welcome: CloudBody<"welcome">;
  /** Resolves with the reason when the socket is gone; never rejects. */
  readonly ended: Promise<AppError>;
  /** Says goodbye; `ended` follows within two seconds. */
  readonly close: () => void;
}

/** `closeTimeout`: a cloud that does not say goodbye in return is left after this (ws 8.23; its types do not know it yet). */
const SOCKET_LIMITS: ClientOptions & { readonly closeTimeout: number } = {
  perMessageDeflate: false,
  maxPayload: LIMITS.maxFrameBytes,
  maxFragments: 64,
  maxBufferedChunks: 1024,
  closeTimeout: 2_000,
};

/** Throws CLOUD_*, PROXY_REFUSED, AGENT_*, PROTOCOL_*; nothing is left open then. */
export async function dial(options: DialOptions): Promise<Connection> {
  const { config, identity, clock, timings, signal } = options;
  const { agentId, tenantId } = identity;
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(timings.dialTimeoutMs)]);
  const way = await openWayOut(config);
  const url = new URL(AGENT_PATH, config.url);

  const askedAt = clock.now();
  const challenge = await postToCloud(
    way,
    new URL(`${AGENT_PATH}/challenge`, url),
    { tenantId, agentId },
    challengeResponseSchema,
    deadline,
  );
  options.onClockSkew(Math.round(challenge.serverTime - (askedAt + clock.now()) / 2));
  checkVersion(challenge);

  const agentNonce = toBase64url(randomBytes(32));
  const { generation } = identity;
  const proof = signAgentProof(identity.identityKey, {
    version: PROTOCOL_VERSION,
    tenantId,
    agentId,
    nonce: challenge.nonce,
    agentNonce,
    generation,
    audience: url.hostname,
  });
  const connection = await upgrade(
    way,
    url,
    toBase64url(Buffer.from(JSON.stringify(proof))),
    deadline,
    options,
  );
  try {
    const { welcome } = connection;
    const isGenuine =
      welcome.agentId === agentId &&
      welcome.tenantId === tenantId &&
      welcome.generation === generation + 1 &&
      verifySignature(identity.serviceKey, welcomeBytes({ ...welcome, agentNonce }), welcome.signature);
    if (!isGenuine) throw new AppError("CLOUD_IDENTITY_INVALID");
    // Before `ready`: a generation that the cloud counts as used must never be lost here, or this agent looks like a copy.
    await identity.storeGeneration(welcome.generation);
  } catch (error) {
    connection.close();
    throw error;
  }
  return connection;
}

function checkVersion({ versionMin, versionMax }: ChallengeResponse): void {
  if (PROTOCOL_VERSION >= versionMin && PROTOCOL_VERSION <= versionMax) return;
  throw new AppError(
    "PROTOCOL_VERSION",
    `The cloud speaks protocol ${versionMin} to ${versionMax}, this agent ${PROTOCOL_VERSION}.`,
  );
}

/** Resolves with the first frame, which must be the welcome; it is not judged here. */
function upgrade(
  way: WayOut,
  url: URL,
  authorization: string,
  deadline: AbortSignal,
  { clock, timings, onFrame }: DialOptions,
): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const target = new URL(url);
    target.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(target, [SUBPROTOCOL], {
      ...SOCKET_LIMITS,
      ...(way as Omit<WayOut, "checkServerIdentity">), // which ws hands on to TLS, though its types misstate it
      headers: { authorization: `Latchkey ${authorization}` },
      finishRequest: (request) => {
        noticeProxyRefusal(request, fail);
        request.end();
      },
    });
    let welcome: CloudBody<"welcome"> | undefined;
    let fault: AppError | undefined;

    const channel: AgentChannel = new Channel(FrameCodec.forAgent(), socket, (frame) => {
      if (welcome !== undefined) onFrame(frame);
      else if (frame.type === "welcome") {
        welcome = frame.body;
        deadline.removeEventListener("abort", onDeadline);
        resolve({ channel, welcome, ended, close });
      } else fail(new AppError("PROTOCOL_INVALID_FRAME", `The cloud began with ${frame.type}.`));
    });

    const heartbeat = startHeartbeat({
      pingAfterMs: timings.pingAfterMs,
      deadAfterMs: timings.deadAfterMs,
      clock,
      ping: () => {
        if (socket.readyState === WebSocket.OPEN) socket.ping();
      },
      onDead: () => fail(new AppError("LINK_CLOSED", "The cloud has been silent for too long.")),
    });

    const ended = new Promise<AppError>((resolveEnded) => {
      socket.once("close", (code, reason) => {
        heartbeat.stop();
        deadline.removeEventListener("abort", onDeadline);
        // The code of the frame that we could not read comes back to us: then the channel has closed already.
        const why = fault ?? (channel.isOpen ? endOf(code, reason.toString("utf8")) : ourEnd(code));
        channel.close(new AppError("LINK_CLOSED", why.message));
        reject(why); // too late to matter once the welcome came
        resolveEnded(why);
      });
    });

    function close(): void {
      channel.close();
      socket.close(1000);
    }
    function fail(error: AppError): void {
      fault ??= error;
      socket.terminate();
    }
    function onDeadline(): void {
      fail(new AppError("CLOUD_UNREACHABLE", `${url.host} did not answer in time.`));
    }

    deadline.addEventListener("abort", onDeadline, { once: true });
    socket.on("error", (error) => {
      fault ??= translateNetworkError(error, url);
    });
    socket.once("open", () => {
      // ws accepts an answer without it where the server's is odd (RFC 6455 section 4.1 asks to fail).
      if (socket.protocol !== SUBPROTOCOL) fail(new AppError("PROTOCOL_VERSION"));
    });
    socket.once("unexpected-response", (_request, response) => {
      void readRefusal(response).then(fail);
    });
    socket.on("message", (data, isBinary) => {
      heartbeat.heard();
      channel.receive(data as Buffer, isBinary);
    });
    socket.on("ping", () => heartbeat.heard());
    socket.on("pong", () => heartbeat.heard());
    if (deadline.aborted) onDeadline();
  });
}

async function readRefusal(response: IncomingMessage): Promise<AppError> {
  let text = "";
  try {
    for await (const chunk of response) {
      text += String(chunk);
      if (text.length > 4096) break;
    }
  } catch {
    // the status alone says enough
  }
  return refusalOf(response.statusCode ?? 0, response.headers, text);
}

const ourEnd = (code: number): AppError =>
  code === CLOSE.protocol
    ? new AppError("PROTOCOL_INVALID_FRAME", "A frame of the cloud could not be read.")
    : new AppError("LINK_CLOSED");

/** What a close code means for the one who decides when to dial again. */
function endOf(code: number, reason: string): AppError {
  switch (code) {
    case CLOSE.unauthenticated:
      return new AppError("AGENT_PROOF_INVALID");
    case CLOSE.revoked:
      return new AppError(reason === "locked" ? "AGENT_LOCKED" : "AGENT_REVOKED");
    case CLOSE.version:
      return new AppError("PROTOCOL_VERSION");
    case CLOSE.protocol:
      return new AppError("PROTOCOL_INVALID_FRAME", "The cloud could not read a frame of ours.");
    case CLOSE.superseded:
      return new AppError("LINK_CLOSED", "The cloud has a newer connection of this agent.");
    case CLOSE.draining:
      return new AppError("LINK_CLOSED", "The cloud node stops.");
    default:
      return new AppError(
        "LINK_CLOSED",
        `The link was closed (${code}${reason === "" ? "" : `, ${reason}`}).`,
      );
  }
}
