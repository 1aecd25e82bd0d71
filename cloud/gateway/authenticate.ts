/** Decides on an upgrade before it is accepted: a peer that has not proved an identity never gets a WebSocket. */
import type { IncomingMessage } from "node:http";
import { MINUTE_MS } from "../../shared/durations.ts";
import type { ErrorCode } from "../../shared/errors.ts";
import { newId } from "../../shared/ids.ts";
import { printable } from "../../shared/printable.ts";
import { PROTOCOL_VERSION, PROTOCOL_VERSION_MIN, SUBPROTOCOL } from "../../shared/protocol/version.ts";
import { fromBase64url } from "../../shared/sealing/bytes.ts";
import { type AgentProof, agentProofSchema, isAgentProofAuthentic } from "../../shared/sealing/enrollment.ts";
import type { AgentSessions, ConnectVerdict, SessionKey } from "../store/agent-sessions.ts";
import type { AgentStore } from "../store/agents.ts";
import { NONCE_LIFE_MS, type Nonces } from "./nonces.ts";

/**
 * Allowed difference between the clocks of two nodes. A nonce from a node whose clock is ahead is valid for longer on
 * the other nodes, so it must be remembered as used until then.
 */
const NODES_DIFFER_MS = 5 * MINUTE_MS;

export interface Refusal {
  readonly status: 400 | 401 | 403 | 426;
  /** Sent to the peer. Before its proof is valid, the peer learns only that it is not. */
  readonly code: ErrorCode;
  /** Sent instead of the meaning of the code, to a peer whose proof is authentic. */
  readonly message?: string;
  /** For the log alone. */
  readonly why: string;
  /** Set when the proof names a known agent, so that the refusal is written to the audit log. */
  readonly agent?: Pick<SessionKey, "tenantId" | "agentId">;
  /** This attempt has ended the agent. */
  readonly endedNow?: "agent.locked" | "agent.revoked";
}

export interface Admission {
  readonly key: SessionKey;
  readonly proof: AgentProof;
  readonly identityKey: string;
  readonly approved: boolean;
  readonly verdict: Extract<ConnectVerdict, { word: "ok" }>;
}

export interface AuthenticateOptions {
  readonly agents: Pick<AgentStore, "find">;
  readonly sessions: Pick<AgentSessions, "connect">;
  readonly nonces: Nonces;
  readonly node: string;
  /** Host name of the cloud's public address. */
  readonly audience: string;
}

/** Returns every reason for a refusal as a value. Throws only when the store fails. */
export async function authenticate(
  request: IncomingMessage,
  { agents, sessions, nonces, node, audience }: AuthenticateOptions,
): Promise<Admission | Refusal> {
  // Only browsers send Origin, and agents are not browsers. A web page must not reach this endpoint from a visitor's
  // network.
  if (request.headers.origin !== undefined) return refusal(403, "REQUEST_INVALID", "origin");
  const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
  if (!offered.includes(SUBPROTOCOL)) return refusal(400, "PROTOCOL_VERSION", "subprotocol");

  const proof = readProof(request.headers.authorization);
  if (proof === undefined) return refusal(401, "AGENT_PROOF_INVALID", "no proof");
  if (proof.version < PROTOCOL_VERSION_MIN || proof.version > PROTOCOL_VERSION)
    return refusal(426, "PROTOCOL_VERSION", "version");
  const { tenantId, agentId, nonce, generation } = proof;
  if (!nonces.isGood(tenantId, agentId, nonce)) return refusal(401, "AGENT_PROOF_INVALID", "nonce");

  const record = await agents.find(tenantId, agentId);
  if (record === null) return refusal(401, "AGENT_PROOF_INVALID", "agent unknown");
  const agent = { tenantId, agentId };
  if (!isAgentProofAuthentic(record.identityKey, proof))
    return refusal(401, "AGENT_PROOF_INVALID", "signature", agent);
  if (proof.audience.toLowerCase() !== audience.toLowerCase())
    return {
      ...refusal(401, "AGENT_OTHER_ADDRESS", `audience ${proof.audience}`, agent),
      message: `The agent proved its identity to ${printable(proof.audience)}, but the host name of the cloud's publicUrl is ${audience}.`,
    };

  if (record.state === "forged") return refusal(403, "RECORD_FORGED", "record", agent);

  const key = { tenantId, agentId, sessionId: newId() };
  const verdict = await sessions.connect(
    key,
    { nonce, nonceLifeMs: NONCE_LIFE_MS + NODES_DIFFER_MS, generation },
    node,
  );
  switch (verdict.word) {
    case "ok":
      return {
        key,
        proof,
        identityKey: record.identityKey,
        approved: record.state === "approved",
        verdict,
      };
    case "missing":
      return refusal(401, "AGENT_PROOF_INVALID", "agent unknown");
    case "replayed":
      return refusal(401, "AGENT_PROOF_INVALID", "replayed", agent);
    case "revoked":
      return refusal(403, "AGENT_REVOKED", "revoked", agent);
    case "locked":
      return refusal(403, "AGENT_LOCKED", "locked", agent);
    case "lapsed":
      return {
        ...refusal(403, "AGENT_REVOKED", "not approved within 24 hours", agent),
        endedNow: "agent.revoked",
      };
    case "ahead":
      return refusal(403, "AGENT_AHEAD", `generation ${generation}`, agent);
    case "copy":
      return { ...refusal(403, "AGENT_LOCKED", "generation", agent), endedNow: "agent.locked" };
  }
}

function refusal(status: Refusal["status"], code: ErrorCode, why: string, agent?: Refusal["agent"]): Refusal {
  return { status, code, why: why.slice(0, 300), ...(agent === undefined ? {} : { agent }) };
}

function readProof(authorization: string | undefined): AgentProof | undefined {
  const [scheme, encoded, more] = (authorization ?? "").split(" ");
  if (scheme !== "Latchkey" || encoded === undefined || more !== undefined) return undefined;
  try {
    const parsed = agentProofSchema.safeParse(JSON.parse(fromBase64url(encoded).toString("utf8")));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined; // not JSON: no proof
  }
}
