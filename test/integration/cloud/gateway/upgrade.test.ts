import { expect } from "chai";
import type { AuditEvent } from "../../../../cloud/audit/audit.ts";
import { newId } from "../../../../shared/ids.ts";
import { type FakeAgent, type FakeLink } from "../../../support/fake-agent.ts";
import { type GatewayNode, startGatewayNode } from "../../../support/gateway-node.ts";
import { rawUpgrade } from "../../../support/raw-upgrade.ts";
import { startRedis } from "../../../support/redis.ts";
import { sharedRedis } from "../../../support/redis.ts";
import { waitFor } from "../../../support/wait-for.ts";

describe("the gateway", () => {
  let node: GatewayNode;
  before(async () => {
    node = await startGatewayNode({ connection: (await sharedRedis()).connection });
  });
  after(() => node.close());

  const ready = (link: FakeLink, on = node): Promise<unknown> => on.untilReady(link);
  const auditOf = (agent: FakeAgent, on = node): AuditEvent[] => on.auditOf(agent);

  describe("the upgrade", () => {
    it("connects an agent that proves itself", async () => {
      const agent = await node.newAgent();
      const link = await agent.connect();
      await ready(link);

      expect(link.welcome).to.include({
        agentId: agent.agentId,
        approved: true,
        generation: 1,
        node: node.node,
      });
      const session = node.gateway.session(agent.tenantId, agent.agentId);
      expect(session).to.include({ credits: 8, writebackEnabled: true, version: "0.0.0" });
      expect(await node.gateway.connectedAgents(agent.tenantId)).to.deep.equal([
        {
          agentId: agent.agentId,
          node: node.node,
          sessionId: link.welcome.sessionId,
          approved: true,
          writebackEnabled: true,
          source: 1,
        },
      ]);
      await link.close();
      await waitFor("the session to be gone", () => node.gateway.sessions(agent.tenantId).length === 0);
      await waitFor(
        "its presence to be gone",
        async () => (await node.gateway.connectedAgents(agent.tenantId)).length === 0,
      );
      expect(auditOf(agent).map(({ action }) => action)).to.include.members([
        "agent.connected",
        "agent.disconnected",
      ]);
    });

    const REFUSALS: readonly {
      readonly what: string;
      readonly status: number;
      readonly options: Parameters<FakeAgent["refusedWith"]>[0];
    }[] = [
      {
        what: "a browser (any Origin, T-27)",
        status: 403,
        options: { headers: { origin: "https://evil.example" } },
      },
      { what: "another subprotocol", status: 400, options: { protocols: ["chat"] } },
      { what: "no proof", status: 401, options: { authorization: "" } },
      { what: "a proof that is no JSON", status: 401, options: { authorization: "Latchkey e30" } },
      {
        what: "a proof of 7 KiB",
        status: 401,
        options: { authorization: `Latchkey ${"A".repeat(7000)}` },
      },
      { what: "another protocol version", status: 426, options: { proof: { version: 2 } } },
      { what: "a nonce of its own making", status: 401, options: { proof: { nonce: "A".repeat(75) } } },
      { what: "another agent", status: 401, options: { proof: { agentId: newId() } } },
      { what: "another tenant", status: 401, options: { proof: { tenantId: "other" } } },
      {
        what: "a proof made for another cloud",
        status: 401,
        options: { proof: { audience: "evil.example" } },
      },
      { what: "a wrong signature", status: 401, options: { proof: { signature: "A".repeat(86) } } },
    ];
    for (const { what, status, options } of REFUSALS)
      it(`refuses ${what}`, async () => {
        const agent = await node.newAgent();

        const refusal = await agent.refusedWith(options);

        expect(refusal.status).to.equal(status);
        expect(Object.keys(JSON.parse(refusal.body) as object)).to.deep.equal(["code", "message"]);
        const link = await agent.connect(); // and no harm is done to the agent itself
        await link.close();
      });

    it("takes a proof once", async () => {
      const agent = await node.newAgent();
      const authorization = await agent.authorize();
      const link = await agent.dial({ authorization });

      expect((await agent.refusedWith({ authorization })).status).to.equal(401);
      await waitFor("the audit", () =>
        auditOf(agent).some(
          ({ outcome, details }) => outcome === "refused" && details?.["why"] === "replayed",
        ),
      );
      await link.close();
    });

    it("takes a nonce of another node, once among all nodes", async () => {
      const { connection } = await sharedRedis();
      const other = await startGatewayNode({ connection, serviceKey: node.serviceKey });
      try {
        const agent = await node.newAgent();
        const authorization = await agent.authorize();
        const link = await agent.dial({ authorization, url: other.url });
        expect((await agent.refusedWith({ authorization })).status).to.equal(401);
        await link.close();
      } finally {
        await other.close();
      }
    });

    it("refuses upgrades to any other path", async () => {
      const agent = await node.newAgent();
      const status = await rawUpgrade(node.port, "/elsewhere", await agent.authorize());
      expect(status).to.equal(404);
    });

    it("answers 503 and comes back when Redis does", async function () {
      this.timeout(80_000);
      const redis = await startRedis();
      const own = await startGatewayNode({ connection: redis.connection });
      try {
        const agent = await own.newAgent();
        await redis.kill();
        expect((await agent.refusedWith()).status).to.equal(503);
        await redis.restart();
        const link = await waitFor("the agent to connect again", () => agent.connect());
        await ready(link, own);
        await link.close();
      } finally {
        await own.close();
        await redis.stop();
      }
    });
  });

  describe("the generation", () => {
    it("goes up with every connection", async () => {
      const agent = await node.newAgent();
      for (const expected of [1, 2, 3]) {
        const link = await agent.connect();
        await ready(link);
        expect(link.welcome.generation).to.equal(expected);
        await link.close();
      }
    });

    it("is given again when the welcome was lost, any number of times", async () => {
      const agent = await node.newAgent();
      for (let attempt = 0; attempt < 3; attempt++) {
        const lost = await agent.dial();
        expect(lost.welcome.generation).to.equal(1);
        agent.generation = 0;
        await lost.close();
      }
      const link = await agent.connect();
      await ready(link);
      expect(link.welcome.generation).to.equal(1);
      await link.close();
    });

    it("locks an agent whose copy connects, and ends the original's link (T-19)", async () => {
      const agent = await node.newAgent();
      const first = await agent.connect();
      await ready(first);
      await first.close();
      const link = await agent.connect();
      await ready(link);

      const refusal = await agent.refusedWith({ proof: { generation: 1 } });

      expect(refusal.status).to.equal(403);
      expect(JSON.parse(refusal.body)).to.include({ code: "AGENT_LOCKED" });
      expect((await link.closed).code).to.equal(4403);
      expect((await node.agents.get(agent.tenantId, agent.agentId)).state).to.equal("locked");
      expect(auditOf(agent).map(({ action }) => action)).to.include("agent.locked");
      expect((await agent.refusedWith()).status).to.equal(403);
    });

    it("is taken when it is a little higher, since the store may have lost its last writes, and not far above", async () => {
      const agent = await node.newAgent();
      agent.generation = 3;
      const link = await agent.connect();
      await ready(link);
      expect(link.welcome.generation).to.equal(4);
      await link.close();

      const refusal = await agent.refusedWith({ proof: { generation: 8 } });

      expect(JSON.parse(refusal.body)).to.include({ code: "AGENT_AHEAD" });
      expect((await node.agents.get(agent.tenantId, agent.agentId)).state).to.equal("approved");
    });
  });
});
