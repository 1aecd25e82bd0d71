/** Asks a connected agent for a run, wherever it is connected. */
import { AppError, toAppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import type { CloudBody } from "../../shared/protocol/frames.ts";
import type { Closable } from "../../shared/shutdown.ts";
import type { NodeBus, NodeMessage } from "../store/node-bus.ts";

/** A session on this node. */
export interface CallableSession {
  request(
    type: "sync.request",
    body: CloudBody<"sync.request">,
    expected: readonly ["ack"],
    timeoutMs: number,
  ): Promise<unknown>;
}

export interface AgentPlace {
  readonly agentId: string;
  readonly node: string;
}

export interface AgentCaller extends Closable {
  /** Tries them in order until one takes it; one on another node is taken at its node's word. Throws why the last did not. */
  call(tenantId: string, agents: readonly AgentPlace[], body: CloudBody<"sync.request">): Promise<void>;
}

export interface AgentCallerDeps {
  readonly bus: NodeBus;
  readonly session: (tenantId: string, agentId: string) => CallableSession | undefined;
  /** An agent here did not take the run that another node asked for. */
  readonly onRefused: (tenantId: string, runId: string, error: AppError) => Promise<unknown>;
  readonly log: Logger;
}

const ANSWER_TIMEOUT_MS = 5_000;

export function createAgentCaller({ bus, session, onRefused, log }: AgentCallerDeps): AgentCaller {
  async function callHere(tenantId: string, agentId: string, body: CloudBody<"sync.request">): Promise<void> {
    const here = session(tenantId, agentId);
    if (here === undefined) throw new AppError("AGENT_OFFLINE");
    await here.request("sync.request", body, ["ack"], ANSWER_TIMEOUT_MS);
  }

  async function onRequested(message: Extract<NodeMessage, { kind: "sync.requested" }>): Promise<void> {
    const { tenantId, agentId, runId, policy, dryRun, user } = message;
    try {
      await callHere(tenantId, agentId, { runId, policy, dryRun, user });
    } catch (error) {
      await onRefused(tenantId, runId, toAppError(error));
    }
  }

  const unsubscribe = bus.onMessage((message) => {
    if (message.kind !== "sync.requested") return;
    onRequested(message).catch((error: unknown) =>
      log.warn("sync.request.failed", { tenantId: message.tenantId, runId: message.runId, error }),
    );
  });

  return {
    async call(tenantId, agents, body) {
      let fault = new AppError("AGENT_OFFLINE");
      for (const { agentId, node } of agents)
        try {
          if (node === bus.node) await callHere(tenantId, agentId, body);
          else await bus.publish(node, { kind: "sync.requested", tenantId, agentId, ...body });
          return;
        } catch (error) {
          fault = toAppError(error);
        }
      throw fault;
    },
    close() {
      unsubscribe();
      return Promise.resolve();
    },
  };
}
