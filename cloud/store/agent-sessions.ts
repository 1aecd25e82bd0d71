/** What a session does to its agent's record: taken, confirmed, given back. */
import { z } from "zod";
import type { AgentBody } from "../../shared/protocol/frames.ts";
import type { SealingKeyRecord } from "../../shared/sealing/job.ts";
import { AGENT_STATES, type AgentState } from "./agent-record.ts";
import { keys } from "./keys.ts";
import { guard, type Store } from "./store.ts";

/** Which session of which agent; `entry` is its line in the presence. */
export interface SessionKey {
  readonly tenantId: string;
  readonly agentId: string;
  readonly sessionId: string;
}

export type ConnectVerdict =
  | {
      readonly word: "ok";
      /** To be given to the agent in the welcome. */
      readonly generation: number;
      readonly approved: boolean;
      /** The session that this one replaces; null when there was none. */
      readonly previous: { readonly node: string; readonly sessionId: string } | null;
      /** Sessions that replaced a live one within ten minutes. */
      readonly swaps: number;
    }
  /** `copy`: the generation is an old one; the agent is locked now. */
  | { readonly word: "missing" | "replayed" | "revoked" | "locked" | "copy" };

export interface AgentSessions {
  /** Call it with a verified proof only. */
  connect(
    key: SessionKey,
    proof: { readonly nonce: string; readonly nonceLifeMs: number; readonly generation: number },
    node: string,
  ): Promise<ConnectVerdict>;
  /** Confirms the generation. `superseded`: another session has taken the agent over meanwhile; nothing was written. */
  ready(key: SessionKey, facts: AgentBody<"ready">): Promise<AgentState | "superseded">;
  storeSealingKeys(key: SessionKey, sealingKeys: readonly SealingKeyRecord[]): Promise<void>;
  disconnect(key: SessionKey, presenceEntry: string): Promise<void>;
}

const connectReply = z.union([
  z.tuple([z.literal("ok"), z.number(), z.enum(["pending", "approved"]), z.string(), z.string(), z.number()]),
  z.tuple([z.enum(["missing", "replayed", "revoked", "locked", "copy"])]),
]);
const readyReply = z.tuple([z.enum([...AGENT_STATES, "superseded"])]);

export function createAgentSessions(store: Store): AgentSessions {
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
          ],
          [agentId, nonceLifeMs, generation, sessionId, node],
        ),
      );
      if (reply[0] !== "ok") return { word: reply[0] };
      const [word, given, state, previousNode, previousSession, swaps] = reply;
      return {
        word,
        generation: given,
        approved: state === "approved",
        previous: previousSession === "" ? null : { node: previousNode, sessionId: previousSession },
        swaps,
      };
    },
    async ready({ tenantId, agentId, sessionId }, { version, writebackEnabled, directory, sealingKeys }) {
      const [word] = readyReply.parse(
        await store.call(
          "latchkey_agent_ready",
          [keys.agent(tenantId, agentId)],
          [
            sessionId,
            "version",
            version,
            "writebackEnabled",
            String(writebackEnabled),
            "directory",
            JSON.stringify(directory),
            "sealingKeys",
            JSON.stringify(sealingKeys),
          ],
        ),
      );
      return word;
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
