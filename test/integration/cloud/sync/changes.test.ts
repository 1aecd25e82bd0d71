import { expect } from "chai";
import { newId } from "../../../../shared/ids.ts";
import { asDigest, asGone, asUser, testUser, userId, usersUpTo } from "../../../support/directory-users.ts";
import { sharedRedis } from "../../../support/redis.ts";
import { rejection } from "../../../support/rejection.ts";
import {
  newSession,
  newTenant,
  runSync,
  startSyncCloud,
  type SyncCloud,
} from "../../../support/sync-cloud.ts";

describe("sync: the changes of a run", () => {
  let cloud: SyncCloud;
  before(async () => {
    cloud = await startSyncCloud((await sharedRedis()).connection);
  });
  after(() => cloud.close());

  it("counts added, changed and unchanged users", async () => {
    const session = newSession(await newTenant(cloud));
    const { tenantId } = session;
    await runSync(cloud.sync, session, { changes: usersUpTo(3).map(asUser), cursor: "one" });

    const { finished, begun } = await runSync(cloud.sync, session, {
      changes: [
        asUser(testUser(0)),
        asUser(testUser(1, { displayName: "Renamed" })),
        asUser(testUser(7, { mobile: null, phoneProblems: [{ field: "mobile", problem: "too_short" }] })),
        { kind: "present", ids: [userId(2)] },
        { kind: "rejected", id: null, dn: "cn=one", reason: "no_user_name", attribute: "uid" },
      ],
      cursor: "two",
    });

    expect(begun).to.deep.include({ cursor: "one", users: 3 });
    expect(finished).to.deep.include({ state: "done", held: 0 });
    expect(finished.counts).to.deep.equal({
      read: 5,
      added: 1,
      changed: 1,
      unchanged: 2,
      deleted: 0,
      rejected: 1,
      unusableNumbers: 1,
    });
    const run = await cloud.sync.get(tenantId, finished.runId);
    expect(run.rejections).to.deep.equal({ no_user_name: 1 });
    expect(await cloud.users.count(tenantId)).to.equal(4);
    expect(await cloud.users.get(tenantId, userId(1))).to.include({ displayName: "Renamed" });
    expect(
      (await cloud.users.search(tenantId, "", 10, { problem: "any" })).map((user) => user.id),
    ).to.deep.equal([userId(7)]);
    expect(await cloud.users.search(tenantId, "", 10, { problem: "too_long" })).to.be.empty;
  });

  it("changes nothing when a batch is repeated", async () => {
    const session = newSession(await newTenant(cloud));
    const runId = newId();
    await cloud.sync.begin(session, { runId, policy: "delta", trigger: "agent", dryRun: false, user: null });
    const batch = { runId, sequence: 1, changes: usersUpTo(5).map(asUser), cursor: "c" };

    const first = await cloud.sync.batch(session, batch);
    const second = await cloud.sync.batch(session, batch);

    expect(second).to.deep.equal(first);
    expect(await cloud.users.count(session.tenantId)).to.equal(5);
  });

  it("refuses a batch after a gap, and returns the last sequence it has", async () => {
    const session = newSession(await newTenant(cloud));
    const runId = newId();
    await cloud.sync.begin(session, { runId, policy: "delta", trigger: "agent", dryRun: false, user: null });
    await cloud.sync.batch(session, { runId, sequence: 1, changes: [asUser(testUser(0))], cursor: null });

    const batch = await rejection(
      cloud.sync.batch(session, { runId, sequence: 3, changes: [asUser(testUser(1))], cursor: null }),
    );
    const finish = await rejection(
      cloud.sync.finish(session, { runId, sequence: 3, sweep: false, cursor: "c", read: 2 }),
    );

    expect(batch).to.include({ code: "SYNC_GAP" });
    expect(batch.details).to.deep.equal({ sequence: 1 });
    expect(finish).to.include({ code: "SYNC_GAP" });
    expect(await cloud.users.count(session.tenantId)).to.equal(1);
  });

  it("does not move the cursor when a run fails", async () => {
    const session = newSession(await newTenant(cloud));
    await runSync(cloud.sync, session, { changes: [asUser(testUser(0))], cursor: "before" });
    const runId = newId();
    await cloud.sync.begin(session, { runId, policy: "delta", trigger: "agent", dryRun: false, user: null });
    await cloud.sync.batch(session, { runId, sequence: 1, changes: [asUser(testUser(1))], cursor: null });

    const failed = await cloud.sync.fail(session, { runId, code: "DIRECTORY_TIMEOUT", reason: "no answer" });
    const { begun } = await runSync(cloud.sync, session, {});

    expect(failed).to.include({ state: "failed" });
    expect(await cloud.sync.get(session.tenantId, runId)).to.include({
      code: "DIRECTORY_TIMEOUT",
      message: "no answer",
    });
    expect(begun.cursor).to.equal("before");
  });

  it("commits a checkpoint with its batch, but not past an undecided delete or inside a full run over known users", async () => {
    const session = newSession(await newTenant(cloud));
    const cursorAfter = async (
      full: boolean,
      changes: Parameters<typeof asGone>[] | readonly [],
      cursor: string,
    ) => {
      const runId = newId();
      await cloud.sync.begin(session, {
        runId,
        policy: "delta",
        trigger: "agent",
        dryRun: false,
        user: null,
      });
      await cloud.sync.note(session, { runId, feed: "dirsync", full, reason: null });
      await cloud.sync.batch(session, {
        runId,
        sequence: 1,
        changes: changes.map(([id]) => asGone(id)),
        cursor,
      });
      await cloud.sync.fail(session, { runId, code: "SYNC_FAILED", reason: "cut" });
      return (await runSync(cloud.sync, session, {})).begun.cursor;
    };

    const ofEmptyCloud = await cursorAfter(true, [], "a");
    await runSync(cloud.sync, session, { changes: usersUpTo(3).map(asUser) });

    expect(ofEmptyCloud).to.equal("a");
    expect(await cursorAfter(false, [], "b")).to.equal("b");
    expect(await cursorAfter(true, [], "c")).to.equal("b");
    expect(await cursorAfter(false, [[1]], "d")).to.equal("b");
    expect(await cloud.users.count(session.tenantId)).to.equal(3);
  });

  it("writes only the expected counts in a dry run", async () => {
    const session = newSession(await newTenant(cloud));
    const { tenantId } = session;
    await runSync(cloud.sync, session, { changes: usersUpTo(20).map(asUser), cursor: "kept" });
    const before = await cloud.users.search(tenantId, "", 100);

    const few = await runSync(cloud.sync, session, {
      dryRun: true,
      sweep: true,
      changes: [
        asDigest(testUser(0, { mobile: null })),
        asDigest(testUser(99)),
        ...usersUpTo(15).slice(1).map(asDigest),
      ],
      cursor: "lost",
    });
    const many = await runSync(cloud.sync, session, {
      dryRun: true,
      sweep: true,
      changes: [asDigest(testUser(0))],
    });
    const { begun } = await runSync(cloud.sync, session, {});

    expect(few.finished).to.deep.include({ state: "done", held: 0 });
    expect(few.finished.counts).to.include({ added: 1, changed: 1, unchanged: 14, deleted: 5 });
    expect(many.finished).to.deep.include({ state: "done", held: 19 });
    expect(await cloud.sync.held(tenantId)).to.be.empty;
    expect(begun).to.deep.include({ cursor: "kept", users: 20 });
    expect(await cloud.users.search(tenantId, "", 100)).to.deep.equal(before);
  });

  it("sets the time of a number change only when the number changes", async () => {
    const session = newSession(await newTenant(cloud));
    const stamp = async () => (await cloud.users.get(session.tenantId, userId(0)))?.numberChangedAt;
    await runSync(cloud.sync, session, { changes: [asUser(testUser(0))] });
    expect(await stamp()).to.equal(null);

    // A display name that looks like the `mobile` field must not be mistaken for it.
    await runSync(cloud.sync, session, { changes: [asUser(testUser(0, { displayName: '"mobile":"+1"' }))] });
    expect(await stamp()).to.equal(null);

    await runSync(cloud.sync, session, { changes: [asUser(testUser(0, { mobile: null }))] });
    const stored = await cloud.users.get(session.tenantId, userId(0));
    expect(stored?.numberChangedAt).to.be.closeTo(Date.now(), 5_000);
    expect(stored?.createdAt).to.be.closeTo(Date.now(), 10_000);
  });

  it("leaves no old name behind after a rename, in any script", async () => {
    const session = newSession(await newTenant(cloud));
    const { tenantId } = session;
    await runSync(cloud.sync, session, {
      changes: [asUser(testUser(0, { userName: "JÖRG@contoso.com", aliases: ["jörg", "jm"] }))],
    });
    expect(await cloud.users.lookup(tenantId, "jo\u0308rg@CONTOSO.com")).to.include({ id: userId(0) });

    await runSync(cloud.sync, session, {
      changes: [asUser(testUser(0, { userName: "georg@contoso.com", aliases: ["jm"] }))],
    });

    expect(await rejection(cloud.users.lookup(tenantId, "jörg"))).to.include({ code: "USER_UNKNOWN" });
    expect(await rejection(cloud.users.lookup(tenantId, "jörg@contoso.com"))).to.include({
      code: "USER_UNKNOWN",
    });
    expect(await cloud.users.lookup(tenantId, "jm")).to.include({ userName: "georg@contoso.com" });
    expect(await cloud.users.search(tenantId, "j", 10)).to.have.length(1);

    await runSync(cloud.sync, session, { changes: [asGone(0)] });
    expect(await cloud.users.search(tenantId, "", 10)).to.be.empty;
  });

  it("rejects a name with control characters and keeps the stored user", async () => {
    const session = newSession(await newTenant(cloud));
    await runSync(cloud.sync, session, { changes: [asUser(testUser(0)), asUser(testUser(1))] });

    const { finished } = await runSync(cloud.sync, session, {
      changes: [asUser(testUser(0, { aliases: ["a\0b"] })), asUser(testUser(1))],
      sweep: true,
    });

    expect(finished.counts).to.include({ rejected: 1, deleted: 0 });
    expect(await cloud.users.get(session.tenantId, userId(0))).to.deep.include({ aliases: ["user0"] });
  });

  it("stores twenty thousand users and sweeps the deleted ones", async function () {
    this.timeout(120_000);
    const session = newSession(await newTenant(cloud));
    const { tenantId } = session;
    const people = usersUpTo(20_000);

    const first = await runSync(cloud.sync, session, {
      changes: people.map(asUser),
      sweep: true,
      cursor: "a",
    });
    const ids = people.slice(900).map((user) => user.id);
    const present = Array.from({ length: 20 }, (_, at) => ids.slice(at * 1000, at * 1000 + 1000)).filter(
      (part) => part.length > 0,
    );
    const second = await runSync(cloud.sync, session, {
      changes: present.map((part) => ({ kind: "present", ids: part })),
      sweep: true,
      cursor: "b",
    });

    expect(first.finished.counts).to.include({ added: 20_000, deleted: 0 });
    expect(second.finished).to.deep.include({ state: "done", held: 0 });
    expect(second.finished.counts).to.include({ deleted: 900, unchanged: 19_100 });
    expect(await cloud.users.count(tenantId)).to.equal(19_100);
    expect(await cloud.users.lookup(tenantId, "USER19999")).to.include({ id: userId(19_999) });
  });
});
