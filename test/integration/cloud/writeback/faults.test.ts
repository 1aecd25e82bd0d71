import { expect } from "chai";
import { keys } from "../../../../cloud/store/keys.ts";
import { isAppError } from "../../../../shared/errors.ts";
import { makeVerdict } from "../../../../shared/writeback.ts";
import { type RedisServer, sharedRedis, startRedis } from "../../../support/redis.ts";
import { startTcpProxy } from "../../../support/tcp-proxy.ts";
import { waitFor } from "../../../support/wait-for.ts";
import {
  APPLIED,
  createWritebackHost,
  newUserId,
  plain,
  works,
  type WritebackHost,
  type WritebackHostOptions,
} from "../../../support/writeback-host.ts";

describe("writeback, when things fail", () => {
  let host: WritebackHost;
  const newHost = async (options: Omit<WritebackHostOptions, "connection"> = {}): Promise<void> => {
    const { connection } = await sharedRedis();
    host = createWritebackHost({ connection, ...options });
  };
  beforeEach(() => newHost());
  afterEach(() => host.close());

  it("delivers and answers though every message between nodes is lost", async () => {
    host.busIsDeaf = true;
    const [n1, n2] = [await host.node("n1"), await host.node("n2")];
    const agent = await host.agent();
    works(agent);
    agent.connect(n2);

    const { id } = await n1.service.submit(host.tenantId, plain(newUserId()));

    expect((await n1.service.waitForVerdict(host.tenantId, id, 5_000)).state).to.equal("applied");
  });

  it("brings jobs back to a queue that has lost them", async () => {
    const node = await host.node("n1");
    const agent = await host.agent();
    agent.connect(node, { credits: 0 });
    const { id } = await node.service.submit(host.tenantId, plain(newUserId()));
    const lost = await node.store.redis.keys(`${keys.queuePrefix(host.tenantId, 1)}:*`);
    await node.store.redis.del(...lost);
    agent.disconnect();

    works(agent);
    agent.connect(node);

    expect((await node.service.waitForVerdict(host.tenantId, id, 5_000)).state).to.equal("applied");
  });

  it("hands its jobs to another node when it drains", async () => {
    const [n1, n2] = [await host.node("n1"), await host.node("n2")];
    const [a, b] = [await host.agent(), await host.agent()];
    a.connect(n1);
    const { id } = await n2.service.submit(host.tenantId, plain(newUserId()));
    await waitFor("the offer", () => a.offers[0]);
    works(b);
    b.connect(n2);
    expect(b.offers).to.have.length(0);
    const from = performance.now();

    await n1.close();

    expect((await n2.service.waitForVerdict(host.tenantId, id, 5_000)).agentId).to.equal(b.agentId);
    expect(performance.now() - from).to.be.below(2_000);
  });

  for (const granted of [false, true])
    it(`goes on at another node when one dies with ${granted ? "a granted" : "an offered"} job`, async () => {
      const { connection } = await sharedRedis();
      const way = await startTcpProxy(connection.port);
      try {
        const dying = await host.node("n1", way.port);
        const n2 = await host.node("n2");
        const agent = await host.agent();
        agent.connect(dying);
        const { id } = await n2.service.submit(host.tenantId, plain(newUserId()));
        const job = await waitFor("the offer", () => agent.offers[0]);
        if (granted) await agent.claim(id);
        way.refuse();
        host.forget(dying);

        if (!granted) works(agent);
        agent.connect(n2);
        if (granted) await agent.outcome(job);

        const record = await n2.service.waitForVerdict(host.tenantId, id, 5_000);
        expect(record.state).to.equal("applied");
        expect(record.events.filter(({ state }) => state === "granted")).to.have.length(1);
        expect(host.audit.filter(({ action }) => action === "writeback.decided")).to.have.length(1);
      } finally {
        await host.close();
        await way.close();
      }
    });

  it("fails commands under way at once when the connection to Redis breaks", async () => {
    const { connection } = await sharedRedis();
    const way = await startTcpProxy(connection.port);
    try {
      const node = await host.node("n1", way.port);
      way.blackhole();
      const from = performance.now();
      const asked = node.service.list(host.tenantId, 1).catch((error: unknown) => error);

      way.refuse();

      expect(isAppError(await asked, "STORE_UNAVAILABLE")).to.equal(true);
      expect(performance.now() - from).to.be.below(1_000);
    } finally {
      await host.close();
      await way.close();
    }
  });

  it("lets another agent look when the one that was granted does not come back", async () => {
    await newHost({ times: { leaseMs: 200, graceMs: 100 } });
    const node = await host.node("n1");
    const [a, b] = [await host.agent(), await host.agent()];
    a.connect(node);
    const { id } = await node.service.submit(host.tenantId, plain(newUserId()));
    await waitFor("the offer", () => a.offers[0]);
    await a.claim(id);
    const modes: string[] = [];
    b.onOffer = (job) => {
      void (async () => {
        const answer = await b.claim(id, null);
        if (answer.type === "job.deny") return;
        modes.push(answer.body.mode);
        expect(answer.body.mark?.changed).to.equal("1");
        await b.outcome(job, makeVerdict("applied", null, { verified: true }));
      })();
    };

    a.disconnect();
    b.connect(node);

    const record = await node.service.waitForVerdict(host.tenantId, id, 5_000);
    expect(modes).to.deep.equal(["verify"]);
    expect(record).to.include({ state: "applied", agentId: b.agentId });
  });

  it("decides unknown when no agent returns, and corrects it when one does", async () => {
    await newHost({ ttlSeconds: 1, times: { leaseMs: 100, graceMs: 50, giveUpMs: 100 } });
    const node = await host.node("n1");
    const agent = await host.agent();
    agent.connect(node);
    const { id } = await node.service.submit(host.tenantId, plain(newUserId()));
    const job = await waitFor("the offer", () => agent.offers[0]);
    await agent.claim(id);
    agent.disconnect();

    const record = await node.service.waitForVerdict(host.tenantId, id, 5_000);
    expect(record).to.include({ state: "unknown", code: "VERDICT_UNKNOWN" });

    agent.connect(node);
    await agent.outcome(job);
    expect((await node.service.get(host.tenantId, id)).state).to.equal("applied");
    expect(host.audit.at(-1)?.action).to.equal("writeback.corrected");
  });

  it("does not offer a record that was altered, goes on with the others, and audits it (T-16)", async () => {
    await newHost({ ttlSeconds: 1 });
    const node = await host.node("n1");
    const agent = await host.agent();
    agent.connect(node, { credits: 0 });
    const broken = await node.service.submit(host.tenantId, plain(newUserId()));
    const whole = await node.service.submit(host.tenantId, plain(newUserId()));
    await node.store.redis.hset(keys.job(host.tenantId, broken.id), "order", '{"operation":"reset"}');
    agent.disconnect();
    works(agent);

    agent.connect(node);

    expect((await node.service.waitForVerdict(host.tenantId, whole.id, 5_000)).state).to.equal("applied");
    const fault = await node.service.get(host.tenantId, broken.id).catch((error: unknown) => error);
    expect(isAppError(fault, "RECORD_CORRUPT")).to.equal(true);
    const entry = await waitFor("the audit", () => host.audit.find(({ code }) => code === "RECORD_CORRUPT"));
    expect(entry).to.include({ subject: `job:${broken.id}`, outcome: "failed" });
    expect(agent.offers.map(({ order }) => order.jobId)).to.deep.equal([whole.id]);
  });

  it("audits later the steps that could not be audited at once", async () => {
    await newHost({ times: { auditOverdueMs: 50 } });
    const node = await host.node("n1");
    const agent = await host.agent();
    works(agent);
    agent.connect(node);
    host.auditFails = true;
    const { id } = await node.service.submit(host.tenantId, plain(newUserId()));
    expect((await node.service.waitForVerdict(host.tenantId, id, 5_000)).state).to.equal("applied");
    expect(host.audit).to.deep.equal([]);

    host.auditFails = false;

    await waitFor("the audit", () => host.audit.length === 2);
    expect(host.audit.map(({ action }) => action)).to.have.members([
      "writeback.submitted",
      "writeback.decided",
    ]);
  });

  describe("with Redis killed", () => {
    let redis: RedisServer;
    beforeEach(async () => {
      redis = await startRedis();
      host = createWritebackHost({ connection: redis.connection });
    });
    afterEach(async () => {
      await host.close();
      await redis.stop();
    });

    it("loses no job that was accepted, and says so while it is away", async () => {
      const node = await host.node("n1");
      const agent = await host.agent();
      agent.connect(node, { credits: 0 });
      const ids: string[] = [];
      for (let n = 0; n < 5; n += 1)
        ids.push((await node.service.submit(host.tenantId, plain(newUserId()))).id);

      await redis.kill();
      const fault = await node.service
        .submit(host.tenantId, plain(newUserId()))
        .catch((error: unknown) => error);
      expect(isAppError(fault, "STORE_UNAVAILABLE")).to.equal(true);
      await redis.restart();
      agent.disconnect();
      works(agent);
      agent.connect(node);

      for (const id of ids) {
        const record = await waitFor(`job ${id}`, () =>
          node.service.waitForVerdict(host.tenantId, id, 5_000),
        );
        expect(record.state).to.equal("applied");
      }
    });

    it("still knows the grant, and takes the outcome that could not be stored", async () => {
      const node = await host.node("n1");
      const agent = await host.agent();
      agent.connect(node);
      const { id } = await node.service.submit(host.tenantId, plain(newUserId()));
      const job = await waitFor("the offer", () => agent.offers[0]);
      await agent.claim(id);

      await redis.kill();
      const fault = await agent.outcome(job, APPLIED).catch((error: unknown) => error);
      expect(isAppError(fault, "STORE_UNAVAILABLE")).to.equal(true);
      await redis.restart();

      await waitFor("the outcome to be stored", async () => {
        await agent.outcome(job, APPLIED); // as an agent does: again, until it is acknowledged
        return true;
      });
      const record = await node.service.get(host.tenantId, id);
      expect(record.state).to.equal("applied");
      expect(record.events.map(({ state }) => state)).to.deep.equal([
        "queued",
        "offered",
        "granted",
        "applied",
      ]);
    });
  });
});
