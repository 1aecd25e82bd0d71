import { expect } from "chai";
import { createJobStore, type JobStore } from "../../../../cloud/store/jobs.ts";
import { keys } from "../../../../cloud/store/keys.ts";
import { openStore, type Store } from "../../../../cloud/store/store.ts";
import { isAppError } from "../../../../shared/errors.ts";
import { newId } from "../../../../shared/ids.ts";
import { silentLogger } from "../../../../shared/logger.ts";
import { type JobOrder, type SignedJob, signJob } from "../../../../shared/sealing/job.ts";
import { FIRST_RECEIPT, type Receipt } from "../../../../shared/sealing/receipt.ts";
import { generateSigningKey } from "../../../../shared/sealing/signing-key.ts";
import { type JobState, makeVerdict, type Verdict } from "../../../../shared/writeback.ts";
import { testMac } from "../../../support/record-mac.ts";
import { sharedRedis, startRedis } from "../../../support/redis.ts";
import { waitFor } from "../../../support/wait-for.ts";
import { APPLIED, MARK, newUserId } from "../../../support/writeback-host.ts";

const [A, B] = [newId(), newId()];
const issuer = generateSigningKey();
const LEASE_MS = 60;
const GRACE_MS = 40;
const UNKNOWN = makeVerdict("unknown", "VERDICT_UNKNOWN");
const REJECTED = makeVerdict("rejected", "PASSWORD_COMPLEXITY");
const REFUSED = makeVerdict("refused", "ACCOUNT_DENIED");

