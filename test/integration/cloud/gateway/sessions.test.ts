import { expect } from "chai";
import type { AuditEvent } from "../../../../cloud/audit/audit.ts";
import { AppError } from "../../../../shared/errors.ts";
import { newId } from "../../../../shared/ids.ts";
import { FIRST_RECEIPT, hashReceipt, type Receipt, signReceipt } from "../../../../shared/sealing/receipt.ts";
import { generateSigningKey } from "../../../../shared/sealing/signing-key.ts";
import { makeVerdict } from "../../../../shared/writeback.ts";
import { type FakeAgent, type FakeLink, makeSealingKeys } from "../../../support/fake-agent.ts";
import { type GatewayNode, newTenantId, startGatewayNode } from "../../../support/gateway-node.ts";
import { sharedRedis } from "../../../support/redis.ts";
import { rejection } from "../../../support/rejection.ts";
import { waitFor } from "../../../support/wait-for.ts";

describe("the gateway", () => {
  let node: GatewayNode;
  before(async () => {
    node = await startGatewayNode({ connection: (await sharedRedis()).connection });
  });
  after(() => node.close());

  const ready = (link: FakeLink, on = node): Promise<unknown> => on.untilReady(link);
  const auditOf = (agent: FakeAgent, on = node): AuditEvent[] => on.auditOf(agent);

  describe("sessions", () => {
    it("ends the older of two sessions of one agent", async () => {
      const agent = await node.newAgent();
      const older = await agent.connect();
      await ready(older);
      const newer = await agent.connect();

      expect((await older.closed).code).to.equal(4409);
      await ready(newer);
      expect(node.gateway.sessions(agent.tenantId).map(({ sessionId }) => sessionId)).to.deep.equal([
        newer.welcome.sessionId,
      ]);
      await newer.close();
    });

    it("ends the older one on another node too, and knows where the agent is", async () => {
      const { connection } = await sharedRedis();
      const other = await startGatewayNode({ connection, serviceKey: node.serviceKey });
      try {
        const agent = await node.newAgent();
        const older = await agent.connect();
        await ready(older);
        const newer = await agent.connect({}, { url: other.url });

        expect((await older.closed).code).to.equal(4409);
        await ready(newer, other);
        for (const anywhere of [node, other])
          expect(
            (await anywhere.gateway.connectedAgents(agent.tenantId)).map((found) => found.node),
          ).to.deep.equal([other.node]);
        await newer.close();
      } finally {
        await other.close();
      }
    });

    it("finds out without the message that the agent has moved or was revoked", async () => {
      const { connection } = await sharedRedis();
      const deaf = await startGatewayNode({
        connection,
        serviceKey: node.serviceKey,
        timings: { recheckEveryMs: 50 },
      });
      try {
        const moved = await node.newAgent();
        const revoked = await node.newAgent();
        const links = [
          await moved.connect({}, { url: deaf.url }),
          await revoked.connect({}, { url: deaf.url }),
        ];
        await Promise.all(links.map((link) => ready(link, deaf)));
        // Only the records change, as if every message had been lost.
        const record = (agent: FakeAgent): string => `lk:{${agent.tenantId}}:agent:${agent.agentId}`;
        await node.store.redis.hset(record(moved), "sessionId", newId());
        await node.store.redis.hset(record(revoked), "state", "revoked");

        expect((await Promise.all(links.map((link) => link.closed))).map(({ code }) => code)).to.deep.equal([
          4409, 4403,
        ]);
      } finally {
        await deaf.close();
      }
    });

    it("ends within a second when the agent is revoked, from any node (T-19)", async () => {
      const { connection } = await sharedRedis();
      const other = await startGatewayNode({ connection, serviceKey: node.serviceKey });
      try {
        const agent = await node.newAgent();
        const link = await agent.connect();
        await ready(link);
        const startedAt = performance.now();
        await other.agentApproval.revoke(agent.tenantId, agent.agentId, "key:1");

        expect((await link.closed).code).to.equal(4403);
        expect(performance.now() - startedAt).to.be.below(1000);
        const refusal = await agent.refusedWith();
        expect(refusal.status).to.equal(403);
        expect(JSON.parse(refusal.body)).to.include({ code: "AGENT_REVOKED" });
        const again = await rejection(
          node.agentApproval.approve(agent.tenantId, agent.agentId, {
            fingerprint: agent.fingerprint,
            by: "key:1",
          }),
        );
        expect(again.code).to.equal("AGENT_REVOKED");
      } finally {
        await other.close();
      }
    });

    it("raises the alarm when sessions replace each other all the time", async () => {
      const agent = await node.newAgent();
      const links = [];
      for (let count = 0; count < 5; count++) links.push(await agent.connect());

      await waitFor("the alarm", () =>
        auditOf(agent).some(({ action }) => action === "agent.sessions.swapped"),
      );
      expect(auditOf(agent).filter(({ action }) => action === "agent.sessions.swapped")).to.have.length(1);
      await links.at(-1)?.close();
    });

    it("does not believe the entries of a node that died", async () => {
      const tenantId = newTenantId();
      const presence = `lk:{${tenantId}}:presence`;
      for (const place of [`${node.node}#former-life#${newId()}`, `dead-node#start#${newId()}`]) {
        const agentId = newId();
        const mac = node.store.mac.sign(`${presence} ${agentId}`, place);
        await node.store.redis.hset(presence, agentId, `${place}#${mac}`);
      }
      expect(await node.gateway.connectedAgents(tenantId)).to.deep.equal([]);
    });

    it("does not believe an entry that no node made", async () => {
      const agent = await node.newAgent();
      const link = await agent.connect();
      await ready(link, node);
      const presence = `lk:{${agent.tenantId}}:presence`;
      const own = (await node.store.redis.hget(presence, agent.agentId)) ?? "";
      await node.store.redis.set("lk:node:evil:lease", "start");
      const [, , session = "", mac = ""] = own.split("#");

      for (const forged of [`evil#start#${session}`, `evil#start#${session}#${mac}`]) {
        await node.store.redis.hset(presence, agent.agentId, forged);
        expect(await node.gateway.presentAgents(agent.tenantId), forged).to.deep.equal([]);
      }
      await node.store.redis.hset(presence, agent.agentId, own);
      expect(await node.gateway.presentAgents(agent.tenantId)).to.have.length(1);
      await link.close();
    });

    it("is told to go elsewhere by a node that drains, and closed in the end", async () => {
      const { connection } = await sharedRedis();
      const own = await startGatewayNode({ connection });
      const agent = await own.newAgent();
      const link = await agent.connect();
      await ready(link, own);

      own.gateway.drain();

      expect((await link.next("goaway")).body.reconnectWithinMs).to.be.within(1, 60_000);
      expect(own.gateway.session(agent.tenantId, agent.agentId)?.credits).to.equal(0);
      const refusal = await agent.refusedWith();
      expect(refusal.status).to.equal(503);
      const runId = newId();
      await link.request(
        "sync.begin",
        { runId, policy: "delta", trigger: "agent", dryRun: false, user: null },
        ["sync.begun"],
        5000,
      );
      await own.close();
      expect((await link.closed).code).to.equal(4503);
      expect(own.handled.map(({ kind }) => kind)).to.deep.equal(["ready", "sync.begin", "gone"]);
    });
  });

  describe("frames", () => {
    const begin = (runId = newId()) =>
      ({ runId, policy: "delta", trigger: "agent", dryRun: false, user: null }) as const;

    it("reach the handlers, batches strictly in order, and are answered", async () => {
      const agent = await node.newAgent();
      const link = await agent.connect();
      const runId = newId();

      const begun = await link.request("sync.begin", begin(runId), ["sync.begun"], 5000);
      link.send("sync.note", { runId, feed: "usn", full: false, reason: null });
      const acks = await Promise.all(
        [1, 2, 3, 4].map((sequence) =>
          link.request("sync.batch", { runId, sequence, changes: [], cursor: null }, ["sync.ack"], 5000),
        ),
      );
      const finished = await link.request(
        "sync.finish",
        { runId, sequence: 5, sweep: false, cursor: "c", read: 0 },
        ["sync.finished"],
        5000,
      );

      expect(begun.body.runId).to.equal(runId);
      expect(acks.map(({ body }) => body.sequence)).to.deep.equal([1, 2, 3, 4]);
      expect(finished.body.state).to.equal("done");
      const kinds = node.handled
        .filter(({ sessionId }) => sessionId === link.welcome.sessionId)
        .map(({ kind }) => kind);
      expect(kinds).to.deep.equal([
        "ready",
        "sync.begin",
        "sync.note",
        "sync.batch",
        "sync.batch",
        "sync.batch",
        "sync.batch",
        "sync.finish",
      ]);
      await link.close();
    });

    it("about jobs: claims are answered, outcomes acknowledged once they are stored", async () => {
      const agent = await node.newAgent();
      const link = await agent.connect();
      const jobId = newId();

      const denied = await link.request("job.claim", { jobId, mark: null }, ["job.grant", "job.deny"], 5000);
      const receipt = receiptOf(agent, jobId);
      link.send("job.outcome", { receipt });

      expect(denied.body).to.deep.equal({ jobId, reason: "unknown" });
      const ack = await link.next("job.ack");
      expect(ack.body).to.deep.equal({ jobId, receipt: hashReceipt(receipt) });
      await link.close();
    });

    it("of an agent that is not approved: sync as configured, jobs never", async () => {
      const { connection } = await sharedRedis();
      const strict = await startGatewayNode({ connection, syncBeforeApproval: false });
      try {
        for (const [on, maySync] of [
          [node, true],
          [strict, false],
        ] as const) {
          const agent = await on.newAgent(newTenantId(), { approved: false });
          const link = await agent.connect();
          const sync = link.request("sync.begin", begin(), ["sync.begun"], 5000);
          if (maySync) await sync;
          else expect((await rejection(sync)).code).to.equal("AGENT_NOT_APPROVED");
          const claim = link.request("job.claim", { jobId: newId(), mark: null }, ["job.deny"], 5000);
          expect((await rejection(claim)).code).to.equal("AGENT_NOT_APPROVED");
          await link.close();
        }
      } finally {
        await strict.close();
      }
    });

    it("of a pending agent bring no users once the tenant has an approved agent", async () => {
      const tenantId = newTenantId();
      const pending = await node.newAgent(tenantId, { approved: false });
      const link = await pending.connect();
      await link.request("sync.begin", begin(), ["sync.begun"], 5000);
      await node.newAgent(tenantId);

      const refused = await rejection(link.request("sync.begin", begin(), ["sync.begun"], 5000));

      expect(refused.code).to.equal("AGENT_NOT_APPROVED");
      await link.close();
    });

    it("whose handler fails get its code, or INTERNAL without details", async () => {
      const { connection } = await sharedRedis();
      const failing = await startGatewayNode({
        connection,
        handlers: {
          syncBegin: () => Promise.reject(new AppError("SYNC_LEASE_LOST", "dc2 has it")),
          jobClaim: () => Promise.reject(new Error("secret detail")),
        },
      });
      try {
        const agent = await failing.newAgent();
        const link = await agent.connect();
        const lost = await rejection(link.request("sync.begin", begin(), ["sync.begun"], 5000));
        const broken = await rejection(
          link.request("job.claim", { jobId: newId(), mark: null }, ["job.deny"], 5000),
        );

        expect([lost.code, lost.message]).to.deep.equal(["SYNC_LEASE_LOST", "dc2 has it"]);
        expect(broken.code).to.equal("INTERNAL");
        expect(broken.message).not.to.include("secret");
        await link.close();
      } finally {
        await failing.close();
      }
    });

    it("with a new sealing key change the keys that passwords are sealed to", async () => {
      const agent = await node.newAgent();
      const link = await agent.connect();
      await ready(link);
      const keys = (await makeSealingKeys(agent.agentId, agent.identityKey)).map(({ record }) => record);

      await link.request("sealing_key.announce", { keys }, ["ack"], 5000);

      const [recipient] = await node.agents.recipients(agent.tenantId, 1);
      expect(keys.map(({ keyId }) => keyId)).to.include(recipient?.keyId);
      const stolen = (await makeSealingKeys(agent.agentId, generateSigningKey())).map(({ record }) => record);
      const refused = await rejection(link.request("sealing_key.announce", { keys: stolen }, ["ack"], 5000));
      expect(refused.code).to.equal("PROTOCOL_INVALID_FRAME");
      await link.close();
    });
  });

  function receiptOf(agent: FakeAgent, jobId: string): Receipt {
    return signReceipt(agent.identityKey, {
      jobId,
      tenantId: agent.tenantId,
      userId: "0".repeat(32),
      agentId: agent.agentId,
      verdict: makeVerdict("applied", null, { passwordSet: true }),
      decidedAt: Date.now(),
      previous: FIRST_RECEIPT,
    });
  }
});
