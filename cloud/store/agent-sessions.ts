/** Stores the session of an agent in its record: opens, confirms and ends it. */
import { z } from "zod";
import { AppError } from "../../shared/errors.ts";
import type { AgentBody } from "../../shared/protocol/frames.ts";
import type { SealingKeyRecord } from "../../shared/sealing/job.ts";
import { type AgentState, readAgent, statedFields } from "./agent-record.ts";
import { keys } from "./keys.ts";
import { placeDirectory } from "./sources.ts";
import { guard, type Store } from "./store.ts";

/** Identifies a session of an agent. */
export interface SessionKey {
  readonly tenantId: string;
  readonly agentId: string;
  readonly sessionId: string;
}

export type ConnectVerdict =
  | {
      readonly word: "ok";
      /** Generation to send to the agent in the welcome. */
      readonly generation: number;
      /** Session that this one replaces; null when there was none. */
      readonly previous: { readonly node: string; readonly sessionId: string } | null;
      /** Number of sessions that replaced an open one in the last ten minutes. */
      readonly swaps: number;
    }
  /**
   * `copy`: the agent presented a generation that only a copy can have, and is now locked. `ahead`: its generation is far above
   * the stored one. `lapsed`: it was not approved in time and is now revoked.
   */
  | { readonly word: "missing" | "replayed" | "revoked" | "locked" | "lapsed" | "ahead" | "copy" };

/** The source that an agent is bound to, and the key of its directory. */
export interface SourceBinding {
  readonly source: number;
  readonly key: string;
}

export interface ReadyVerdict {
  readonly state: AgentState | "superseded";
  /** Null while the agent is bound to no source. */
  readonly binding: SourceBinding | null;
}

export interface AgentSessions {
  /** Opens a session. Call it only with a verified proof. */
  connect(
    key: SessionKey,
    proof: { readonly nonce: string; readonly nonceLifeMs: number; readonly generation: number },
    node: string,
  ): Promise<ConnectVerdict>;
  /**
   * Confirms the generation and stores the agent's facts. `superseded`: another session has replaced this one; nothing
   * was written.
   */
  ready(key: SessionKey, facts: AgentBody<"ready">): Promise<ReadyVerdict>;
  /** Stores what an agent states about its directory while it is connected. */
  state(key: SessionKey, directory: AgentBody<"ready">["directory"]): Promise<ReadyVerdict>;
  /**
   * Binds the first agent of a tenant to a source before its approval. Throws AGENT_NOT_APPROVED for any other agent,
   * AGENT_DIRECTORY_UNKNOWN.
   */
  bindPending(key: SessionKey): Promise<SourceBinding>;
  storeSealingKeys(key: SessionKey, sealingKeys: readonly SealingKeyRecord[]): Promise<void>;
  disconnect(key: SessionKey, presenceEntry: string): Promise<void>;
}

const connectReply = z.union([
  z.tuple([z.literal("ok"), z.number(), z.string(), z.string(), z.number()]),
  z.tuple([z.enum(["missing", "replayed", "revoked", "locked", "lapsed", "ahead", "copy"])]),
]);
const readyReply = z.tuple([z.enum(["ok", "superseded"])]);
const bindReply = z.tuple([z.enum(["ok", "refused", "changed"])]);

export function createAgentSessions(store: Store): AgentSessions {
  async function report(
    { tenantId, agentId, sessionId }: SessionKey,
    directory: AgentBody<"ready">["directory"],
    facts: readonly string[],
  ): Promise<ReadyVerdict> {
    const { stated, ...connection } = directory;
    const [word] = readyReply.parse(
      await store.call(
        "latchkey_agent_ready",
        [keys.agent(tenantId, agentId)],
        [sessionId, "directory", JSON.stringify(connection), ...statedFields(stated), ...facts],
      ),
    );
    // The record decides, and the function cannot check whether it is authentic.
    const agent = word === "superseded" ? null : await readAgent(store, tenantId, agentId);
    if (agent === null) return { state: word === "superseded" ? word : "revoked", binding: null };
    const { state, source, sourceKey } = agent;
    return { state, binding: source === null || sourceKey === null ? null : { source, key: sourceKey } };
  }

  return {
    async connect({ tenantId, agentId, sessionId }, { nonce, nonceLifeMs, generation }, node) {
      const reply = connectReply.parse(
        await store.call(
          "latchkey_agent_connect",
          [
            keys.agent(tenantId, agentId),
            keys.agentNonce(tenantId, nonce),
            keys.agentsApproved(tenantId),
            keys.agentSwaps(tenantId, agentId),
            keys.sources(tenantId),
            keys.sync(tenantId, 0),
          ],
          [agentId, nonceLifeMs, generation, sessionId, node],
        ),
      );
      if (reply[0] !== "ok") return { word: reply[0] };
      const [word, given, previousNode, previousSession, swaps] = reply;
      return {
        word,
        generation: given,
        previous: previousSession === "" ? null : { node: previousNode, sessionId: previousSession },
        swaps,
      };
    },
    ready: (key, { version, writebackEnabled, directory, sealingKeys }) =>
      report(key, directory, [
        "version",
        version,
        "writebackEnabled",
        String(writebackEnabled),
        "sealingKeys",
        JSON.stringify(sealingKeys),
      ]),
    state: (key, directory) => report(key, directory, []),
    async bindPending({ tenantId, agentId }) {
      const agent = await readAgent(store, tenantId, agentId);
      if (agent?.state !== "pending" || !agent.isFirst) throw mustWait();
      if (agent.stated === null) throw new AppError("AGENT_DIRECTORY_UNKNOWN");
      const { identity } = agent.stated;
      const place = await placeDirectory(store, tenantId, identity, `agent:${agentId}`);
      const [word] = bindReply.parse(
        await store.call(
          "latchkey_agent_bind_pending",
          [keys.agent(tenantId, agentId), keys.sources(tenantId), keys.agentsApproved(tenantId)],
          place.args,
        ),
      );
      // A source that was made meanwhile is another agent's.
      if (word !== "ok") throw mustWait();
      return { source: place.number, key: identity.key };
    },
    async storeSealingKeys({ tenantId, agentId }, sealingKeys) {
      await guard(() =>
        store.redis.hset(keys.agent(tenantId, agentId), "sealingKeys", JSON.stringify(sealingKeys)),
      );
    },
    async disconnect({ tenantId, agentId, sessionId }, presenceEntry) {
      await store.call(
        "latchkey_agent_disconnect",
        [keys.agent(tenantId, agentId), keys.presence(tenantId)],
        [sessionId, agentId, presenceEntry],
      );
    },
  };
}

const mustWait = (): AppError =>
  new AppError(
    "AGENT_NOT_APPROVED",
    "The tenant has a directory already, or had an approved agent; this agent waits for approval.",
  );