describe("the job record", () => {
  let store: Store;
  let jobs: JobStore;
  let tenantId: string;

  before(async () => {
    const { connection } = await sharedRedis();
    store = await openStore({ mac: testMac, connection, log: silentLogger });
  });
  after(() => store.close());
  beforeEach(() => {
    tenantId = `t${newId().toLowerCase().slice(-12)}`;
    jobs = createJobStore({ store, keepSeconds: 3600, maxPending: 5 });
  });
  /** Store with a short lease, for tests that wait until a lease ends. */
  function shortenLeases(): void {
    jobs = createJobStore({
      store,
      keepSeconds: 3600,
      maxPending: 5,
      leaseMs: LEASE_MS,
      graceMs: GRACE_MS,
      giveUpMs: 60,
    });
  }

  async function order(changes: Partial<JobOrder> & { ttlMs?: number } = {}): Promise<JobOrder> {
    const { ttlMs = 60_000, ...rest } = changes;
    const userId = rest.userId ?? newUserId();
    const { sequence, now } = await jobs.allot(tenantId, userId);
    return {
      jobId: newId(),
      tenantId,
      operation: "unlock",
      userId,
      userSequence: sequence,
      issuedAt: now,
      notAfter: now + ttlMs,
      mustChange: false,
      unlock: true,
      methods: ["api"],
      ...rest,
    };
  }
  const create = (job: SignedJob, digest = "d", request: string | null = null) =>
    jobs.create({ job, source: 1, requestedBy: "key:test", digest, request, node: "n1" });
  async function submitted(changes: Parameters<typeof order>[0] = {}): Promise<JobOrder> {
    const made = await order(changes);
    expect((await create(signJob(issuer, made, []))).kind).to.equal("created");
    return made;
  }
  const offer = (jobId: string, agentId = A, reconnected = false) =>
    jobs.offer({ tenantId, jobId, agentId, node: "n1", reconnected });
  const claim = (jobId: string, agentId = A, mark = MARK) =>
    jobs.claim(tenantId, jobId, { agentId, source: 1 }, mark);
  const told = (made: JobOrder, verdict: Verdict, agentId = A) =>
    jobs.outcome({
      jobId: made.jobId,
      tenantId,
      userId: made.userId,
      agentId,
      verdict,
      decidedAt: 1,
      previous: FIRST_RECEIPT,
      signature: "checked before",
    } satisfies Receipt);
  const outcome = async (...args: Parameters<typeof told>) => (await told(...args)).kind;
  const read = async (jobId: string) => {
    const record = await jobs.find(tenantId, jobId);
    if (record === null) throw new Error("no record");
    return record;
  };
  const leaseIsOver = (jobId: string, agentId: string) =>
    waitFor("the lease to be over", async () => {
      const answer = await claim(jobId, agentId);
      return answer.kind === "grant" && answer;
    });

  /** Creates a job and brings it into a state by the fewest steps. */
  const reach: Partial<Record<JobState, (ttlMs?: number) => Promise<JobOrder>>> = {
    queued: (ttlMs) => submitted(ttlMs === undefined ? {} : { ttlMs }),
    async offered(ttlMs) {
      const made = await submitted(ttlMs === undefined ? {} : { ttlMs });
      expect((await offer(made.jobId)).kind).to.equal("offered");
      return made;
    },
    async granted(ttlMs) {
      const made = await submitted(ttlMs === undefined ? {} : { ttlMs });
      expect((await claim(made.jobId)).kind).to.equal("grant");
      return made;
    },
    async applied() {
      const made = await submitted();
      await claim(made.jobId);
      await outcome(made, APPLIED);
      return made;
    },
    async unknown() {
      const made = await submitted();
      await claim(made.jobId);
      await outcome(made, UNKNOWN);
      return made;
    },
    async cancelled() {
      const made = await submitted();
      await jobs.cancel(tenantId, made.jobId, "key:test");
      return made;
    },
    async superseded() {
      const made = await submitted();
      await submitted({ userId: made.userId });
      return made;
    },
    async expired() {
      const made = await submitted({ ttlMs: 60 });
      await waitFor("it to expire", async () => (await jobs.expire(tenantId)).includes(made.jobId));
      return made;
    },
  };

  type Step = (made: JobOrder) => Promise<string>;
  const steps = {
    "offer to A": async ({ jobId }) => (await offer(jobId)).kind,
    "claim by A": async ({ jobId }) => {
      const answer = await claim(jobId);
      return answer.kind === "deny" ? answer.reason : `${answer.mode}${answer.mayApply ? "+write" : ""}`;
    },
    "claim by B": async ({ jobId }) => {
      const answer = await claim(jobId, B);
      return answer.kind === "deny" ? answer.reason : `${answer.mode}${answer.mayApply ? "+write" : ""}`;
    },
    "applied by A": (made) => outcome(made, APPLIED),
    "applied by B": (made) => outcome(made, APPLIED, B),
    "rejected by A": (made) => outcome(made, REJECTED),
    "rejected by B": (made) => outcome(made, REJECTED, B),
    "refused by B": (made) => outcome(made, REFUSED, B),
    "unknown by A": (made) => outcome(made, UNKNOWN),
    "nack by A": async ({ jobId }) => String(await jobs.nack(tenantId, jobId, A)),
    cancel: async ({ jobId }) => (await jobs.cancel(tenantId, jobId, "key:test")).kind,
  } satisfies Record<string, Step>;

  /** Each row: state, step, answer, state afterwards. */
  const table: readonly (readonly [JobState, keyof typeof steps, string, JobState])[] = [
    ["queued", "offer to A", "offered", "offered"],
    ["queued", "claim by A", "apply+write", "granted"],
    ["queued", "refused by B", "decided", "refused"],
    ["queued", "nack by A", "false", "queued"],
    ["queued", "cancel", "cancelled", "cancelled"],
    ["offered", "offer to A", "offered", "offered"],
    ["offered", "claim by A", "apply+write", "granted"],
    ["offered", "claim by B", "apply+write", "granted"],
    ["offered", "rejected by A", "decided", "rejected"],
    ["offered", "refused by B", "decided", "refused"],
    ["offered", "applied by A", "decided", "applied"],
    ["offered", "nack by A", "true", "queued"],
    ["offered", "cancel", "cancelled", "cancelled"],
    ["granted", "offer to A", "held", "granted"],
    ["granted", "claim by A", "verify+write", "granted"],
    ["granted", "claim by B", "busy", "granted"],
    ["granted", "applied by A", "decided", "applied"],
    ["granted", "applied by B", "decided", "applied"],
    ["granted", "rejected by A", "decided", "rejected"],
    ["granted", "rejected by B", "stray", "granted"],
    ["granted", "refused by B", "stray", "granted"],
    ["granted", "unknown by A", "decided", "unknown"],
    ["granted", "nack by A", "true", "granted"],
    ["granted", "cancel", "granted", "granted"],
    ["unknown", "claim by A", "verify", "unknown"],
    ["unknown", "claim by B", "verify", "unknown"],
    ["unknown", "applied by B", "corrected", "applied"],
    ["unknown", "rejected by A", "corrected", "rejected"],
    ["unknown", "rejected by B", "stray", "unknown"],
    ["unknown", "unknown by A", "same", "unknown"],
    ["unknown", "cancel", "final", "unknown"],
    ["unknown", "offer to A", "final", "unknown"],
    ["applied", "offer to A", "final", "applied"],
    ["applied", "claim by A", "final", "applied"],
    ["applied", "applied by A", "same", "applied"],
    ["applied", "rejected by A", "kept", "applied"],
    ["applied", "unknown by A", "kept", "applied"],
    ["applied", "nack by A", "false", "applied"],
    ["applied", "cancel", "final", "applied"],
    ["cancelled", "claim by A", "final", "cancelled"],
    ["cancelled", "offer to A", "final", "cancelled"],
    ["cancelled", "refused by B", "kept", "cancelled"],
    ["cancelled", "cancel", "final", "cancelled"],
    ["superseded", "claim by A", "final", "superseded"],
    ["superseded", "cancel", "final", "superseded"],
    ["expired", "claim by A", "final", "expired"],
    ["expired", "offer to A", "final", "expired"],
    ["expired", "applied by A", "kept", "expired"],
  ];
  for (const [from, step, answer, to] of table)
    it(`${from}: ${step} → ${answer}, ${to}`, async () => {
      const made = await reach[from]?.();
      if (made === undefined) throw new Error(`no way to ${from}`);

      expect(await steps[step](made)).to.equal(answer);

      const record = await read(made.jobId);
      expect(record.state).to.equal(to);
      expect(record.events.at(-1)?.state).to.equal(to);
    });

  it("keeps the mark of the first grant for agents that verify later", async () => {
    const made = await submitted();
    await claim(made.jobId);

    const later = await claim(made.jobId, A, { ...MARK, changed: "2" });

    expect(later).to.include({ kind: "grant", mode: "verify" }).and.to.have.deep.property("mark", MARK);
  });

  it("grants to another agent only after lease and grace period, and only to verify first", async () => {
    shortenLeases();
    const made = await submitted();
    const first = await claim(made.jobId);
    const from = performance.now();
    expect(first).to.include({ leaseMs: LEASE_MS });

    const second = await leaseIsOver(made.jobId, B);

    expect(performance.now() - from).to.be.at.least(LEASE_MS + GRACE_MS - 5);
    expect(second).to.include({ mode: "verify", mayApply: true });
    expect((await read(made.jobId)).agentId).to.equal(B);
    expect(await outcome(made, REJECTED, A), "A's word from before").to.equal("stray");
    expect(await outcome(made, APPLIED, A), "a fact").to.equal("decided");
  });

  it("grants to another agent at once when the holder reports that it sent nothing", async () => {
    const made = await submitted();
    await claim(made.jobId);
    await jobs.nack(tenantId, made.jobId, A);

    expect(await claim(made.jobId, B)).to.include({ mode: "verify", mayApply: true });
  });

  it("offers a granted job again to its agent after a reconnect, and to other agents after the lease", async () => {
    shortenLeases();
    const made = await submitted();
    await claim(made.jobId);

    expect((await offer(made.jobId, A, true)).kind).to.equal("offered");
    const held = await offer(made.jobId, B, true);
    expect(held.kind === "held" && held.waitMs).to.be.within(1, LEASE_MS + GRACE_MS);
    await waitFor("the offer to B", async () => (await offer(made.jobId, B)).kind === "offered");
    expect((await read(made.jobId)).state).to.equal("granted");
  });

  it("allows no write after the deadline, but lets the agent with the grant verify", async () => {
    const made = await submitted({ ttlMs: 800 });
    const first = await claim(made.jobId);
    expect(first.kind === "grant" && first.leaseMs).to.be.within(1, 800);

    const late = await waitFor("the deadline", async () => {
      const answer = await claim(made.jobId);
      return answer.kind === "grant" && !answer.mayApply && answer;
    });

    expect(late.mode).to.equal("verify");
    expect((await read(made.jobId)).state).to.equal("granted");
  });

  it("decides a granted job without a verdict as unknown, and accepts the verdict later", async () => {
    shortenLeases();
    const made = await submitted({ ttlMs: 800 });
    await claim(made.jobId);

    await waitFor("the cloud to give up", async () => (await jobs.expire(tenantId)).includes(made.jobId));

    expect(await read(made.jobId)).to.include({ state: "unknown", code: "VERDICT_UNKNOWN", verdict: null });
    expect(await claim(made.jobId, B)).to.include({ mode: "verify", mayApply: false });
    expect(await outcome(made, APPLIED)).to.equal("corrected");
  });

  it("expires a job exactly once with several sweepers", async () => {
    const made = await submitted({ ttlMs: 60 });
    await waitFor("the deadline", () => made.notAfter < Date.now());

    const seen = await Promise.all(Array.from({ length: 10 }, () => jobs.expire(tenantId)));

    expect(seen.flat().filter((id) => id === made.jobId)).to.have.length(1);
    const owed = await jobs.unaudited(tenantId, -1);
    expect(owed.filter(({ step }) => step === "decided")).to.have.length(1);
  });

  it("supersedes the user's older jobs without a grant, and lets a granted one only verify from then on", async () => {
    const userId = newUserId();
    const first = await submitted({ userId });
    await claim(first.jobId);
    const second = await submitted({ userId });
    const third = await order({ userId });

    const created = await create(signJob(issuer, third, []));

    expect(created).to.deep.equal({ kind: "created", superseded: [second.jobId] });
    expect((await read(second.jobId)).code).to.equal("JOB_SUPERSEDED");
    expect(await claim(first.jobId)).to.include({ mode: "verify", mayApply: false });
  });

  it("delays a user's newer job while an older one is granted", async () => {
    const userId = newUserId();
    const first = await submitted({ userId });
    await claim(first.jobId);
    const second = await submitted({ userId });

    expect(await claim(second.jobId, B)).to.deep.equal({ kind: "deny", reason: "busy" });
    expect(await offer(second.jobId, B)).to.include({ kind: "busy", jobId: first.jobId });
    await outcome(first, UNKNOWN);
    expect(await claim(second.jobId, B)).to.include({ kind: "grant", mode: "apply" });
  });

  it("supersedes a draft on creation when a newer order was stored before it", async () => {
    const userId = newUserId();
    const older = await order({ userId });
    const newer = await submitted({ userId });
    await claim(newer.jobId);
    await outcome(newer, APPLIED);

    await create(signJob(issuer, older, []));

    expect((await read(older.jobId)).state).to.equal("superseded");
    expect(await claim(older.jobId)).to.deep.equal({ kind: "deny", reason: "final" });
  });

  it("deletes the sealed passwords and sets the record's expiry on the decision", async () => {
    const made = await submitted();
    const key = keys.job(tenantId, made.jobId);
    expect(await store.redis.hexists(key, "sealed")).to.equal(1);
    expect(await store.redis.ttl(key)).to.equal(-1);

    await outcome(made, REFUSED);

    expect(await store.redis.hmget(key, "sealed", "signature")).to.deep.equal([null, null]);
    expect(await store.redis.ttl(key)).to.be.within(3500, 3600);
    expect(await jobs.pending(tenantId)).to.deep.equal([]);
  });

  it("accepts at most maxPending jobs, and another as soon as one is decided", async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => submitted()));
    const next = signJob(issuer, await order(), []);
    expect((await create(next)).kind).to.equal("full");

    await outcome(all[0] ?? next.order, REFUSED);

    expect((await create(next)).kind).to.equal("created");
  });

  it("returns the same job for the same request under an idempotency key, and refuses a different request", async () => {
    const [first, second] = [await order(), await order()];

    expect((await create(signJob(issuer, first, []), "digest", "key")).kind).to.equal("created");
    expect(await create(signJob(issuer, second, []), "digest", "key")).to.deep.equal({
      kind: "existing",
      jobId: first.jobId,
    });
    expect((await create(signJob(issuer, second, []), "other", "key")).kind).to.equal("conflict");
    expect(await jobs.find(tenantId, second.jobId)).to.equal(null);
  });

  it("accepts a draft once", async () => {
    const job = signJob(issuer, await order(), []);
    expect((await create(job)).kind).to.equal("created");
    expect(await create(job)).to.deep.equal({ kind: "existing", jobId: job.order.jobId });
    expect((await create(job, "sealed otherwise")).kind).to.equal("conflict");
  });

  it("refuses a draft after its deadline", async () => {
    expect((await create(signJob(issuer, await order({ ttlMs: 0 }), []))).kind).to.equal("stale");
  });

  it("refuses a receipt for another user", async () => {
    const made = await submitted();
    expect(await outcome({ ...made, userId: newUserId() }, APPLIED)).to.equal("mismatch");
    expect((await read(made.jobId)).state).to.equal("queued");
  });

  it("returns the stored record and the waiting nodes for a verdict", async () => {
    const made = await submitted();
    await offer(made.jobId);
    await claim(made.jobId);

    const { kind, record, nodes } = await told(made, REJECTED);

    expect(kind).to.equal("decided");
    expect(record).to.deep.equal(await read(made.jobId));
    expect(record).to.include({ state: "rejected", agentId: A, attempts: 1 });
    expect(nodes).to.deep.equal(["n1"]);
    expect(await told(made, REJECTED)).to.deep.equal({ kind: "same", nodes: [], record: null });
  });

  it("accepts a verdict for a record with another damaged field", async () => {
    const made = await submitted();
    await claim(made.jobId);
    await store.redis.hset(keys.job(tenantId, made.jobId), "events", "made@1 up@2");

    expect(await told(made, APPLIED)).to.deep.equal({ kind: "decided", nodes: ["n1"], record: null });
    expect(await store.redis.hget(keys.job(tenantId, made.jobId), "state")).to.equal("applied");
  });

  it("counts offers and keeps the mark of the grant", async () => {
    const made = await submitted();
    for (const agentId of [A, B, A]) await offer(made.jobId, agentId);
    await claim(made.jobId);
    await offer(made.jobId, A, true);

    expect(await read(made.jobId)).to.include({ attempts: 4, state: "granted", agentId: A });
    expect(await claim(made.jobId))
      .to.include({ mode: "verify" })
      .and.to.deep.include({ mark: MARK });
  });

  it("keeps the jobs of tenants separate", async () => {
    const made = await submitted();
    expect(await jobs.find("another", made.jobId)).to.equal(null);
    const denied = { kind: "deny", reason: "unknown" };
    expect(await jobs.claim("another", made.jobId, { agentId: A, source: 1 }, MARK)).to.deep.equal(denied);
  });

  it("lists the jobs of a user and of the tenant, newest first", async () => {
    const userId = newUserId();
    const mine = [await submitted({ userId }), await submitted({ userId })];
    await submitted();

    const listed = await jobs.listForUser(tenantId, userId);

    expect(listed.map(({ id }) => id)).to.deep.equal(mine.map(({ jobId }) => jobId).reverse());
    expect(await jobs.list(tenantId, 2)).to.have.length(2);
  });

  for (const [what, field, value] of [
    ["a state that does not exist", "state", "done"],
    ["an order that is no JSON", "order", "{"],
    ["an order without its user", "order", "{}"],
    ["a verdict made up", "verdict", '{"state":"applied"}'],
    ["events made up", "events", "finished@1"],
  ] as const)
    it(`detects ${what}`, async () => {
      const made = await submitted();
      await store.redis.hset(keys.job(tenantId, made.jobId), field, value);

      const fault = await jobs.find(tenantId, made.jobId).catch((error: unknown) => error);

      expect(isAppError(fault, "RECORD_CORRUPT") && fault.message).to.include(keys.job(tenantId, made.jobId));
    });

  it("detects an order that was copied from another job before offering it (T-16)", async () => {
    const [mine, other] = [await submitted(), await submitted()];
    await store.redis.hset(keys.job(tenantId, mine.jobId), "order", JSON.stringify(other));

    const fault = await offer(mine.jobId).catch((error: unknown) => error);

    expect(isAppError(fault, "RECORD_CORRUPT")).to.equal(true);
  });

  it("decides jobs when Redis is full, and accepts no new ones", async () => {
    const server = await startRedis();
    const full = await openStore({ mac: testMac, connection: server.connection, log: silentLogger });
    try {
      jobs = createJobStore({ store: full, keepSeconds: 3600, maxPending: 5 });
      const made = await submitted();
      const another = signJob(issuer, await order(), []);
      await full.redis.config("SET", "maxmemory", "1");

      const fault = await create(another).catch((error: unknown) => error);

      expect(isAppError(fault, "STORE_FULL")).to.equal(true);
      expect((await claim(made.jobId)).kind).to.equal("grant");
      expect(await outcome(made, APPLIED)).to.equal("decided");
    } finally {
      await full.close();
      await server.stop();
    }
  });
});
