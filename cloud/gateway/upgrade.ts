/** Turns an HTTP upgrade into a session, or refuses it. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type ServerOptions, type WebSocket, WebSocketServer } from "ws";
import type { Clock } from "../../shared/clock.ts";
import { MINUTE_MS } from "../../shared/durations.ts";
import { type ErrorCode, ERRORS, toAppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import type { CloudBody } from "../../shared/protocol/frames.ts";
import { LIMITS } from "../../shared/protocol/limits.ts";
import { AGENT_PATH, SUBPROTOCOL } from "../../shared/protocol/version.ts";
import { welcomeBytes } from "../../shared/sealing/enrollment.ts";
import type { SigningKey } from "../../shared/sealing/signing-key.ts";
import type { AuditEvent } from "../audit/audit.ts";
import type { SessionKey } from "../store/agent-sessions.ts";
import { type Admission, authenticate, type AuthenticateOptions, type Refusal } from "./authenticate.ts";
import type { GatewayTimings } from "./gateway-timings.ts";
import { createRateWindow } from "./rate-window.ts";

type AgentKey = Pick<SessionKey, "tenantId" | "agentId">;

export interface UpgradeOptions extends AuthenticateOptions {
  readonly serviceKey: SigningKey;
  readonly clock: Clock;
  readonly log: Logger;
  readonly timings: GatewayTimings;
  /** Never rejects. */
  readonly noteAgent: (
    agent: AgentKey,
    event: Pick<AuditEvent, "action" | "outcome" | "code" | "details">,
  ) => Promise<void>;
  readonly isClosing: () => boolean;
  /** Called in the same turn as the upgrade, so that no message is missed. */
  readonly open: (admission: Admission, socket: WebSocket, welcome: CloudBody<"welcome">) => void;
  /** Ends the session that the new one replaces, on whatever node. */
  readonly fence: (
    agent: AgentKey,
    previous: { readonly node: string; readonly sessionId: string },
  ) => Promise<void>;
  /** The agent was locked or revoked: its sessions must end. */
  readonly ended: (agent: AgentKey) => Promise<void>;
  /** Called when the session was granted but its peer has disconnected before it began. */
  readonly abandon: (key: SessionKey) => Promise<void>;
}

/** The answer when this node stops or its store does not answer. */
const NOT_NOW = { status: 503, code: "CLOUD_UNREACHABLE", retryAfterSeconds: 2 } as const;
/** More sessions of one agent than this that replace a live one within ten minutes go into the audit log. */
const MAX_SWAPS = 3;

export function createUpgrade(options: UpgradeOptions) {
  const { node, serviceKey, clock, log, timings, noteAgent, isClosing } = options;
  const refusalsToAudit = createRateWindow(1, MINUTE_MS, clock);
  const socketOptions: ServerOptions & { readonly closeTimeout: number } = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: LIMITS.maxFrameBytes,
    maxFragments: 64,
    maxBufferedChunks: 1024,
    closeTimeout: timings.closeMs, // new in ws 8.23, missing in its types
    handleProtocols: () => SUBPROTOCOL, // authenticate() has checked that the peer offers it
  };
  const sockets = new WebSocketServer(socketOptions);

  async function admit(
    admission: Admission,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<void> {
    const { key, proof, approved, verdict } = admission;
    if (socket.destroyed || isClosing()) {
      socket.destroy();
      await options.abandon(key);
      return;
    }
    const { agentId, tenantId, sessionId } = key;
    const { generation, previous, swaps } = verdict;
    const { agentNonce } = proof;
    const signature = serviceKey.sign(welcomeBytes({ agentId, agentNonce, sessionId, generation }));
    const serverTime = clock.now();
    sockets.handleUpgrade(request, socket, head, (webSocket) =>
      options.open(admission, webSocket, {
        sessionId,
        agentId,
        tenantId,
        generation,
        approved,
        serverTime,
        node,
        signature,
      }),
    );
    if (previous !== null) await options.fence(key, previous);
    if (swaps > MAX_SWAPS) {
      log.warn("gateway.agent.flapping", { tenantId, agentId, swaps });
      await noteAgent(key, {
        action: "agent.sessions.swapped",
        outcome: "done",
        details: { swaps, minutes: 10 },
      });
    }
  }

  async function noteRefusal(
    { agent, why, code, endedNow }: Refusal,
    request: IncomingMessage,
  ): Promise<void> {
    log.warn("gateway.upgrade.refused", {
      ...agent,
      why,
      code,
      remoteAddress: request.socket.remoteAddress,
    });
    if (agent === undefined) return;
    if (endedNow !== undefined) {
      await options.ended(agent);
      await noteAgent(agent, { action: endedNow, outcome: "done", code, details: { why } });
    } else if (refusalsToAudit.allow(`${agent.tenantId}/${agent.agentId}/${code}`))
      await noteAgent(agent, {
        action: code === "AGENT_AHEAD" ? "agent.ahead" : "agent.connected",
        outcome: "refused",
        code,
        details: { why },
      });
  }

  return async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on("error", () => undefined); // the peer may disconnect while its proof is checked
    if ((request.url ?? "").split("?")[0] !== AGENT_PATH) {
      refuse(socket, { status: 404, code: "NOT_FOUND" });
      return;
    }
    if (isClosing()) {
      refuse(socket, NOT_NOW);
      return;
    }
    const timer = setTimeout(() => socket.destroy(), timings.authenticateMs);
    try {
      const result = await authenticate(request, options);
      if ("status" in result) {
        refuse(socket, result);
        await noteRefusal(result, request);
      } else await admit(result, request, socket, head);
    } catch (error) {
      const { code } = toAppError(error);
      log[code === "INTERNAL" ? "error" : "warn"]("gateway.upgrade.failed", { code, error });
      refuse(socket, NOT_NOW);
    } finally {
      clearTimeout(timer);
    }
  };
}

/** Answers in plain HTTP, because there is no WebSocket yet. The peer gets the code; the reason is for the log, unless the peer is known. */
function refuse(
  socket: Duplex,
  {
    status,
    code,
    message = ERRORS[code].meaning,
    retryAfterSeconds,
  }: { status: number; code: ErrorCode; message?: string; retryAfterSeconds?: number },
): void {
  const body = JSON.stringify({ code, message });
  const head = [
    `HTTP/1.1 ${status} Refused`,
    "Connection: close",
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(retryAfterSeconds === undefined ? [] : [`Retry-After: ${retryAfterSeconds}`]),
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
}
