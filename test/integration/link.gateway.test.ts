import { request as httpRequest } from "node:http";
import { expect } from "chai";
import { AppError } from "../../shared/errors.ts";
import { newId } from "../../shared/ids.ts";
import { type Receipt, signReceipt, FIRST_RECEIPT } from "../../shared/sealing/receipt.ts";
import { generateSigningKey } from "../../shared/sealing/signing-key.ts";
import { makeVerdict } from "../../shared/writeback.ts";
import { startRedis } from "../support/redis.ts";
import { enrollFakeAgent, type FakeAgent, type FakeLink, makeSealingKeys } from "../support/fake-agent.ts";
import { type GatewayNode, newTenantId, startGatewayNode } from "../support/gateway-node.ts";
import { sharedRedis } from "../support/redis.ts";
import { rejection } from "../support/rejection.ts";
import { waitFor } from "../support/wait-for.ts";

describe("the gateway", () => {
  let node: GatewayNode;
  before(async () => {
    node = await startGatewayNode({ connection: (await sharedRedis()).connection });
  });
  after(() => node.close());

  const ready = (link: FakeLink, on = node): Promise<unknown> =>
    waitFor("the session to be ready", () =>
      on.handled.some(({ kind, sessionId }) => kind === "ready" && sessionId === link.welcome.sessionId),
    );
  const auditOf = (agent: FakeAgent, on = node) =>
    on.audited.filter(({ subject }) => subject === `agent:${agent.agentId}`);

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

    it("answers the same agent again, and nobody else", async () => {
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

      const error = await rejection(node.agents.approve(tenantId, agentId, other.publicKey, "key:1"));
      expect(error.code).to.equal("AGENT_FINGERPRINT_MISMATCH");
      const record = await node.agents.approve(
        tenantId,
        agentId,
        ` ${agent.fingerprint.toUpperCase()} `,
        "key:1",
      );
      expect(record).to.include({ state: "approved", decidedBy: "key:1" });
      expect((await rejection(node.agents.get(tenantId, newId()))).code).to.equal("AGENT_UNKNOWN");
    });

    it("ends at eight agents, as many as a password is sealed to", async () => {
      const tenantId = newTenantId();
      for (let index = 0; index < 8; index++) await node.newAgent(tenantId);
      const ninth = await node.newAgent(tenantId, { approved: false });

      const error = await rejection(
        node.agents.approve(tenantId, ninth.agentId, ninth.fingerprint, "system"),
      );
      expect(error.code).to.equal("AGENT_LIMIT");
    });

    it("reaches a connected agent at once", async () => {
      const agent = await node.newAgent(newTenantId(), { approved: false });
      const link = await agent.connect();
      await ready(link);
      expect(node.gateway.session(agent.tenantId, agent.agentId)?.approved).to.equal(false);

      await node.agents.approve(agent.tenantId, agent.agentId, agent.fingerprint, "system");

      await link.next("approved");
      expect(node.gateway.session(agent.tenantId, agent.agentId)?.approved).to.equal(true);
      await link.close();
    });

    it("gives passwords only to approved, writing agents with a fresh key", async () => {
      const tenantId = newTenantId();
      const writing = await node.newAgent(tenantId);
      const silent = await node.newAgent(tenantId);
      const pending = await node.newAgent(tenantId, { approved: false });
      expect(await node.agents.recipients(tenantId)).to.deep.equal([]);
      const links = [
        await writing.connect(),
        await silent.connect({ writebackEnabled: false }),
        await pending.connect(),
      ];
      await Promise.all(links.map((link) => ready(link)));

      const recipients = await node.agents.recipients(tenantId);
      expect(recipients.map(({ agentId, suite }) => [agentId, suite])).to.deep.equal([
        [writing.agentId, "x25519"],
      ]);
      expect((await node.agents.recipients(tenantId, "p256"))[0]?.suite).to.equal("p256");

      const forged = recipients.map((key) => ({ ...key, publicKey: pending.sealingKeys[0]?.publicKey }));
      await node.store.redis.hset(
        `lk:{${tenantId}}:agent:${writing.agentId}`,
        "sealingKeys",
        JSON.stringify(forged),
      );
      expect(await node.agents.recipients(tenantId)).to.deep.equal([]);
      await Promise.all(links.map((link) => link.close()));
    });
  });

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
        what: "a browser (any Origin)",
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
      this.timeout(20_000);
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

    it("locks an agent whose copy connects, and ends the original's link", async () => {
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

    it("takes a higher one after the store was put back from a backup", async () => {
      const agent = await node.newAgent();
      agent.generation = 40;
      const link = await agent.connect();
      await ready(link);
      expect(link.welcome.generation).to.equal(41);
      await link.close();
    });
  });

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
        // As if every message had been lost: only the records change.
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

    it("ends within a second when the agent is revoked, from any node", async () => {
      const { connection } = await sharedRedis();
      const other = await startGatewayNode({ connection, serviceKey: node.serviceKey });
      try {
        const agent = await node.newAgent();
        const link = await agent.connect();
        await ready(link);
        const startedAt = performance.now();
        await other.agents.revoke(agent.tenantId, agent.agentId, "key:1");

        expect((await link.closed).code).to.equal(4403);
        expect(performance.now() - startedAt).to.be.below(1000);
        const refusal = await agent.refusedWith();
        expect(refusal.status).to.equal(403);
        expect(JSON.parse(refusal.body)).to.include({ code: "AGENT_REVOKED" });
        const again = await rejection(
          node.agents.approve(agent.tenantId, agent.agentId, agent.fingerprint, "key:1"),
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
      const agentId = newId();
      await node.store.redis.hset(
        `lk:{${tenantId}}:presence`,
        agentId,
        `${node.node}#former-life#${newId()}`,
      );
      await node.store.redis.hset(`lk:{${tenantId}}:presence`, newId(), `dead-node#start#${newId()}`);
      expect(await node.gateway.connectedAgents(tenantId)).to.deep.equal([]);
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
        ...["sync.batch", "sync.batch", "sync.batch", "sync.batch"],
        "sync.finish",
      ]);
      await link.close();
    });

    it("about jobs: claims are answered, outcomes acknowledged once they are stored", async () => {
      const agent = await node.newAgent();
      const link = await agent.connect();
      const jobId = newId();

      const denied = await link.request("job.claim", { jobId, mark: null }, ["job.grant", "job.deny"], 5000);
      link.send("job.outcome", { receipt: receiptOf(agent, jobId) });

      expect(denied.body).to.deep.equal({ jobId, reason: "unknown" });
      expect((await link.next("job.ack")).body.jobId).to.equal(jobId);
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

    it("whose handler fails get its code, or INTERNAL without a word of detail", async () => {
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

    it("with a new sealing key change whom passwords are sealed to", async () => {
      const agent = await node.newAgent();
      const link = await agent.connect();
      await ready(link);
      const keys = (await makeSealingKeys(agent.agentId, agent.identityKey)).map(({ record }) => record);

      await link.request("sealing_key.announce", { keys }, ["ack"], 5000);

      const [recipient] = await node.agents.recipients(agent.tenantId);
      expect(keys.map(({ keyId }) => keyId)).to.include(recipient?.keyId);
      const stolen = (await makeSealingKeys(agent.agentId, generateSigningKey())).map(({ record }) => record);
      const refused = await rejection(link.request("sealing_key.announce", { keys: stolen }, ["ack"], 5000));
      expect(refused.code).to.equal("PROTOCOL_INVALID_FRAME");
      await link.close();
    });
  });

  async function refusalOf(attempt: Promise<unknown>): Promise<string> {
    try {
      await attempt;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    throw new Error("it was not refused");
  }

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

  function rawUpgrade(port: number, path: string, authorization: string): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const request = httpRequest({
        port,
        path,
        headers: {
          connection: "Upgrade",
          upgrade: "websocket",
          "sec-websocket-version": "13",
          "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
          "sec-websocket-protocol": "latchkey.v1",
          authorization,
        },
      });
      request.once("response", (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.once("error", reject);
      request.end();
    });
  }
});
