import { expect } from "chai";
import { newId } from "../../../../shared/ids.ts";
import { asGone, asUser, testUser, userId, usersUpTo } from "../../../support/directory-users.ts";
import { sharedRedis } from "../../../support/redis.ts";
import { rejection } from "../../../support/rejection.ts";
import {
  newSession,
  newTenant,
  runSync,
  startSyncCloud,
  type SyncCloud,
} from "../../../support/sync-cloud.ts";

describe("sync: the delete brake (T-31)", () => {
  let cloud: SyncCloud;
  before(async () => {
    cloud = await startSyncCloud((await sharedRedis()).connection);
  });
  after(() => cloud.close());

  const goneUpTo = (count: number, from = 0) => Array.from({ length: count }, (_, at) => asGone(from + at));

  async function tenantWith(users: number) {
    const session = newSession(await newTenant(cloud));
    await runSync(cloud.sync, session, { changes: usersUpTo(users).map(asUser), cursor: "start" });
    return session;
  }

  for (const { users, deletes, state } of [
    { users: 100, deletes: 10, state: "done" },
    { users: 100, deletes: 11, state: "held" },
    { users: 400, deletes: 20, state: "done" },
    { users: 400, deletes: 21, state: "held" },
    { users: 410, deletes: 20, state: "done" }, // 20.5 rounds down
    { users: 410, deletes: 21, state: "held" },
    { users: 10, deletes: 10, state: "done" },
  ] as const)
    it(`${state === "held" ? "holds" : "lets through"} ${deletes} deletes of ${users} users`, async () => {
      const session = await tenantWith(users);

      const { finished } = await runSync(cloud.sync, session, { changes: goneUpTo(deletes), cursor: "end" });

      const isHeld = state === "held";
      expect(finished).to.deep.include({ state, held: isHeld ? deletes : 0 });
      expect(finished.counts.deleted).to.equal(isHeld ? 0 : deletes);
      expect(await cloud.users.count(session.tenantId)).to.equal(isHeld ? users : users - deletes);
      expect((await runSync(cloud.sync, session, {})).begun.cursor).to.equal("end");
    });

  it("prefers a tenant's own limits to the installation's", async () => {
    const session = await tenantWith(30);
    await cloud.tenants.update(session.tenantId, { settings: { deleteMinimum: 2, deletePercent: 0 } });

    const { finished } = await runSync(cloud.sync, session, { changes: goneUpTo(3) });

    expect(finished).to.deep.include({ state: "held", held: 3 });
  });

  it("holds the users a full run did not find, and deletes exactly those when approved", async () => {
    const session = await tenantWith(100);
    const { tenantId } = session;
    const { runId } = await runSync(cloud.sync, session, {
      changes: usersUpTo(80).map(asUser),
      sweep: true,
    });

    const held = await cloud.sync.heldUsers(tenantId, runId, 100);
    expect(held.map((user) => user.userId)).to.have.members(
      usersUpTo(100)
        .slice(80)
        .map((user) => user.id),
    );
    expect(held.every((user) => user.reason === "absent" && user.userName !== null)).to.equal(true);
    expect((await cloud.sync.held(tenantId)).map((run) => run.id)).to.deep.equal([runId]);
    expect(cloud.audited.filter((event) => event.subject === `run:${runId}`)).to.have.length(1);

    const run = await cloud.sync.approve(tenantId, runId, "key:1");

    expect(run).to.deep.include({ state: "approved", held: 0, decidedBy: "key:1" });
    expect(run.counts.deleted).to.equal(20);
    expect(await cloud.users.count(tenantId)).to.equal(80);
    expect(await cloud.users.get(tenantId, userId(80))).to.equal(null);
    expect(await cloud.sync.held(tenantId)).to.be.empty;
    expect(await rejection(cloud.sync.approve(tenantId, runId, "key:1"))).to.include({
      code: "SYNC_NOT_HELD",
    });
    expect(await rejection(cloud.sync.discard(tenantId, newId(), "key:1"))).to.include({
      code: "SYNC_RUN_UNKNOWN",
    });
  });

  it("keeps all users when the deletes are discarded", async () => {
    const session = await tenantWith(50);
    const { runId } = await runSync(cloud.sync, session, { changes: goneUpTo(20) });

    const run = await cloud.sync.discard(session.tenantId, runId, "key:1");

    expect(run).to.deep.include({ state: "discarded", held: 0 });
    expect(await cloud.users.count(session.tenantId)).to.equal(50);
    expect(await cloud.sync.heldUsers(session.tenantId, runId, 100)).to.be.empty;
    expect(cloud.audited.at(-1)).to.include({ action: "sync.discarded", actor: "key:1" });
  });

  it("removes returning users from the held set, and closes the set when it is empty", async () => {
    const session = await tenantWith(50);
    const { tenantId } = session;
    const { runId } = await runSync(cloud.sync, session, { changes: goneUpTo(12) });

    await runSync(cloud.sync, session, {
      changes: [asUser(testUser(3)), { kind: "present", ids: [userId(4)] }],
    });
    expect(await cloud.sync.get(tenantId, runId)).to.include({ state: "held", held: 10 });
    const names = (await cloud.sync.heldUsers(tenantId, runId, 100)).map((user) => user.userId);
    expect(names)
      .to.have.length(10)
      .and.not.include.members([userId(3), userId(4)]);

    await runSync(cloud.sync, session, { changes: usersUpTo(12).map(asUser) });
    expect(await cloud.sync.get(tenantId, runId)).to.include({ state: "done", held: 0 });
    expect(await cloud.sync.held(tenantId)).to.be.empty;
    expect(await rejection(cloud.sync.approve(tenantId, runId, "key:1"))).to.include({
      code: "SYNC_NOT_HELD",
    });
    expect(await cloud.users.count(tenantId)).to.equal(50);
  });

  it("does not count, report or delete again the users an older run holds", async () => {
    const session = await tenantWith(100);
    const { tenantId } = session;
    const first = await runSync(cloud.sync, session, { changes: goneUpTo(15) });

    const again = await runSync(cloud.sync, session, { changes: goneUpTo(20) });
    const more = await runSync(cloud.sync, session, { changes: goneUpTo(30, 10) });

    expect(again.finished).to.deep.include({ state: "done", held: 0 });
    expect(again.finished.counts.deleted).to.equal(5);
    expect(more.finished).to.deep.include({ state: "held", held: 20 });
    await cloud.sync.approve(tenantId, more.runId, "key:1");
    expect(await cloud.users.count(tenantId)).to.equal(75);
    expect(await cloud.sync.get(tenantId, first.runId)).to.include({ state: "held", held: 15 });
  });

  it("cancels a delete when the user appears later in the same run", async () => {
    const session = await tenantWith(3);

    const { finished } = await runSync(cloud.sync, session, {
      changes: [asGone(0), asGone(1), asUser(testUser(0)), asGone(2), { kind: "present", ids: [userId(2)] }],
    });

    expect(finished.counts.deleted).to.equal(1);
    expect(await cloud.users.count(session.tenantId)).to.equal(2);
  });

  it("refuses a full run without any user while the cloud has users", async () => {
    const session = await tenantWith(5);
    const runId = newId();

    const error = await rejection(runSync(cloud.sync, session, { runId, sweep: true, cursor: "lost" }));

    expect(error).to.include({ code: "SYNC_EMPTY" });
    expect(await cloud.sync.get(session.tenantId, runId)).to.include({ state: "failed", code: "SYNC_EMPTY" });
    expect(await cloud.users.count(session.tenantId)).to.equal(5);
    expect((await runSync(cloud.sync, session, {})).begun.cursor).to.equal("start");
  });

  it("deletes at most the one user of a run for one user, and does not move the cursor", async () => {
    const session = await tenantWith(5);

    const { begun, finished } = await runSync(cloud.sync, session, {
      user: "USER2@contoso.com",
      changes: [asGone(2), asGone(3)],
      sweep: true,
      cursor: "lost",
    });

    expect(begun).to.include({ userId: userId(2), cursor: null });
    expect(finished.counts.deleted).to.equal(1);
    expect(await cloud.users.get(session.tenantId, userId(2))).to.equal(null);
    expect(await cloud.users.count(session.tenantId)).to.equal(4);
    expect((await runSync(cloud.sync, session, {})).begun.cursor).to.equal("start");
  });

  it("holds a large set in several steps, and approves all of it", async function () {
    this.timeout(80_000);
    const session = await tenantWith(12_000);
    const { tenantId } = session;

    const { runId, finished } = await runSync(cloud.sync, session, {
      changes: usersUpTo(1).map(asUser),
      sweep: true,
    });
    const run = await cloud.sync.approve(tenantId, runId, "key:1");

    expect(finished).to.deep.include({ state: "held", held: 11_999 });
    expect(run.counts.deleted).to.equal(11_999);
    expect(await cloud.users.count(tenantId)).to.equal(1);
    expect(await cloud.users.search(tenantId, "", 10)).to.have.length(1);
  });
});
