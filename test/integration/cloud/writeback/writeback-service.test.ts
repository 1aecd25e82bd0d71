import { expect } from "chai";
import { keys } from "../../../../cloud/store/keys.ts";
import { isJobAuthentic } from "../../../../shared/sealing/job.ts";
import { sealPassword } from "../../../../shared/sealing/password.ts";
import { Secret } from "../../../../shared/secret.ts";
import { makeVerdict } from "../../../../shared/writeback.ts";
import { sharedRedis } from "../../../support/redis.ts";
import { waitFor } from "../../../support/wait-for.ts";
import {
  APPLIED,
  createWritebackHost,
  newUserId,
  plain,
  refusal,
  resetRequest,
  works,
  type WritebackHost,
  type WritebackHostOptions,
} from "../../../support/writeback-host.ts";

const REJECTED = makeVerdict("rejected", "PASSWORD_COMPLEXITY");
const UNKNOWN = makeVerdict("unknown", "VERDICT_UNKNOWN");

describe("writeback", () => {
  let host: WritebackHost;
  const newHost = async (options: Omit<WritebackHostOptions, "connection"> = {}): Promise<WritebackHost> => {
    const { connection } = await sharedRedis();
    host = createWritebackHost({ connection, ...options });
    return host;
  };
  beforeEach(() => newHost());
  afterEach(() => host.close());

  const one = async () => {
    const node = await host.node("n1");
    const agent = await host.agent();
    agent.connect(node);
    return { node, agent, service: node.service };
  };
  const steps = () => host.audit.map(({ action }) => action);

  it("brings a password to the agent and the verdict back", async () => {
    const { agent, service } = await one();
    works(agent);

    const { id } = await service.submit(host.tenantId, plain(newUserId(), "pässwörd 𝟚 €"));
    const record = await service.waitForVerdict(host.tenantId, id, 5_000);

    expect(record).to.include({ state: "applied", code: null, attempts: 1, agentId: agent.agentId });
    expect(record.events.map((event) => event.state)).to.deep.equal([
      "queued",
      "offered",
      "granted",
      "applied",
    ]);
    const [job] = agent.offers;
    if (job === undefined) throw new Error("no offer");
    expect(isJobAuthentic(host.issuer.publicKey, job)).to.equal(true);
    expect((await agent.open(job)).newPassword.reveal()).to.equal("pässwörd 𝟚 €");
    await waitFor("the audit", () => steps().includes("writeback.decided"));
    expect(steps()).to.have.members(["writeback.submitted", "writeback.decided"]);
  });

  it("reads no record of a job that goes straight to its agent", async () => {
    const { agent, node, service } = await one();
    const reads = async (): Promise<number> =>
      Number(/cmdstat_hgetall:calls=(\d+)/.exec(await node.store.redis.info("commandstats"))?.[1] ?? 0);
    let decide = (): void => undefined;
    const asked = new Promise<void>((resolve) => (decide = resolve));
    works(agent, () => asked.then(() => APPLIED));
    const before = await reads();

    const { id } = await service.submit(host.tenantId, plain(newUserId()));
    const waiting = service.waitForVerdict(host.tenantId, id, 5_000);
    decide();
    const record = await waiting;

    expect(record).to.deep.equal(await service.get(host.tenantId, id));
    await waitFor("the audit", () => steps().length === 2);
    // BullMQ's own when the job is fetched, the function that decides, and the one above.
    expect((await reads()) - before).to.be.at.most(3);
  });

  it("leaves nothing of a decided job in the queue", async () => {
    const { agent, node, service } = await one();
    works(agent);
    const { id } = await service.submit(host.tenantId, plain(newUserId()));
    await service.waitForVerdict(host.tenantId, id, 5_000);

    await waitFor("the queue to be empty", async () => {
      const prefix = `${keys.queuePrefix(host.tenantId, 1)}:writeback`;
      const [known, active, waiting] = await Promise.all([
        node.store.redis.exists(`${prefix}:wb-${id}`),
        node.store.redis.llen(`${prefix}:active`),
        node.store.redis.llen(`${prefix}:wait`),
      ]);
      return known + active + waiting === 0;
    });
  });

  it("takes a password that was sealed elsewhere", async () => {
    const { agent, service } = await one();
    works(agent);
    const { order, recipients, token } = await service.draft(
      host.tenantId,
      resetRequest(newUserId(), { mustChange: true }),
    );
    const sealed = await Promise.all(
      recipients.map((recipient) =>
        sealPassword(order, recipient, { newPassword: new Secret("sealed at home") }),
      ),
    );

    const { id } = await service.submit(host.tenantId, {
      kind: "sealed",
      order,
      token,
      sealed,
      requestedBy: "key:a",
    });

    expect(id).to.equal(order.jobId);
    expect(await service.waitForVerdict(host.tenantId, id, 5_000)).to.include({
      state: "applied",
      mustChange: true,
    });
    const [job] = agent.offers;
    expect(job && (await agent.open(job)).newPassword.reveal()).to.equal("sealed at home");
  });

  it("unlocks without any password", async () => {
    const { agent, service } = await one();
    works(agent, () => makeVerdict("applied", null, { unlocked: true }));

    const request = resetRequest(newUserId(), { operation: "unlock" });
    const { id } = await service.submit(host.tenantId, {
      kind: "plain",
      request,
      passwords: null,
      requestedBy: "key:a",
    });

    const record = await service.waitForVerdict(host.tenantId, id, 5_000);
    expect(record.verdict?.unlocked).to.equal(true);
    expect(agent.offers[0]?.sealed).to.deep.equal([]);
  });

  it("gives a refused password back as a result with its rule", async () => {
    const { agent, service } = await one();
    works(agent, () => REJECTED);

    const { id } = await service.submit(host.tenantId, plain(newUserId(), "abc"));

    const record = await service.waitForVerdict(host.tenantId, id, 5_000);
    expect(record).to.include({ state: "rejected", code: "PASSWORD_COMPLEXITY" });
    expect(record.verdict).to.deep.equal(REJECTED);
  });

  describe("with an agent's answers", () => {
    it("grants once when two nodes offer the same job", async () => {
      const [n1, n2] = [await host.node("n1"), await host.node("n2")];
      const [a, b] = [await host.agent(), await host.agent()];
      a.connect(n1);
      b.connect(n2);
      const { id } = await n1.service.submit(host.tenantId, plain(newUserId()));

      const answers = await Promise.all([a.claim(id), b.claim(id)]);

      expect(answers.map(({ type }) => type)).to.have.members(["job.grant", "job.deny"]);
    });

    it("refuses a claim of an agent that is not approved", async () => {
      const { service, node } = await one();
      const pending = await host.agent();
      pending.connect(node, { approved: false });
      const { id } = await service.submit(host.tenantId, plain(newUserId()));

      expect(await refusal(pending.claim(id))).to.equal("AGENT_NOT_APPROVED");
      expect(pending.offers).to.have.length(0);
    });

    it("does not reveal the result of a job to another tenant", async () => {
      const { service } = await one();
      const { id } = await service.submit(host.tenantId, plain(newUserId()));

      expect(await refusal(service.waitForVerdict("another", id, 5_000))).to.equal("WRITEBACK_UNKNOWN");
    });

    it("refuses a receipt of another agent, of another key, or altered", async () => {
      const { agent, service, node } = await one();
      const other = await host.agent();
      other.connect(node);
      await service.submit(host.tenantId, plain(newUserId()));
      const job = await waitFor("the offer", () => agent.offers[0] ?? other.offers[0]);
      const session = agent.session;
      if (session === null) throw new Error("not connected");

      const receipt = agent.receipt(job, APPLIED);
      for (const wrong of [
        other.receipt(job, APPLIED),
        { ...other.receipt(job, APPLIED), agentId: agent.agentId },
        { ...receipt, userId: newUserId() },
        { ...receipt, verdict: REJECTED },
        { ...receipt, tenantId: "another" },
      ])
        expect(await refusal(service.outcome(session, { receipt: wrong }))).to.equal("AGENT_PROOF_INVALID");

      expect((await service.get(host.tenantId, job.order.jobId)).state).to.equal("offered");
    });

    it("audits a repeated outcome once, and a correction of unknown as such", async () => {
      const { agent, service } = await one();
      const { id } = await service.submit(host.tenantId, plain(newUserId()));
      const job = await waitFor("the offer", () => agent.offers[0]);
      await agent.claim(id);

      await agent.outcome(job, UNKNOWN);
      await agent.outcome(job, UNKNOWN);
      expect((await service.get(host.tenantId, id)).state).to.equal("unknown");
      await agent.outcome(job, APPLIED);
      await agent.outcome(job, APPLIED);
      await agent.outcome(job, UNKNOWN);

      expect((await service.get(host.tenantId, id)).state).to.equal("applied");
      expect(steps()).to.deep.equal(["writeback.submitted", "writeback.decided", "writeback.corrected"]);
    });

    it("accepts an outcome for a record that is kept no longer, so that the agent may forget it", async () => {
      const { agent, node, service } = await one();
      const { id } = await service.submit(host.tenantId, plain(newUserId()));
      const job = await waitFor("the offer", () => agent.offers[0]);
      await node.store.redis.del(keys.job(host.tenantId, id));

      await agent.outcome(job);

      expect(await refusal(service.get(host.tenantId, id))).to.equal("WRITEBACK_UNKNOWN");
    });

    it("offers a job again after the time its agent asked for", async () => {
      const { agent, service } = await one();
      const { id } = await service.submit(host.tenantId, plain(newUserId()));
      await waitFor("the offer", () => agent.offers[0]);
      works(agent);
      const from = performance.now();

      await agent.nack(id, 300);

      const record = await service.waitForVerdict(host.tenantId, id, 5_000);
      expect(performance.now() - from).to.be.at.least(290);
      expect(record).to.include({ state: "applied", attempts: 2 });
    });

    it("offers a job to another agent at once when the first does not want it", async () => {
      const { agent, service, node } = await one();
      agent.onOffer = ({ order }) => void agent.nack(order.jobId, 60_000);
      const other = await host.agent();
      works(other);
      other.connect(node, { credits: 1 });

      const submitted = await Promise.all(
        [1, 2, 3].map(() => service.submit(host.tenantId, plain(newUserId()))),
      );

      for (const { id } of submitted)
        expect(await service.waitForVerdict(host.tenantId, id, 5_000)).to.include({
          state: "applied",
          agentId: other.agentId,
        });
    });

    it("offers an agent no more than it has credits for", async () => {
      const { agent, service } = await one();
      agent.disconnect();
      agent.connect(await host.node("n2"), { credits: 2 });
      const submitted = await Promise.all(
        [1, 2, 3].map(() => service.submit(host.tenantId, plain(newUserId()))),
      );
      await waitFor("two offers", () => agent.offers.length === 2);

      const [first] = agent.offers;
      if (first === undefined) throw new Error("no offer");
      await agent.outcome(first, makeVerdict("refused", "ACCOUNT_DENIED"));

      await waitFor("the third offer", () => agent.offers.length === 3);
      expect(new Set(agent.offers.map(({ order }) => order.jobId)).size).to.equal(submitted.length);
    });

    it("offers a waiting job as soon as a credit is free, without polling", async () => {
      await newHost({ times: { sweepMs: 60_000 } });
      const node = await host.node("n1");
      const agent = await host.agent();
      works(agent);
      agent.connect(node, { credits: 2 });

      const submitted = await Promise.all(
        Array.from({ length: 12 }, () => node.service.submit(host.tenantId, plain(newUserId()))),
      );

      for (const { id } of submitted)
        expect((await node.service.waitForVerdict(host.tenantId, id, 5_000)).state).to.equal("applied");
      expect(agent.offers).to.have.length(12);
    });

    it("does not offer a job to an agent that it was not sealed to", async () => {
      const { agent, service, node } = await one();
      const { id } = await service.submit(host.tenantId, plain(newUserId()));
      await waitFor("the offer", () => agent.offers[0]);
      const newcomer = await host.agent();
      newcomer.connect(node);

      await agent.nack(id, 400);
      works(agent);

      await service.waitForVerdict(host.tenantId, id, 5_000);
      expect(newcomer.offers).to.have.length(0);
    });
  });

  describe("cancel", () => {
    it("keeps a job from ever being granted", async () => {
      const { agent, service } = await one();
      const { id } = await service.submit(host.tenantId, plain(newUserId()));
      await waitFor("the offer", () => agent.offers[0]);

      expect(await service.cancel(host.tenantId, id, "key:other")).to.include({
        state: "cancelled",
        code: "JOB_CANCELLED",
      });

      expect((await agent.claim(id)).body).to.include({ reason: "final" });
      expect(host.audit.at(-1)).to.include({ action: "writeback.cancelled", actor: "key:other" });
    });

    it("is refused once the job is granted, and shows the truth once it is decided", async () => {
      const { agent, service } = await one();
      const { id } = await service.submit(host.tenantId, plain(newUserId()));
      const job = await waitFor("the offer", () => agent.offers[0]);
      await agent.claim(id);

      expect(await refusal(service.cancel(host.tenantId, id, "k"))).to.equal("JOB_GRANTED");
      await agent.outcome(job);
      expect((await service.cancel(host.tenantId, id, "k")).state).to.equal("applied");
    });

    it("decides once when it meets the claim", async () => {
      const { agent, service } = await one();
      for (let round = 0; round < 10; round += 1) {
        const { id } = await service.submit(host.tenantId, plain(newUserId()));
        const [cancelled, claimed] = await Promise.all([
          refusal(service.cancel(host.tenantId, id, "k")),
          agent.claim(id),
        ]);
        expect([cancelled, claimed.type]).to.deep.be.oneOf([
          ["no refusal", "job.deny"],
          ["JOB_GRANTED", "job.grant"],
        ]);
      }
    });
  });

  it("applies the last of twenty resets for one user, on two nodes, and none after it", async () => {
    const [n1, n2] = [await host.node("n1"), await host.node("n2")];
    const [a, b] = [await host.agent(), await host.agent()];
    const applied: number[] = [];
    let atOnce = 0;
    for (const agent of [a, b])
      works(agent, async ({ order }) => {
        atOnce += 1;
        expect(atOnce).to.equal(1);
        await n2.service.listForUser(host.tenantId, order.userId); // takes as long as a directory would
        applied.push(order.userSequence);
        atOnce -= 1;
        return APPLIED;
      });
    a.connect(n1);
    b.connect(n2);
    const userId = newUserId();

    const submitted = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? n1 : n2).service.submit(host.tenantId, plain(userId, `password ${index}`)),
      ),
    );
    const decided = await Promise.all(
      submitted.map(({ id }) => n1.service.waitForVerdict(host.tenantId, id, 8_000)),
    );

    expect(decided.map(({ state }) => state)).to.have.all.members(
      decided.map(({ state }) => (state === "applied" ? "applied" : "superseded")),
    );
    expect(applied).to.deep.equal([...applied].sort((x, y) => x - y));
    expect(applied.at(-1)).to.equal(20);
  });

  it("expires a job that no agent took, once, and answers waiting requests", async () => {
    await newHost({ ttlSeconds: 1 });
    const { agent, service } = await one();
    await host.node("n2");
    const { id } = await service.submit(host.tenantId, plain(newUserId()));
    await waitFor("the offer", () => agent.offers[0]);

    const record = await service.waitForVerdict(host.tenantId, id, 5_000);

    expect(record).to.include({ state: "expired", code: "JOB_EXPIRED", verdict: null });
    await waitFor("the audit", () => steps().length === 2);
    expect(steps()).to.deep.equal(["writeback.submitted", "writeback.decided"]);
  });

  it("stops waiting at the deadline and at the signal", async () => {
    const { service } = await one();
    const { id } = await service.submit(host.tenantId, plain(newUserId()));

    expect((await service.waitForVerdict(host.tenantId, id, 50)).state).to.be.oneOf(["queued", "offered"]);
    expect(
      (await service.waitForVerdict(host.tenantId, id, 60_000, AbortSignal.timeout(50))).state,
    ).to.be.oneOf(["queued", "offered"]);
  });
});
