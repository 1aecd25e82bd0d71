/**
 * Messages between cloud nodes. They are only hints, since any of them may be lost: code that must be certain also
 * reads the record.
 */
import { z } from "zod";
import { accountViewSchema, signInVerdictSchema } from "../../shared/account.ts";
import { ERROR_CODES } from "../../shared/errors.ts";
import { agentIdSchema, jobIdSchema, tenantIdSchema, ulidSchema } from "../../shared/ids.ts";
import { parseJson } from "../../shared/parse-json.ts";
import { accountLookSchema, accountSignInSchema, syncRequestSchema } from "../../shared/protocol/frames.ts";
import type { Closable } from "../../shared/shutdown.ts";
import { sourceNumberSchema } from "../../shared/source.ts";
import { channels } from "./keys.ts";
import type { Store } from "./store.ts";

const nodeMessageSchema = z.discriminatedUnion("kind", [
  /** A job waits in the queue of this source. */
  z.strictObject({ kind: z.literal("job.waiting"), tenantId: tenantIdSchema, source: sourceNumberSchema }),
  /** A job reached a final state. Requests that wait for it read the record. */
  z.strictObject({ kind: z.literal("job.final"), tenantId: tenantIdSchema, jobId: jobIdSchema }),
  /** The agent was approved, revoked or locked: its session must act on it. */
  z.strictObject({ kind: z.literal("agent.changed"), tenantId: tenantIdSchema, agentId: agentIdSchema }),
  /** The agent has connected to another node, so its session here ends. */
  z.strictObject({
    kind: z.literal("agent.moved"),
    tenantId: tenantIdSchema,
    agentId: agentIdSchema,
    sessionId: z.string(),
  }),

  // ---- A question to an agent that is connected to another node, and its answer --------------------------------------

  z.strictObject({
    kind: z.literal("agent.asked"),
    callId: ulidSchema,
    /** The node that waits for the answer. */
    from: z.string().min(1).max(64),
    tenantId: tenantIdSchema,
    agentId: agentIdSchema,
    question: z.discriminatedUnion("type", [
      z.strictObject({ type: z.literal("account.look"), body: accountLookSchema }),
      z.strictObject({ type: z.literal("account.sign_in"), body: accountSignInSchema }),
      z.strictObject({ type: z.literal("sync.request"), body: syncRequestSchema }),
    ]),
  }),
  z.strictObject({
    kind: z.literal("agent.answered"),
    callId: ulidSchema,
    answer: z.discriminatedUnion("type", [
      z.strictObject({ type: z.literal("account.seen"), body: accountViewSchema }),
      z.strictObject({ type: z.literal("account.signed_in"), body: signInVerdictSchema }),
      z.strictObject({ type: z.literal("ack"), body: z.strictObject({}) }),
      z.strictObject({
        type: z.literal("error"),
        body: z.strictObject({ code: z.enum(ERROR_CODES), message: z.string().max(1024) }),
      }),
    ]),
  }),
]);
export type NodeMessage = z.infer<typeof nodeMessageSchema>;

export interface NodeBus extends Closable {
  readonly node: string;
  /** Sends a message to one node. */
  publish(node: string, message: NodeMessage): Promise<void>;
  /** Sends a message to every node, including this one. */
  publishToAll(message: NodeMessage): Promise<void>;
  /** Calls the handler with every message until the returned function is called. */
  onMessage(handler: (message: NodeMessage) => void): () => void;
}

export async function openNodeBus(store: Store, node: string): Promise<NodeBus> {
  const handlers = new Set<(message: NodeMessage) => void>();
  const receive = (text: string): void => {
    const parsed = nodeMessageSchema.safeParse(parseJson(text));
    if (parsed.success) for (const handler of handlers) handler(parsed.data);
  };
  const stops = await Promise.all(
    [channels.node(node), channels.everyNode].map((channel) => store.subscribe(channel, receive)),
  );
  return {
    node,
    async publish(to, message) {
      await store.redis.publish(channels.node(to), JSON.stringify(message));
    },
    async publishToAll(message) {
      await store.redis.publish(channels.everyNode, JSON.stringify(message));
    },
    onMessage(handler) {
      handlers.add(handler);
      return () => handlers.delete(handler);
    },
    async close() {
      handlers.clear();
      await Promise.all(stops.map((stop) => stop()));
    },
  };
}
