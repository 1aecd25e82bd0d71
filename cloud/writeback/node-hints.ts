/**
 * Messages about jobs to the other nodes. Each is only a hint: when one is lost, the sweep or the next read of the
 * record compensates for it within seconds. Therefore none of these functions throws.
 */
import type { Logger } from "../../shared/logger.ts";
import type { NodeBus } from "../store/node-bus.ts";
import type { ConnectedAgents } from "./submission.ts";

export interface NodeHints {
  /** Tells the other nodes that hold an agent of the tenant that a job of this source waits. */
  wakeOthers(tenantId: string, source: number): Promise<void>;
  /** Tells these nodes that the job is final. */
  tellFinal(nodes: readonly string[], tenantId: string, jobId: string): Promise<void>;
}

export interface NodeHintsDeps {
  readonly bus: Pick<NodeBus, "node" | "publish">;
  readonly connectedAgents: ConnectedAgents;
  readonly log: Logger;
}

export function createNodeHints({ bus, connectedAgents, log }: NodeHintsDeps): NodeHints {
  const others = (nodes: Iterable<string>): string[] =>
    [...new Set(nodes)].filter((node) => node !== bus.node);

  async function quietly(work: () => Promise<unknown>): Promise<void> {
    await work().catch((error: unknown) => log.debug("writeback.hint.lost", { error }));
  }

  return {
    wakeOthers: (tenantId, source) =>
      quietly(async () => {
        const nodes = others((await connectedAgents(tenantId)).map(({ node }) => node));
        await Promise.all(nodes.map((node) => bus.publish(node, { kind: "job.waiting", tenantId, source })));
      }),
    tellFinal: (nodes, tenantId, jobId) =>
      quietly(() =>
        Promise.all(others(nodes).map((node) => bus.publish(node, { kind: "job.final", tenantId, jobId }))),
      ),
  };
}
