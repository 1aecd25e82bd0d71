/** Asks one connected agent about an account, wherever it is connected. */
import type { AccountView, SignInVerdict } from "../../shared/account.ts";
import { AppError, toAppError } from "../../shared/errors.ts";
import { newId } from "../../shared/ids.ts";
import type { Logger } from "../../shared/logger.ts";
import type { CloudBody } from "../../shared/protocol/frames.ts";
import type { Closable } from "../../shared/shutdown.ts";
import type { AgentSession } from "../gateway/agent-session.ts";
import type { NodeBus, NodeMessage } from "../store/node-bus.ts";

export interface AgentPlace {
  readonly agentId: string;
  readonly node: string;
}

type Question = Extract<NodeMessage, { kind: "account.asked" }>["question"];
type Answer = Extract<NodeMessage, { kind: "account.answered" }>["answer"];

export interface AgentQuestions extends Closable {
  /** Throws the agent's error, TIMEOUT, and AGENT_OFFLINE or LINK_CLOSED when it is not there (any more). */
  look(tenantId: string, agent: AgentPlace, body: CloudBody<"account.look">): Promise<AccountView>;
  /** The same. */
  signIn(tenantId: string, agent: AgentPlace, body: CloudBody<"account.sign_in">): Promise<SignInVerdict>;
}

export interface AgentQuestionsDeps {
  readonly bus: NodeBus;
  /** On this node. */
  readonly session: (
    tenantId: string,
    agentId: string,
  ) => Pick<AgentSession, "approved" | "request"> | undefined;
  readonly log: Logger;
}

const ANSWER_TIMEOUT_MS = 5_000;
/** The other node answers first, so that its word of a slow agent arrives. */
const FORWARDED_TIMEOUT_MS = 4_500;

interface Call {
  readonly resolve: (answer: Answer) => void;
  readonly timer: NodeJS.Timeout;
}

export function createAgentQuestions({ bus, session, log }: AgentQuestionsDeps): AgentQuestions {
  const calls = new Map<string, Call>();

  function askHere(
    tenantId: string,
    agentId: string,
    question: Question,
    timeoutMs: number,
  ): Promise<Answer> {
    const here = session(tenantId, agentId);
    if (here?.approved !== true) throw new AppError("AGENT_OFFLINE");
    return question.type === "account.look"
      ? here.request("account.look", question.body, ["account.seen"], timeoutMs)
      : here.request("account.sign_in", question.body, ["account.signed_in"], timeoutMs);
  }

  /** A message between nodes may be lost: then the time is up. */
  async function askThere(
    tenantId: string,
    { agentId, node }: AgentPlace,
    question: Question,
  ): Promise<Answer> {
    const callId = newId();
    const answered = new Promise<Answer>((resolve) => {
      const late: Answer = {
        type: "error",
        body: { code: "TIMEOUT", message: `No answer to ${question.type} within ${ANSWER_TIMEOUT_MS} ms.` },
      };
      calls.set(callId, { resolve, timer: setTimeout(() => settle(callId, late), ANSWER_TIMEOUT_MS) });
    });
    try {
      await bus.publish(node, { kind: "account.asked", callId, from: bus.node, tenantId, agentId, question });
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

  async function answerFor(message: Extract<NodeMessage, { kind: "account.asked" }>): Promise<void> {
    const { callId, from, tenantId, agentId, question } = message;
    const answer = await (async () => askHere(tenantId, agentId, question, FORWARDED_TIMEOUT_MS))().then(
      ({ type, body }) => ({ type, body }) as Answer,
      errorAnswer,
    );
    await bus.publish(from, { kind: "account.answered", callId, answer });
  }

  const unsubscribe = bus.onMessage((message) => {
    if (message.kind === "account.answered") settle(message.callId, message.answer);
    else if (message.kind === "account.asked")
      void answerFor(message).catch((error: unknown) =>
        log.warn("account.answer.not_sent", { tenantId: message.tenantId, node: message.from, error }),
      );
  });

  async function ask(tenantId: string, agent: AgentPlace, question: Question): Promise<Answer> {
    const answer =
      agent.node === bus.node
        ? await askHere(tenantId, agent.agentId, question, ANSWER_TIMEOUT_MS)
        : await askThere(tenantId, agent, question);
    if (answer.type === "error") throw new AppError(answer.body.code, answer.body.message);
    return answer;
  }

  const unexpected = (answer: Answer): AppError =>
    new AppError("PROTOCOL_INVALID_FRAME", `${answer.type} is no answer to this.`);

  return {
    async look(tenantId, agent, body) {
      const answer = await ask(tenantId, agent, { type: "account.look", body });
      if (answer.type !== "account.seen") throw unexpected(answer);
      return answer.body;
    },
    async signIn(tenantId, agent, body) {
      const answer = await ask(tenantId, agent, { type: "account.sign_in", body });
      if (answer.type !== "account.signed_in") throw unexpected(answer);
      return answer.body;
    },
    close() {
      unsubscribe();
      const gone = new AppError("LINK_CLOSED", "This node stops.");
      for (const callId of [...calls.keys()]) settle(callId, errorAnswer(gone));
      return Promise.resolve();
    },
  };
}

function errorAnswer(error: unknown): Extract<Answer, { type: "error" }> {
  const { code, message } = toAppError(error);
  return { type: "error", body: { code, message: message.slice(0, 1024) } };
}
