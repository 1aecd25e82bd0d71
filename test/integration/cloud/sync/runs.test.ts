import { expect } from "chai";
import { keys } from "../../../../cloud/store/keys.ts";
import { AppError } from "../../../../shared/errors.ts";
import { newId } from "../../../../shared/ids.ts";
import type { CloudBody } from "../../../../shared/protocol/frames.ts";
import { RUN_COVERAGE } from "../../../../shared/protocol/run-coverage.ts";
import { asUser, testUser, usersUpTo } from "../../../support/directory-users.ts";
import { type RedisServer, sharedRedis, startRedis } from "../../../support/redis.ts";
import { rejection } from "../../../support/rejection.ts";
import { scopeOf } from "../../../support/run-scope.ts";
import {
  type ConnectedPeer,
  newSession,
  newTenant,
  runSync,
  startSyncCloud,
  type SyncCloud,
} from "../../../support/sync-cloud.ts";
import { waitFor } from "../../../support/wait-for.ts";

const orderOf = (runId: string) =>
  ({ runId, policy: "delta", trigger: "agent", dryRun: false, user: null }) as const;

describe("sync: runs, leases and requests", () => {
  let cloud: SyncCloud;
  let other: SyncCloud;
  const peers: ConnectedPeer[] = [];
  before(async () => {
    const { connection } = await sharedRedis();
    cloud = await startSyncCloud(connection, { peers });
    other = await startSyncCloud(connection, { peers });
  });
  after(() => Promise.all([cloud.close(), other.close()]));
  afterEach(() => peers.splice(0));

  /** Makes the present lease two minutes older. */
  const letLeaseLapse = (tenantId: string) =>
    cloud.store.redis.hset(keys.sync(tenantId, 1), { lease_until: 1, heard_at: 1 });

  function connect(tenantId: string, answer: ConnectedPeer["request"], node = cloud.node): ConnectedPeer {
    const peer = { ...newSession(tenantId), node, request: answer };
    peers.push(peer);
    return peer;
  }

  it("lets one agent sync at a time, and another take over when it stops responding", async () => {
    const first = newSession(await newTenant(cloud));
    const { tenantId } = first;
    const second = newSession(tenantId);
    const [one, two] = [newId(), newId()];
    await cloud.sync.begin(first, orderOf(one));

    expect(await rejection(other.sync.begin(second, orderOf(two)))).to.include({ code: "SYNC_LEASE_LOST" });
    await letLeaseLapse(tenantId);
    await other.sync.begin(second, orderOf(two));

    const batch = { runId: one, sequence: 1, changes: [asUser(testUser(0))], cursor: "stale" };
    expect(await rejection(cloud.sync.batch(first, batch))).to.include({ code: "SYNC_LEASE_LOST" });
    expect(await rejection(cloud.sync.batch(first, { ...batch, runId: two }))).to.include({
      code: "SYNC_LEASE_LOST",
    });
    expect(await cloud.sync.get(tenantId, one)).to.include({ state: "failed", code: "SYNC_FAILED" });
    expect(other.ended.map((run) => run.id)).to.include(one);
    expect(
      await other.sync.finish(second, { runId: two, sequence: 1, sweep: false, cursor: "new", read: 0 }),
    ).to.include({ state: "done" });
    expect(await cloud.users.count(tenantId)).to.equal(0);
  });

  it("keeps scheduled runs with the same agent while it is connected", async () => {
    const tenantId = await newTenant(cloud);
    const first = connect(tenantId, () => Promise.resolve());
    const second = connect(tenantId, () => Promise.resolve());
    await runSync(cloud.sync, first, { trigger: "schedule" });

    expect(await rejection(runSync(cloud.sync, second, { trigger: "schedule" }))).to.include({
      code: "SYNC_LEASE_LOST",
    });
    await runSync(cloud.sync, second, { trigger: "agent", dryRun: true });
    await runSync(cloud.sync, first, { trigger: "agent" });
    peers.splice(peers.indexOf(first), 1);

    expect((await runSync(cloud.sync, second, { trigger: "schedule" })).finished).to.include({
      state: "done",
    });
  });

  it("restarts a run that is begun again", async () => {
    const session = newSession(await newTenant(cloud));
    const runId = newId();
    await cloud.sync.begin(session, orderOf(runId));
    await cloud.sync.batch(session, { runId, sequence: 1, changes: usersUpTo(3).map(asUser), cursor: null });

    const { finished } = await runSync(cloud.sync, session, { runId, changes: usersUpTo(5).map(asUser) });

    expect(finished.counts).to.include({ read: 5, added: 2, unchanged: 3 });
    expect(await rejection(cloud.sync.begin(session, orderOf(runId)))).to.include({ code: "SYNC_FAILED" });
  });

  it("fails the run of an agent that begins another", async () => {
    const session = newSession(await newTenant(cloud));
    const runId = newId();
    await cloud.sync.begin(session, orderOf(runId));

    await runSync(cloud.sync, session, {});

    expect(await cloud.sync.get(session.tenantId, runId)).to.include({
      state: "failed",
      code: "SYNC_FAILED",
    });
  });

  it("fails a run when its agent is gone, but not while a connected agent waits for its directory", async () => {
    const tenantId = await newTenant(cloud);
    const peer = connect(tenantId, () => Promise.resolve());
    const runId = newId();
    await cloud.sync.begin(peer, orderOf(runId));
    await cloud.store.redis.hset(keys.sync(tenantId, 1), { lease_until: 1 });
    expect(await cloud.sync.get(tenantId, runId)).to.include({ state: "running" });

    peers.splice(0);
    await cloud.store.redis.hset(keys.sync(tenantId, 1), { lease_until: 1 });

    expect(await cloud.sync.get(tenantId, runId)).to.include({ state: "failed", code: "SYNC_FAILED" });
    expect(cloud.ended.map((run) => run.id)).to.include(runId);
  });

  for (const where of ["this node", "another node"] as const)
    it(`requests a run from an agent on ${where}, joins a covered request to it, and waits until it ends`, async () => {
      const tenantId = await newTenant(cloud);
      const asked: CloudBody<"sync.request">[] = [];
      const there = where === "this node" ? cloud : other;
      const peer = connect(
        tenantId,
        (body) => {
          asked.push(body);
          return Promise.resolve();
        },
        there.node,
      );
      const request = {
        tenantId,
        policy: "delta",
        user: null,
        dryRun: false,
        source: 1,
        requestedBy: "key:1",
      } as const;

      const run = await cloud.sync.request({ ...request, policy: "initial" });
      const joined = await other.sync.request({ ...request, requestedBy: "key:2" });
      const different = await other.sync.request({ ...request, dryRun: true });

      expect(run).to.include({ state: "requested", joined: false, requestedBy: "key:1", trigger: "cloud" });
      expect(joined).to.include({ id: run.id, joined: true });
      expect(different).to.include({ joined: false });
      await waitFor("both requests", () => asked.length === 2);
      expect(asked[0]).to.deep.equal({ runId: run.id, policy: "initial", dryRun: false, user: null });

      const waiting = cloud.sync.waitFor(tenantId, run.id, 5_000);
      await runSync(there.sync, peer, { ...asked[0], trigger: "cloud", changes: [asUser(testUser(0))] });
      const done = await waiting;
      expect(done).to.include({ state: "done", agentId: peer.agentId, requestedBy: "key:1" });
      expect(done.counts.added).to.equal(1);
      expect(await cloud.sync.waitFor(tenantId, different.id, 50)).to.include({ state: "requested" });
    });

  describe("joins a request to an open run according to the coverage table:", () => {
    for (const { open, request, joins } of RUN_COVERAGE)
      it(`open: ${open.join(" of ")}, requested: ${request.join(" of ")}: ${joins}`, async () => {
        for (const isRunning of [false, true]) {
          const session = newSession(await newTenant(cloud));
          const { tenantId } = session;
          const runId = newId();
          const asked = { requestedBy: "key:1", source: 1, ...scopeOf(open) };
          await cloud.runs.request(tenantId, { ...asked, id: runId });
          if (isRunning) await cloud.sync.begin(session, { ...scopeOf(open), runId, trigger: "cloud" });

          const found = await cloud.runs.request(tenantId, { ...asked, ...scopeOf(request), id: newId() });

          const isExpected = joins === "always" || (joins !== "never" && !isRunning);
          expect(found.joined, isRunning ? "running" : "waiting").to.equal(isExpected);
          expect(found.runId === runId).to.equal(isExpected);
        }
      });
  });

  it("does not join a run for another user, or of the other dry-run setting", async () => {
    const tenantId = await newTenant(cloud);
    const jane = { policy: "initial", user: "jane", dryRun: false, source: 1, requestedBy: "key:1" } as const;
    await cloud.runs.request(tenantId, { ...jane, id: newId() });

    for (const change of [{ user: "joe" }, { dryRun: true }])
      expect(await cloud.runs.request(tenantId, { ...jane, ...change, id: newId() })).to.include({
        joined: false,
      });
  });

  it("refuses a request when no agent is connected, and fails a run that no agent accepts or begins", async () => {
    const tenantId = await newTenant(cloud);
    const request = {
      tenantId,
      policy: "delta",
      user: null,
      dryRun: false,
      source: 1,
      requestedBy: "key:1",
    } as const;
    expect(await rejection(cloud.sync.request(request))).to.include({ code: "AGENT_OFFLINE" });
    expect(await rejection(cloud.sync.request({ ...request, tenantId: "nobody" }))).to.include({
      code: "TENANT_UNKNOWN",
    });

    connect(tenantId, () =>
      Promise.reject(new AppError("RATE_LIMITED", "Too many sync runs are waiting already.")),
    );
    expect(await cloud.sync.request(request)).to.include({ state: "failed", code: "RATE_LIMITED" });

    peers.splice(0);
    connect(tenantId, () => Promise.resolve());
    const run = await cloud.sync.request(request);
    await cloud.store.redis.hset(keys.syncRun(tenantId) + run.id, { requestedAt: 1 });
    await cloud.store.redis.hset(keys.sync(tenantId, 1), { released_at: 1 });

    expect(await cloud.sync.get(tenantId, run.id)).to.include({ state: "failed", code: "TIMEOUT" });
    expect(await rejection(cloud.sync.get(tenantId, newId()))).to.include({ code: "SYNC_RUN_UNKNOWN" });
  });

  it("reports an agent's refusal that arrived through another node", async () => {
    const tenantId = await newTenant(cloud);
    connect(tenantId, () => Promise.reject(new AppError("RATE_LIMITED")), other.node);

    const run = await cloud.sync.request({
      tenantId,
      source: 1,
      policy: "delta",
      user: null,
      dryRun: false,
      requestedBy: "key:1",
    });

    expect(await cloud.sync.waitFor(tenantId, run.id, 5_000)).to.include({
      state: "failed",
      code: "RATE_LIMITED",
    });
  });

  it("keeps the last runs, and held runs of any age", async () => {
    const session = newSession(await newTenant(cloud));
    const { tenantId } = session;
    await runSync(cloud.sync, session, { changes: usersUpTo(30).map(asUser) });
    const { runId } = await runSync(cloud.sync, session, { changes: usersUpTo(5).map(asUser), sweep: true });

    for (let count = 0; count < 15; count++) await runSync(cloud.sync, session, { trigger: "schedule" });

    const list = await cloud.sync.list(tenantId, 100);
    expect(list).to.have.length(10);
    expect(list.at(-1)).to.include({ id: runId, state: "held" });
    const kept = await cloud.store.redis.keys(`${keys.syncRun(tenantId)}*`);
    expect(kept).to.have.length(10);
  });

  describe("when Redis is killed", () => {
    let server: RedisServer;
    let node: SyncCloud;
    before(async () => {
      server = await startRedis();
      node = await startSyncCloud(server.connection);
    });
    after(async () => {
      await node.close();
      await server.stop();
    });

    /** Repeats a request as the agent does when it is told to try again. */
    const again = <T>(work: () => Promise<T>): Promise<T> =>
      waitFor("the store", () => work(), { timeoutMs: 8_000 });

    it("continues in the middle of a run without lost or duplicate changes", async () => {
      const session = newSession(await newTenant(node));
      const { tenantId } = session;
      const runId = newId();
      await node.sync.begin(session, orderOf(runId));
      const people = usersUpTo(400);
      const first = { runId, sequence: 1, changes: people.slice(0, 200).map(asUser), cursor: "half" };
      await node.sync.batch(session, first);

      await server.kill();
      expect((await rejection(node.sync.batch(session, first))).code).to.equal("STORE_UNAVAILABLE");
      await server.restart();
      await again(() => node.sync.batch(session, first));
      await node.sync.batch(session, {
        runId,
        sequence: 2,
        changes: people.slice(200).map(asUser),
        cursor: null,
      });
      await server.restart();
      const finish = { runId, sequence: 3, sweep: true, cursor: "whole", read: 400 };
      const finished = await again(() => node.sync.finish(session, finish));
      await server.restart();

      expect(finished).to.include({ state: "done" });
      expect(finished.counts).to.include({ read: 400, added: 400, unchanged: 0 });
      expect(await again(() => node.sync.finish(session, finish))).to.deep.equal(finished);
      expect(await node.users.count(tenantId)).to.equal(400);
      expect((await runSync(node.sync, session, {})).begun).to.include({ cursor: "whole", users: 400 });
    });

    it("resumes the end of a run that its node left unfinished", async function () {
      this.timeout(80_000);
      const session = newSession(await again(() => newTenant(node)));
      const { tenantId } = session;
      await runSync(node.sync, session, { changes: usersUpTo(12_000).map(asUser) });
      const runId = newId();
      await node.sync.begin(session, orderOf(runId));
      await node.sync.batch(session, { runId, sequence: 1, changes: [asUser(testUser(0))], cursor: null });
      // The node dies after the first step.
      const brake = { deleteMinimum: 20_000, deletePercent: 5 };
      const step = await node.runs.finish(
        tenantId,
        session.agentId,
        { runId, sequence: 2, sweep: true, cursor: "end", read: 1 },
        brake,
      );
      expect(step).to.equal(null);

      const { begun } = await runSync(node.sync, session, {});

      expect(await node.sync.get(tenantId, runId)).to.include({ state: "done" });
      expect(begun).to.include({ cursor: "end", users: 1 });
    });
  });
});
