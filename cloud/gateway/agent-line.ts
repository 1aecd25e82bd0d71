/**
 * Sends a request to one connected agent, whichever node it is connected to. For an agent of another node, request and
 * answer are the bus messages `agent.asked` and `agent.answered`. Either may be lost; the caller then gets a time-out.
 */
import { AppError, toAppError } from "../../shared/errors.ts";
import { newId } from "../../shared/ids.ts";
import type { Logger } from "../../shared/logger.ts";
import type { AgentBody, CloudBody } from "../../shared/protocol/frames.ts";
import type { Closable } from "../../shared/shutdown.ts";
import type { NodeBus, NodeMessage } from "../store/node-bus.ts";
import type { AgentPlace } from "../store/presence.ts";
import type { AgentSession } from "./agent-session.ts";

type Asked = Extract<NodeMessage, { kind: "agent.asked" }>;
type Question = Asked["question"];
type Answer = Extract<NodeMessage, { kind: "agent.answered" }>["answer"];

/** The frame that answers each request. */
interface AnswerTypes {
  "account.look": "account.seen";
  "account.sign_in": "account.signed_in";
  "sync.request": "ack";
}
const ANSWER_TYPES = {
  "account.look": "account.seen",
  "account.sign_in": "account.signed_in",
  "sync.request": "ack",
} as const satisfies { readonly [T in Question["type"]]: AnswerTypes[T] };

export interface AgentLine extends Closable {
  /**
   * Throws the agent's error, TIMEOUT, and AGENT_OFFLINE or LINK_CLOSED when the agent is not connected (any more). After
   * TIMEOUT and LINK_CLOSED it is not known whether the agent acted.
   */
  ask<T extends Question["type"]>(
    tenantId: string,
    agent: AgentPlace,
    type: T,
    body: CloudBody<T>,
  ): Promise<AgentBody<AnswerTypes[T]>>;
}

export interface AgentLineDeps {
  readonly bus: NodeBus;
  /** The agent's session on this node. */
  readonly session: (
    tenantId: string,
    agentId: string,
  ) => Pick<AgentSession, "approved" | "request" | "source" | "directory"> | undefined;
  readonly log: Logger;
}

const ANSWER_TIMEOUT_MS = 5_000;
/**
 * Time-out on the agent's node. It is shorter than the caller's, so that the report of a slow agent arrives before the
 * caller's own time-out.
 */
const FORWARDED_TIMEOUT_MS = 4_500;

interface Call {
  readonly resolve: (answer: Answer) => void;
  readonly timer: NodeJS.Timeout;
}

export function startAgentLine({ bus, session, log }: AgentLineDeps): AgentLine {
  const calls = new Map<string, Call>();

  async function askHere(
    tenantId: string,
    agentId: string,
    question: Question,
    timeoutMs: number,
  ): Promise<Answer> {
    const here = session(tenantId, agentId);
    // The first agent of a tenant may sync before its approval, but gets requests about accounts only afterwards.
    if (here === undefined || !(here.approved || question.type === "sync.request"))
      throw new AppError("AGENT_OFFLINE");
    if (here.source === null && here.approved)
      throw new AppError(
        here.directory.stated === null ? "DIRECTORY_UNAVAILABLE" : "AGENT_OFFLINE",
        here.directory.stated === null
          ? "The agent has not reached its directory yet."
          : "The agent serves another directory than its source.",
      );
    switch (question.type) {
      case "account.look":
        return here.request(question.type, question.body, ["account.seen"], timeoutMs);
      case "account.sign_in":
        return here.request(question.type, question.body, ["account.signed_in"], timeoutMs);
      case "sync.request":
        return here.request(question.type, question.body, ["ack"], timeoutMs);
    }
  }

  async function askThere(
    tenantId: string,
    { agentId, node }: AgentPlace,
    question: Question,
  ): Promise<Answer> {
    const callId = newId();
    const answered = new Promise<Answer>((resolve) => {
      const late = new AppError("TIMEOUT", `No answer to ${question.type} within ${ANSWER_TIMEOUT_MS} ms.`);
      const timer = setTimeout(() => settle(callId, errorAnswer(late)), ANSWER_TIMEOUT_MS);
      calls.set(callId, { resolve, timer });
    });
    try {
      await bus.publish(node, { kind: "agent.asked", callId, from: bus.node, tenantId, agentId, question });
    } catch (error) {
      settle(callId, errorAnswer(error));
    }
    return answered;
  }

  function settle(callId: string, answer: Answer): void {
    const call = calls.get(callId);
    if (call === undefined) return;
    calls.delete(callId);
    clearTimeout(call.timer);
    call.resolve(answer);
  }

  async function answerFor({ callId, from, tenantId, agentId, question }: Asked): Promise<void> {
    const answer = await askHere(tenantId, agentId, question, FORWARDED_TIMEOUT_MS).then(
      ({ type, body }) => ({ type, body }) as Answer, // without the id and time of the frame
      errorAnswer,
    );
    await bus.publish(from, { kind: "agent.answered", callId, answer });
  }

  const unsubscribe = bus.onMessage((message) => {
    if (message.kind === "agent.answered") settle(message.callId, message.answer);
    else if (message.kind === "agent.asked")
      void answerFor(message).catch((error: unknown) =>
        log.warn("gateway.answer.not_sent", { tenantId: message.tenantId, node: message.from, error }),
      );
  });

  return {
    async ask(tenantId, agent, type, body) {
      const question = { type, body } as Question;
      const answer =
        agent.node === bus.node
          ? await askHere(tenantId, agent.agentId, question, ANSWER_TIMEOUT_MS)
          : await askThere(tenantId, agent, question);
      if (answer.type === "error") throw new AppError(answer.body.code, answer.body.message);
      if (answer.type !== ANSWER_TYPES[type])
        throw new AppError("PROTOCOL_INVALID_FRAME", `${answer.type} is no answer to ${type}.`);
      return answer.body as AgentBody<AnswerTypes[typeof type]>;
    },
    close() {
      unsubscribe();
      const stopping = errorAnswer(new AppError("LINK_CLOSED", "This node stops."));
      for (const callId of [...calls.keys()]) settle(callId, stopping);
      return Promise.resolve();
    },
  };
}

function errorAnswer(error: unknown): Extract<Answer, { type: "error" }> {
  const { code, message } = toAppError(error);
  return { type: "error", body: { code, message: message.slice(0, 1024) } };
}
