/**
 * Messages between cloud nodes. They are only hints, since any of them may be lost: code that must be certain also
 * reads the record. Each carries a MAC over its channel and its time, because anything that can write to Redis can publish:
 * a question about an account or its answer must come from a node.
 */
import { z } from "zod";
import { accountViewSchema, signInVerdictSchema } from "../../shared/account.ts";
import { type Clock, systemClock } from "../../shared/clock.ts";
import { MINUTE_MS } from "../../shared/durations.ts";
import { ERROR_CODES } from "../../shared/errors.ts";
import { agentIdSchema, jobIdSchema, tenantIdSchema, ulidSchema } from "../../shared/ids.ts";
import { parseJson } from "../../shared/parse-json.ts";
import { accountLookSchema, accountSignInSchema, syncRequestSchema } from "../../shared/protocol/frames.ts";
import type { Closable } from "../../shared/shutdown.ts";
import { sourceNumberSchema } from "../../shared/source.ts";
import { createTtlCache } from "../ttl-cache.ts";
import { parseAuthentic, printAuthentic } from "./authentic.ts";
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

/** Age from which a message is not believed. The clocks of the nodes may differ by this much. */
const MAX_AGE_MS = 2 * MINUTE_MS;
/** Questions that one node remembers, so that none is asked twice: more than it gets within twice that age. */
const MAX_QUESTIONS = 50_000;

const signedSchema = z.strictObject({ sentAt: z.int(), message: nodeMessageSchema });

export async function openNodeBus(
  store: Store,
  node: string,
  clock: Pick<Clock, "now" | "monotonicMs"> = systemClock,
): Promise<NodeBus> {
  const handlers = new Set<(message: NodeMessage) => void>();
  const questions = createTtlCache<string, true>({
    ttlMs: 2 * MAX_AGE_MS,
    maxEntries: MAX_QUESTIONS,
    clock,
  });

  /**
   * A message that is sent again: a question is asked once, an answer counts once (its caller waits for its id once), and the
   * other messages only make a node look.
   */
  const isRepeated = (message: NodeMessage): boolean => {
    if (message.kind !== "agent.asked") return false;
    if (questions.get(message.callId) !== undefined) return true;
    questions.set(message.callId, true);
    return false;
  };

  const receive = (channel: string, value: string): void => {
    const record = { kind: "node_message", tenantId: null, key: channel } as const;
    let text: string;
    try {
      text = parseAuthentic(store, record, value);
    } catch {
      return; // reported
    }
    const parsed = signedSchema.safeParse(parseJson(text));
    if (!parsed.success) return; // of a node of another version
    const { sentAt, message } = parsed.data;
    if (Math.abs(clock.now() - sentAt) > MAX_AGE_MS || isRepeated(message)) {
      store.refusals.refuse(record);
      return;
    }
    for (const handler of handlers) handler(message);
  };

  const send = async (channel: string, message: NodeMessage): Promise<void> => {
    const text = JSON.stringify({ sentAt: clock.now(), message });
    await store.redis.publish(channel, printAuthentic(store, channel, text));
  };

  const stops = await Promise.all(
    [channels.node(node), channels.everyNode].map((channel) =>
      store.subscribe(channel, (value) => receive(channel, value)),
    ),
  );
  return {
    node,
    publish: (to, message) => send(channels.node(to), message),
    publishToAll: (message) => send(channels.everyNode, message),
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
