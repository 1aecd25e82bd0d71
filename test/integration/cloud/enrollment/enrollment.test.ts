import { expect } from "chai";
import type { AuditEvent } from "../../../../cloud/audit/audit.ts";
import { newId } from "../../../../shared/ids.ts";
import { generateSigningKey } from "../../../../shared/sealing/signing-key.ts";
import { enrollFakeAgent, type FakeAgent, type FakeLink } from "../../../support/fake-agent.ts";
import { type GatewayNode, newTenantId, startGatewayNode } from "../../../support/gateway-node.ts";
import { sharedRedis } from "../../../support/redis.ts";
import { refusalOf } from "../../../support/refusal-of.ts";
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

  describe("enrolment", () => {
    it("makes a pending agent of a host with a token", async () => {
      const tenantId = newTenantId();
      const agent = await enrollFakeAgent({ url: node.url, token: await node.newToken(tenantId) });

      const record = await node.agents.get(tenantId, agent.agentId);
      expect(record).to.include({
        state: "pending",
        name: "dc1",
        hostName: "fake-host",
        fingerprint: agent.fingerprint,
      });
      expect(agent.issuerKey).to.equal(node.issuerKey.publicKey);
      expect(auditOf(agent).map(({ action }) => action)).to.deep.equal(["agent.enrolled"]);
    });

    it("answers the same agent again, and no other", async () => {
      const tenantId = newTenantId();
      const token = await node.newToken(tenantId);
      const first = await enrollFakeAgent({ url: node.url, token });
      const again = await enrollFakeAgent({
        url: node.url,
        token,
        identityKey: first.identityKey,
        agentId: first.agentId,
      });

      expect(again.agentId).to.equal(first.agentId);
      expect(await refusalOf(enrollFakeAgent({ url: node.url, token }))).to.match(
        /^401 .*ENROLLMENT_TOKEN_INVALID/,
      );
      expect(
        await refusalOf(enrollFakeAgent({ url: node.url, token, identityKey: first.identityKey })),
      ).to.match(/^401/);
      expect(await node.agents.list(tenantId)).to.have.length(1);
      expect((await node.enrollment.list(tenantId))[0]).to.include({ state: "used", agentId: first.agentId });
    });

    it("spends a token once when twenty hosts come at the same moment", async () => {
      const tenantId = newTenantId();
      const token = await node.newToken(tenantId);
      const results = await Promise.allSettled(
        Array.from({ length: 20 }, () => enrollFakeAgent({ url: node.url, token })),
      );

      expect(results.filter(({ status }) => status === "fulfilled")).to.have.length(1);
      expect(await node.agents.list(tenantId)).to.have.length(1);
    });

    it("refuses a token from another address, and writes it down", async () => {
      const tenantId = newTenantId();
      const token = await node.newToken(tenantId, { cidrs: ["10.0.0.0/8"] });

      expect(await refusalOf(enrollFakeAgent({ url: node.url, token }))).to.match(/ENROLLMENT_TOKEN_INVALID/);
      const [entry] = node.audited.filter(
        (event) => event.tenantId === tenantId && event.action === "enrollment.refused",
      );
      expect(entry?.details).to.deep.equal({ why: "address" });

      const local = await node.newToken(tenantId, { cidrs: ["10.0.0.0/8", "127.0.0.0/8"] });
      await enrollFakeAgent({ url: node.url, token: local });
    });

    it("refuses an expired and a revoked token", async () => {
      const tenantId = newTenantId();
      const short = await node.newToken(tenantId, { ttlMs: 1000 });
      const revoked = await node.enrollment.createToken({ tenantId, name: "x", createdBy: "system" });
      await node.enrollment.revoke(tenantId, revoked.record.tokenId, "system");

      expect(await refusalOf(enrollFakeAgent({ url: node.url, token: revoked.token }))).to.match(
        /ENROLLMENT_TOKEN_INVALID/,
      );
      await waitFor("the token to expire", async () =>
        (await node.enrollment.list(tenantId)).some(({ state }) => state === "expired"),
      );
      expect(await refusalOf(enrollFakeAgent({ url: node.url, token: short }))).to.match(
        /ENROLLMENT_TOKEN_EXPIRED/,
      );
    });

    it("keeps nothing that a reader of the store could enrol with", async () => {
      const tenantId = newTenantId();
      const { token, record } = await node.enrollment.createToken({
        tenantId,
        name: "x",
        createdBy: "system",
      });
      const stored = JSON.stringify(
        await node.store.redis.hgetall(`lk:{${tenantId}}:enrollment:${record.tokenId}`),
      );

      expect(stored).to.include(record.tokenId);
      expect(stored).not.to.include(token.reveal().split(".")[3]);
    });
  });

  describe("approval", () => {
    it("needs the very fingerprint", async () => {
      const agent = await node.newAgent(newTenantId(), { approved: false });
      const other = generateSigningKey();
      const { tenantId, agentId } = agent;

      const error = await rejection(
        node.agentApproval.approve(tenantId, agentId, { fingerprint: other.publicKey, by: "key:1" }),
      );
      expect(error.code).to.equal("AGENT_FINGERPRINT_MISMATCH");
      const record = await node.agentApproval.approve(tenantId, agentId, {
        fingerprint: ` ${agent.fingerprint.toUpperCase()} `,
        by: "key:1",
      });
      expect(record).to.include({ state: "approved", decidedBy: "key:1" });
      expect((await rejection(node.agents.get(tenantId, newId()))).code).to.equal("AGENT_UNKNOWN");
    });

    it("ends at eight agents, as many as a password is sealed to", async () => {
      const tenantId = newTenantId();
      for (let index = 0; index < 8; index++) await node.newAgent(tenantId);
      const ninth = await node.newAgent(tenantId, { approved: false });

      const error = await rejection(
        node.agentApproval.approve(tenantId, ninth.agentId, { fingerprint: ninth.fingerprint, by: "system" }),
      );
      expect(error.code).to.equal("AGENT_LIMIT");
    });

    it("reaches a connected agent at once", async () => {
      const agent = await node.newAgent(newTenantId(), { approved: false });
      const link = await agent.connect();
      await ready(link);
      expect(node.gateway.session(agent.tenantId, agent.agentId)?.approved).to.equal(false);

      await node.agentApproval.approve(agent.tenantId, agent.agentId, {
        fingerprint: agent.fingerprint,
        by: "system",
      });

      await link.next("approved");
      expect(node.gateway.session(agent.tenantId, agent.agentId)?.approved).to.equal(true);
      await link.close();
    });

    it("gives passwords only to approved, writing agents with a fresh key", async () => {
      const tenantId = newTenantId();
      const writing = await node.newAgent(tenantId);
      const silent = await node.newAgent(tenantId);
      const pending = await node.newAgent(tenantId, { approved: false });
      expect(await node.agents.recipients(tenantId, 1)).to.deep.equal([]);
      const links = [
        await writing.connect(),
        await silent.connect({ writebackEnabled: false }),
        await pending.connect(),
      ];
      await Promise.all(links.map((link) => ready(link)));

      const recipients = await node.agents.recipients(tenantId, 1);
      expect(recipients.map(({ agentId, suite }) => [agentId, suite])).to.deep.equal([
        [writing.agentId, "x25519"],
      ]);
      expect((await node.agents.recipients(tenantId, 1, "p256"))[0]?.suite).to.equal("p256");

      const forged = recipients.map((key) => ({ ...key, publicKey: pending.sealingKeys[0]?.publicKey }));
      await node.store.redis.hset(
        `lk:{${tenantId}}:agent:${writing.agentId}`,
        "sealingKeys",
        JSON.stringify(forged),
      );
      expect(await node.agents.recipients(tenantId, 1)).to.deep.equal([]);
      await Promise.all(links.map((link) => link.close()));
    });
  });
});
