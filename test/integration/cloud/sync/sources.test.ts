import { expect } from "chai";
import { keys } from "../../../../cloud/store/keys.ts";
import { createSourceStore } from "../../../../cloud/store/sources.ts";
import { newId } from "../../../../shared/ids.ts";
import type { DirectoryScope } from "../../../../shared/source.ts";
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

const scopeOf = (...bases: string[]): DirectoryScope => ({
  bases: bases.map((base) => ({ dn: `ou=${base},dc=x`, id: base })),
  filter: null,
  groups: [],
});

describe("sync: several directories in one tenant", () => {
  let cloud: SyncCloud;
  before(async () => {
    cloud = await startSyncCloud((await sharedRedis()).connection);
  });
  after(() => cloud.close());

  /** A tenant of two directories: users 0 to 19 are in the first, 20 to 59 in the second. */
  async function twoDirectories() {
    const tenantId = await newTenant(cloud, { sources: 2 });
    const [one, two] = [newSession(tenantId, 1), newSession(tenantId, 2)];
    const inOne = usersUpTo(20);
    const inTwo = usersUpTo(60).slice(20);
    await runSync(cloud.sync, one, { changes: inOne.map(asUser), cursor: "one" });
    await runSync(cloud.sync, two, { changes: inTwo.map(asUser), cursor: "two" });
    return { tenantId, one, two, inOne, inTwo };
  }

  it("keeps users, cursor and count of each, and finds names in both", async () => {
    const { tenantId, one, two } = await twoDirectories();

    expect((await runSync(cloud.sync, one, {})).begun).to.include({ cursor: "one", users: 20 });
    expect((await runSync(cloud.sync, two, {})).begun).to.include({ cursor: "two", users: 40 });
    expect(await cloud.users.count(tenantId)).to.equal(60);
    expect(await cloud.users.lookup(tenantId, "user3")).to.include({ source: 1 });
    expect(await cloud.users.lookup(tenantId, "user33")).to.include({ source: 2 });
  });

  it("deletes nobody of the other directory in a full run, nor by naming them as gone", async () => {
    const { tenantId, one, inOne } = await twoDirectories();

    const full = await runSync(cloud.sync, one, { changes: inOne.map(asUser), sweep: true });
    const lying = await runSync(cloud.sync, one, { changes: [asGone(30), asGone(31)] });

    expect(full.finished).to.deep.include({ state: "done", held: 0 });
    expect([full.finished.counts.deleted, lying.finished.counts.deleted]).to.deep.equal([0, 0]);
    expect(await cloud.users.count(tenantId)).to.equal(60);
  });

  it("rejects a user whose id another directory has, and leaves that user as it was", async () => {
    const { tenantId, one } = await twoDirectories();

    const { runId, finished } = await runSync(cloud.sync, one, {
      changes: [asUser(testUser(25, { mobile: "+32499999999" })), asUser(testUser(60))],
    });

    expect(finished.counts).to.include({ added: 1, changed: 0, rejected: 1 });
    expect((await cloud.sync.get(tenantId, runId)).rejections).to.deep.equal({ other_source: 1 });
    expect(await cloud.users.get(tenantId, userId(25))).to.include({ source: 2, mobile: "+32470000025" });
  });

  it("does not release the other directory's held deletions when its users are named", async () => {
    const { tenantId, one, two } = await twoDirectories();
    const gone = usersUpTo(60).slice(20, 40);
    const { runId } = await runSync(cloud.sync, two, { changes: gone.map((_, at) => asGone(20 + at)) });

    await runSync(cloud.sync, one, { changes: gone.map(asUser) });

    expect(await cloud.sync.get(tenantId, runId)).to.include({ state: "held", held: 20, source: 2 });
  });

  it("lets both sync at the same time, each under its own lease", async () => {
    const { one, two } = await twoDirectories();
    const begin = { policy: "delta", trigger: "agent", dryRun: false, user: null } as const;
    const [runOne, runTwo] = [newId(), newId()];

    await cloud.sync.begin(one, { ...begin, runId: runOne });
    await cloud.sync.begin(two, { ...begin, runId: runTwo });

    for (const [session, runId] of [
      [one, runOne],
      [two, runTwo],
    ] as const)
      expect(
        await cloud.sync.finish(session, { runId, sequence: 1, sweep: false, cursor: null, read: 0 }),
      ).to.include({ state: "done" });
  });

  it("lists a name that users of both directories have, and finds nobody by it", async () => {
    const { tenantId, one, two } = await twoDirectories();
    await runSync(cloud.sync, one, { changes: [asUser(testUser(70, { aliases: ["shared"] }))] });
    await runSync(cloud.sync, two, { changes: [asUser(testUser(71, { aliases: ["shared"] }))] });

    const names = await cloud.users.ambiguous(tenantId, 10);

    expect(names.map(({ name, users }) => [name, users.map((user) => user.source).sort()])).to.deep.equal([
      ["shared", [1, 2]],
    ]);
    expect(await rejection(cloud.users.lookup(tenantId, "shared"))).to.include({ code: "USER_AMBIGUOUS" });
    expect(
      await cloud.users.find(tenantId, await cloud.users.resolve(tenantId, "shared"), "0".repeat(32)),
    ).to.equal(null);
  });

  it("gives an unknown id always the same source, and both sources to unknown ids", async () => {
    const { tenantId } = await twoDirectories();
    const ids = usersUpTo(200).slice(100);
    const first = await Promise.all(ids.map(({ id }) => cloud.users.sourceOf(tenantId, id)));
    const again = await Promise.all(ids.map(({ id }) => cloud.users.sourceOf(tenantId, id)));

    expect(again).to.deep.equal(first);
    expect(new Set(first)).to.deep.equal(new Set([1, 2]));
    expect(await cloud.users.sourceOf(tenantId, userId(25))).to.equal(2);
  });

  describe("when the scope of an agent changes", () => {
    /** Ten users, read with the bases a and b. */
    async function synced() {
      const tenantId = await newTenant(cloud);
      const right = newSession(tenantId, 1, scopeOf("a", "b"));
      const users = usersUpTo(10);
      await runSync(cloud.sync, right, { changes: users.map(asUser), sweep: true, cursor: "start" });
      return { tenantId, right, users };
    }

    it("holds even one deletion of a mistyped base, says why, and keeps everybody once it is corrected", async () => {
      const { tenantId, right, users } = await synced();
      const mistyped = newSession(tenantId, 1, scopeOf("a"));

      const { runId, begun, finished } = await runSync(cloud.sync, mistyped, {
        changes: users.slice(1).map(asUser),
        sweep: true,
        cursor: "wrong",
      });

      expect(begun.cursor).to.equal(null);
      expect(finished).to.deep.include({ state: "held", held: 1 });
      expect(await cloud.sync.get(tenantId, runId)).to.include({
        agentId: mistyped.agentId,
        scopeChange: "bases: ou=a,dc=x; ou=b,dc=x → ou=a,dc=x",
      });
      expect(await cloud.users.count(tenantId)).to.equal(10);

      const back = await runSync(cloud.sync, right, { changes: users.map(asUser), sweep: true });
      expect(back.begun.cursor).to.equal(null);
      expect(back.finished).to.deep.include({ state: "done", held: 0 });
      expect(await cloud.sync.get(tenantId, runId)).to.include({ state: "done", held: 0 });
      expect(await cloud.users.count(tenantId)).to.equal(10);
    });

    it("goes on holding after a discard, also in deltas and in runs of one user", async () => {
      const { tenantId, users } = await synced();
      const mistyped = newSession(tenantId, 1, scopeOf("a"));
      const sweep = { changes: users.slice(1).map(asUser), sweep: true, cursor: "wrong" };
      const first = await runSync(cloud.sync, mistyped, sweep);
      await cloud.sync.discard(tenantId, first.runId, "key:1");

      const delta = await runSync(cloud.sync, mistyped, { changes: [asGone(0)] });
      await cloud.sync.discard(tenantId, delta.runId, "key:1");
      const one = await runSync(cloud.sync, mistyped, { user: "user0", changes: [asGone(0)] });

      expect(delta.begun.cursor).to.equal("wrong");
      expect([delta.finished.state, one.finished.state]).to.deep.equal(["held", "held"]);
      expect(await cloud.users.count(tenantId)).to.equal(10);
    });

    it("deletes by the brake again once the change is approved", async () => {
      const { tenantId, users } = await synced();
      const smaller = newSession(tenantId, 1, scopeOf("a"));
      const { runId } = await runSync(cloud.sync, smaller, {
        changes: users.slice(1).map(asUser),
        sweep: true,
      });
      await cloud.sync.approve(tenantId, runId, "key:1");

      const { finished } = await runSync(cloud.sync, smaller, { changes: [asGone(1)] });

      expect(finished).to.deep.include({ state: "done", held: 0 });
      expect(await cloud.users.count(tenantId)).to.equal(8);
    });

    it("takes a renamed base with the same id, and another order, for the same scope", async () => {
      const { tenantId } = await synced();
      const scope = scopeOf("b", "a");
      const renamed = { ...scope, bases: scope.bases.map(({ id }) => ({ dn: `ou=new-${id},dc=x`, id })) };

      const { begun } = await runSync(cloud.sync, newSession(tenantId, 1, renamed), {});

      expect(begun.cursor).to.equal("start");
    });
  });

  describe("removing a source", () => {
    const source = async (tenantId: string) => {
      const sources = createSourceStore({ store: cloud.store });
      return { sources, record: await sources.get(tenantId, "dir2.example.com") };
    };

    it("holds the deletion of all its users, and removes it with them when that is approved", async () => {
      const { tenantId } = await twoDirectories();
      const { sources, record } = await source(tenantId);

      const run = await cloud.sync.removal.request(tenantId, record, "key:1");
      expect(run).to.include({ state: "held", held: 40, source: 2 });
      expect((await sources.get(tenantId, "2")).removal).to.equal(run.id);
      expect(await cloud.users.count(tenantId)).to.equal(60);
      await cloud.sync.approve(tenantId, run.id, "key:1");

      expect((await sources.list(tenantId)).map(({ number }) => number)).to.deep.equal([1]);
      expect(await cloud.users.count(tenantId)).to.equal(20);
      expect(await cloud.store.redis.exists(keys.sync(tenantId, 2))).to.equal(0);
    });

    it("keeps the source and its users when that is discarded", async () => {
      const { tenantId } = await twoDirectories();
      const { sources, record } = await source(tenantId);
      const run = await cloud.sync.removal.request(tenantId, record, "key:1");

      await cloud.sync.discard(tenantId, run.id, "key:1");

      expect(await sources.get(tenantId, "2")).to.include({ removal: null, users: 40 });
    });

    it("is refused while a run of the source is held, and names the run", async () => {
      const { tenantId, two } = await twoDirectories();
      const changes = usersUpTo(20).map((_, at) => asGone(20 + at));
      const { runId } = await runSync(cloud.sync, two, { changes });
      const { record } = await source(tenantId);

      const error = await rejection(cloud.sync.removal.request(tenantId, record, "key:1"));

      expect(error).to.include({ code: "SOURCE_IN_USE" });
      expect(error.message).to.include(runId);
    });
  });
});
