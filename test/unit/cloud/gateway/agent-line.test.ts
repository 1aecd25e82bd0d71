import { expect } from "chai";
import { type AgentLine, startAgentLine } from "../../../../cloud/gateway/agent-line.ts";
import type { NodeBus, NodeMessage } from "../../../../cloud/store/node-bus.ts";
import { AppError } from "../../../../shared/errors.ts";
import { newId } from "../../../../shared/ids.ts";
import { silentLogger } from "../../../../shared/logger.ts";
import { rejection } from "../../../support/rejection.ts";

const TENANT = "contoso";
const AGENT = newId();
const LOOK = { userId: "0".repeat(32), groups: [] };
const RUN = { runId: newId(), policy: "delta", dryRun: false, user: null } as const;

describe("the line to an agent", () => {
  let approved: boolean;
  let answer: () => Promise<unknown>;
  let lines: AgentLine[];
  let asker: AgentLine;
  beforeEach(() => {
    approved = true;
    answer = () => Promise.resolve({ v: 1, n: 1, id: "1", type: "ack", body: {} });
    const session = (_tenantId: string, agentId: string) =>
      agentId === AGENT
        ? {
            approved,
            source: 1,
            directory: { dialect: null, server: null, healthy: true, stated: null },
            request: (() => answer()) as never,
          }
        : undefined;
    const buses = busesOf("one", "two");
    lines = buses.map((bus) =>
      startAgentLine({
        bus,
        session: bus.node === "two" ? session : () => undefined,
        log: silentLogger,
      }),
    );
    [asker] = lines as [AgentLine];
  });
  afterEach(() => Promise.all(lines.map((line) => line.close())));

  const there = { agentId: AGENT, node: "two" };
  const fromEachNode = [
    ["on this node", () => lines[1] as AgentLine],
    ["on another node", () => asker],
  ] as const;

  for (const [where, line] of fromEachNode)
    describe(where, () => {
      it("brings the answer back", async () => {
        expect(await line().ask(TENANT, there, "sync.request", RUN)).to.deep.equal({});
      });

      it("gives the agent's own error", async () => {
        answer = () => Promise.reject(new AppError("RATE_LIMITED", "Too many runs wait."));

        expect(await rejection(line().ask(TENANT, there, "sync.request", RUN))).to.include({
          code: "RATE_LIMITED",
          message: "Too many runs wait.",
        });
      });

      it("asks an agent without approval for runs, and not about accounts", async () => {
        approved = false;

        await line().ask(TENANT, there, "sync.request", RUN);
        const refused = await rejection(line().ask(TENANT, there, "account.look", LOOK));

        expect(refused).to.include({ code: "AGENT_OFFLINE" });
      });

      it("refuses the answer to another question", async () => {
        const refused = await rejection(line().ask(TENANT, there, "account.look", LOOK));

        expect(refused).to.include({ code: "PROTOCOL_INVALID_FRAME" });
      });

      it("says that an agent is offline when its node does not have it", async () => {
        const gone = { agentId: newId(), node: "two" };

        expect(await rejection(line().ask(TENANT, gone, "sync.request", RUN))).to.include({
          code: "AGENT_OFFLINE",
        });
      });
    });

  it("ends open questions when the node stops", async () => {
    answer = () => new Promise(() => undefined);
    const asking = rejection(asker.ask(TENANT, there, "sync.request", RUN));
    await asker.close();

    expect(await asking).to.include({ code: "LINK_CLOSED" });
  });
});

/** Buses of nodes that share one process. */
function busesOf(...nodes: readonly string[]): NodeBus[] {
  const handlers = new Map<string, (message: NodeMessage) => void>();
  return nodes.map((node) => ({
    node,
    publish(to, message) {
      setImmediate(() => handlers.get(to)?.(JSON.parse(JSON.stringify(message)) as NodeMessage));
      return Promise.resolve();
    },
    publishToAll: () => Promise.resolve(),
    onMessage(handler) {
      handlers.set(node, handler);
      return () => handlers.delete(node);
    },
    close: () => Promise.resolve(),
  }));
}
