import { expect } from "chai";
import { keys } from "../../../../cloud/store/keys.ts";
import type { SyncSession } from "../../../../cloud/sync/agent-runs.ts";
import { newId } from "../../../../shared/ids.ts";
import type { SyncChange } from "../../../../shared/protocol/frames.ts";
import { LIMITS } from "../../../../shared/protocol/limits.ts";
import { asDigest, asGone, asUser, testUser, userId, usersUpTo } from "../../../support/directory-users.ts";
import { seededRandom } from "../../../support/random.ts";
import { sharedRedis } from "../../../support/redis.ts";
import {
  newSession,
  newTenant,
  runSync,
  startSyncCloud,
  type SyncCloud,
} from "../../../support/sync-cloud.ts";

const dnOf = (number: number): string => `uid=u${String(number).padStart(4, "0")},ou=people,dc=lab`;
const rejected = (number: number, reason: "no_user_name" | "invalid_text" = "no_user_name"): SyncChange => ({
  kind: "rejected",
  id: userId(number),
  dn: dnOf(number),
  reason,
  attribute: "uid",
});
const withoutId = (number: number): SyncChange => ({
  kind: "rejected",
  id: null,
  dn: dnOf(number),
  reason: "no_id",
  attribute: "ipaUniqueID",
});
const unusable = (number: number, attribute = "mobile"): SyncChange => ({
  kind: "unusable",
  id: userId(number),
  dn: dnOf(number),
  reason: "too_short",
  attribute,
});

const SEEDS = 60;
const PEOPLE = 6;

function randomChange(pick: (count: number) => number, dryRun: boolean): SyncChange {
  const person = pick(PEOPLE);
  switch (pick(6)) {
    case 0:
      return rejected(person, pick(2) === 0 ? "no_user_name" : "invalid_text");
    case 1:
      return withoutId(100 + person);
    case 2:
      return unusable(person, pick(2) === 0 ? "mobile" : "displayName");
    case 3:
      return asGone(person);
    default:
      return dryRun ? asDigest(testUser(person)) : asUser(testUser(person));
  }
}

interface Model {
  /** `<what> <DN> <attribute of a value>` → reason. */
  readonly listed: Map<string, string>;
  readonly met: Set<string>;
  /** DNs of the entries that cannot be used today. */
  readonly today: Set<string>;
  readonly dryRun: boolean;
}

/** Says what one batch means: a user who was read is usable, whatever else the batch says; a departure counts unless met. */
function applyToModel(changes: readonly SyncChange[], { listed, met, today, dryRun }: Model): void {
  const dns = new Map(Array.from({ length: PEOPLE }, (_, person) => [userId(person), dnOf(person)]));
  const usable = new Set<string>();
  for (const change of changes)
    if (change.kind === "rejected") {
      listed.set(`entry ${change.dn ?? ""} `, change.reason);
      if (change.id !== null) met.add(change.id);
      if (!dryRun) today.add(change.dn ?? "");
    } else if (change.kind === "unusable") {
      listed.set(`value ${change.dn ?? ""} ${change.attribute}`, change.reason);
    } else if (change.kind === "user" || change.kind === "digest") {
      const id = change.kind === "user" ? change.user.id : change.id;
      met.add(id);
      usable.add(id);
    }
  for (const change of changes) if (change.kind === "gone" && !met.has(change.id)) usable.add(change.id);
  if (!dryRun) for (const id of usable) today.delete(dns.get(id) ?? "");
}

describe("what a sync run cannot use", () => {
  let cloud: SyncCloud;
  before(async () => {
    cloud = await startSyncCloud((await sharedRedis()).connection);
  });
  after(() => cloud.close());

  const missingToday = async (tenantId: string): Promise<(string | null)[]> =>
    (await cloud.problems.rejectedEntries(tenantId)).map(({ dn, id }) => dn ?? id);
  const fullRun = async (session: SyncSession, changes: readonly SyncChange[]) => {
    const runId = newId();
    await cloud.sync.begin(session, {
      runId,
      policy: "initial",
      trigger: "agent",
      dryRun: false,
      user: null,
    });
    await cloud.sync.note(session, { runId, feed: "syncrepl", full: true, reason: null });
    await cloud.sync.batch(session, { runId, sequence: 1, changes: [...changes], cursor: null });
    const end = { runId, sequence: 2, sweep: true, cursor: "c", read: changes.length };
    return { runId, finished: await cloud.sync.finish(session, end) };
  };

  it("is listed with the run by DN, id, attribute and reason, entries and values alike", async () => {
    const session = newSession(await newTenant(cloud));
    const { tenantId } = session;

    const { runId } = await runSync(cloud.sync, session, {
      changes: [asUser(testUser(2)), unusable(2, "displayName"), unusable(2), withoutId(1), rejected(3)],
    });

    expect(await cloud.problems.ofRun(tenantId, runId)).to.deep.equal([
      { what: "entry", id: null, dn: dnOf(1), attribute: "ipaUniqueID", reason: "no_id" },
      { what: "value", id: userId(2), dn: dnOf(2), attribute: "displayName", reason: "too_short" },
      { what: "value", id: userId(2), dn: dnOf(2), attribute: "mobile", reason: "too_short" },
      { what: "entry", id: userId(3), dn: dnOf(3), attribute: "uid", reason: "no_user_name" },
    ]);
    expect(await cloud.sync.get(tenantId, runId)).to.deep.include({
      problems: 4,
      withoutId: 1,
      rejections: { no_id: 1, no_user_name: 1 },
      unusableValues: { too_short: 2 },
    });
  });

  it("is listed once when a frame is sent again, and afresh when the agent begins the run again", async () => {
    const session = newSession(await newTenant(cloud));
    const { tenantId } = session;
    const runId = newId();
    const begin = { runId, policy: "delta", trigger: "agent", dryRun: false, user: null } as const;
    const first = { runId, sequence: 1, changes: [rejected(1), unusable(2)], cursor: null };
    await cloud.sync.begin(session, begin);

    const answer = await cloud.sync.batch(session, first);
    expect(await cloud.sync.batch(session, first)).to.deep.equal(answer);
    expect(await cloud.sync.get(tenantId, runId)).to.deep.include({
      problems: 2,
      rejections: { no_user_name: 1 },
      unusableValues: { too_short: 1 },
    });

    await cloud.sync.begin(session, begin);
    expect(await cloud.problems.ofRun(tenantId, runId)).to.be.empty;
    await cloud.sync.batch(session, { ...first, changes: [rejected(1, "invalid_text")] });
    expect((await cloud.problems.ofRun(tenantId, runId)).map(({ reason }) => reason)).to.deep.equal([
      "invalid_text",
    ]);
    expect(await cloud.sync.get(tenantId, runId)).to.deep.include({ problems: 1, unusableValues: {} });
  });

  it("is complete when a node goes away within the run, and another one gets the last frame again", async () => {
    const connection = (await sharedRedis()).connection;
    const first = await startSyncCloud(connection);
    const session = newSession(await newTenant(first));
    const { tenantId } = session;
    const runId = newId();
    const last = { runId, sequence: 2, changes: [rejected(2), unusable(3)], cursor: null };
    await first.sync.begin(session, { runId, policy: "delta", trigger: "agent", dryRun: false, user: null });
    await first.sync.batch(session, { runId, sequence: 1, changes: [rejected(1)], cursor: null });
    await first.sync.batch(session, last); // its answer is lost with the node
    await first.close();

    await cloud.sync.batch(session, last);
    await cloud.sync.finish(session, { runId, sequence: 3, sweep: false, cursor: "c", read: 3 });

    expect((await cloud.problems.ofRun(tenantId, runId)).map(({ dn }) => dn)).to.deep.equal(
      [1, 2, 3].map(dnOf),
    );
    expect(await cloud.sync.get(tenantId, runId)).to.deep.include({
      state: "done",
      problems: 3,
      rejections: { no_user_name: 2 },
      unusableValues: { too_short: 1 },
    });
    expect(await missingToday(tenantId)).to.deep.equal([1, 2].map(dnOf));
  });

  it("is listed up to the limit, and counted above it", async () => {
    const session = newSession(await newTenant(cloud));
    const { tenantId } = session;
    const count = LIMITS.maxRunProblems + 5;

    const { runId } = await runSync(cloud.sync, session, {
      changes: Array.from({ length: count }, (_, number) => withoutId(number)),
    });

    expect(await cloud.problems.ofRun(tenantId, runId)).to.have.length(LIMITS.maxRunProblems);
    expect(await cloud.sync.get(tenantId, runId)).to.include({ problems: count, withoutId: count });
    expect(await cloud.problems.rejectedEntries(tenantId)).to.have.length(LIMITS.maxRunProblems);
  });

  it("is kept by a failed run, and deleted with the run's record", async () => {
    const session = newSession(await newTenant(cloud));
    const { tenantId } = session;
    const runId = newId();
    await cloud.sync.begin(session, { runId, policy: "delta", trigger: "agent", dryRun: false, user: null });
    await cloud.sync.batch(session, { runId, sequence: 1, changes: [unusable(1)], cursor: null });
    await cloud.sync.fail(session, { runId, code: "DIRECTORY_TIMEOUT", reason: "no answer" });
    expect(await cloud.problems.ofRun(tenantId, runId)).to.have.length(1);

    for (let n = 0; n < 10; n++) await runSync(cloud.sync, session, { changes: [asUser(testUser(1))] });

    expect(await cloud.runs.get(tenantId, runId)).to.equal(null);
    expect(await cloud.store.redis.exists(keys.syncRunProblems(tenantId, runId))).to.equal(0);
  });

  it("is listed for a dry run too, which remembers nothing beyond it", async () => {
    const session = newSession(await newTenant(cloud));
    const { tenantId } = session;
    const noNumber = testUser(1, {
      mobile: null,
      phoneProblems: [{ field: "mobile", problem: "too_short" }],
    });

    const { runId, finished } = await runSync(cloud.sync, session, {
      dryRun: true,
      changes: [asDigest(noNumber), unusable(1), rejected(2)],
    });

    expect(finished.counts).to.include({ rejected: 1, unusableNumbers: 1 });
    expect(await cloud.problems.ofRun(tenantId, runId)).to.have.length(2);
    expect(await missingToday(tenantId)).to.be.empty;
  });

  it("names a user of another source by the DN that the agent sends after the answer", async () => {
    const tenantId = await newTenant(cloud, { sources: 2 });
    const [one, two] = [newSession(tenantId, 1), newSession(tenantId, 2)];
    await runSync(cloud.sync, two, { changes: [asUser(testUser(5))] });
    const runId = newId();
    await cloud.sync.begin(one, { runId, policy: "delta", trigger: "agent", dryRun: false, user: null });
    const batch = { runId, sequence: 1, changes: [asUser(testUser(5)), asUser(testUser(6))], cursor: null };

    const answer = await cloud.sync.batch(one, batch);
    const repeated = await cloud.sync.batch(one, batch);
    const before = await cloud.problems.ofRun(tenantId, runId);
    const described: SyncChange = { kind: "other_source", id: userId(5), dn: dnOf(5) };
    await cloud.sync.batch(one, { runId, sequence: 2, changes: [described], cursor: null });

    expect(answer.otherSource).to.deep.equal([userId(5)]);
    expect(repeated).to.deep.equal(answer);
    const problem = { what: "entry", id: userId(5), attribute: null, reason: "other_source" };
    expect(before).to.deep.equal([{ ...problem, dn: null }]);
    expect(await cloud.problems.ofRun(tenantId, runId)).to.deep.equal([{ ...problem, dn: dnOf(5) }]);
    expect(await cloud.problems.rejectedEntries(tenantId)).to.deep.equal([
      { ...problem, dn: dnOf(5), source: 1 },
    ]);
    expect(await cloud.sync.get(tenantId, runId)).to.include({ problems: 1 });
  });

  it("is missing today until a run can use the entry, finds it gone, or reads all and does not meet it", async () => {
    const tenantId = await newTenant(cloud, { sources: 2 });
    const [one, two] = [newSession(tenantId, 1), newSession(tenantId, 2)];
    await runSync(cloud.sync, two, { changes: [rejected(9)] });
    await runSync(cloud.sync, one, { changes: [rejected(1), rejected(2), withoutId(3), withoutId(4)] });
    expect(await missingToday(tenantId)).to.deep.equal([1, 2, 3, 4, 9].map(dnOf));

    await runSync(cloud.sync, one, { changes: [asUser(testUser(1))] });
    expect(await missingToday(tenantId)).to.deep.equal([2, 3, 4, 9].map(dnOf));
    await runSync(cloud.sync, one, { changes: [asGone(2)] });
    expect(await missingToday(tenantId)).to.deep.equal([3, 4, 9].map(dnOf));
    await runSync(cloud.sync, one, { dryRun: true, changes: [asDigest(testUser(9))] });
    expect(await missingToday(tenantId)).to.deep.equal([3, 4, 9].map(dnOf));
    await fullRun(one, [asUser(testUser(1)), withoutId(4)]);
    expect(await missingToday(tenantId)).to.deep.equal([4, 9].map(dnOf));
  });

  it("is what a model says, whatever the order, the batches, repetitions and a second beginning", async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const next = seededRandom(seed);
      const pick = (count: number): number => Math.floor(next() * count);
      const session = newSession(await newTenant(cloud));
      const { tenantId } = session;
      const today = new Set<string>();
      for (let runs = 0; runs < 2; runs++) {
        const dryRun = pick(4) === 0;
        const batches = Array.from({ length: 1 + pick(4) }, () =>
          Array.from({ length: 1 + pick(5) }, () => randomChange(pick, dryRun)),
        );
        const runId = newId();
        const begin = { runId, policy: "delta", trigger: "agent", dryRun, user: null } as const;
        let listed = new Map<string, string>();
        let met = new Set<string>();
        const send = async (part: readonly SyncChange[][]): Promise<void> => {
          await cloud.sync.begin(session, begin);
          listed = new Map();
          met = new Set();
          for (const [at, changes] of part.entries()) {
            const batch = { runId, sequence: at + 1, changes, cursor: null };
            await cloud.sync.batch(session, batch);
            if (pick(2) === 0) await cloud.sync.batch(session, batch); // its answer was lost
            applyToModel(changes, { listed, met, today, dryRun });
          }
        };
        if (pick(3) === 0) await send(batches.slice(0, pick(batches.length))); // the agent is killed within the run
        await send(batches);
        await cloud.sync.finish(session, {
          runId,
          sequence: batches.length + 1,
          sweep: false,
          cursor: "c",
          read: 1,
        });

        const found = await cloud.problems.ofRun(tenantId, runId);
        const places = found.map(({ what, dn, attribute, reason }) => [
          `${what} ${dn ?? ""} ${what === "value" ? (attribute ?? "") : ""}`,
          reason,
        ]);
        expect(Object.fromEntries(places), `run, seed ${seed}`).to.deep.equal(Object.fromEntries(listed));
        expect(found, `number, seed ${seed}`).to.have.length(listed.size);
        expect((await cloud.sync.get(tenantId, runId)).problems, `count, seed ${seed}`).to.equal(listed.size);
        expect(await missingToday(tenantId), `today, seed ${seed}`).to.deep.equal([...today].sort());
      }
    }
  });

  it("loses nobody: too many known users at once fail the run, and the cursor stays", async () => {
    const session = newSession(await newTenant(cloud));
    const { tenantId } = session;
    await runSync(cloud.sync, session, { changes: usersUpTo(40).map(asUser), cursor: "before" });
    const runId = newId();

    for (const dryRun of [true, false]) {
      const changes = [
        ...Array.from({ length: 11 }, (_, number) => rejected(number)),
        dryRun ? asDigest(testUser(50)) : asUser(testUser(50)),
        asGone(39),
      ];
      const id = dryRun ? newId() : runId;
      const fault = await runSync(cloud.sync, session, { runId: id, dryRun, changes, cursor: "after" }).catch(
        (error: unknown) => error,
      );
      expect(fault).to.include({ code: "SYNC_TOO_MANY_REJECTED" });
      expect(await cloud.sync.get(tenantId, id)).to.include({
        state: "failed",
        code: "SYNC_TOO_MANY_REJECTED",
      });
    }

    const { message } = await cloud.sync.get(tenantId, runId);
    expect(message).to.contain("11 users").and.to.contain("11 no user name").and.to.contain(runId);
    expect(await cloud.users.get(tenantId, userId(39))).not.to.equal(null);
    expect(await cloud.users.get(tenantId, userId(50))).not.to.equal(null);
    const { begun } = await runSync(cloud.sync, session, { changes: [rejected(1)] });
    expect(begun.cursor).to.equal("before");
  });

  it("does not fail for entries that were never users, nor for users who can be used again in the same run", async () => {
    const session = newSession(await newTenant(cloud));
    await runSync(cloud.sync, session, { changes: usersUpTo(20).map(asUser) });
    const again = usersUpTo(20).map(asUser);

    const { finished } = await runSync(cloud.sync, session, {
      changes: [
        ...Array.from({ length: 30 }, (_, number) => rejected(100 + number)),
        ...Array.from({ length: 190 }, (_, number) => rejected(number % 20)),
        ...again,
      ],
    });

    expect(finished).to.include({ state: "done" });
  });

  it("holds the deletions of a full run that met entries without an id, since they may be those users", async () => {
    const session = newSession(await newTenant(cloud));
    const { tenantId } = session;
    await runSync(cloud.sync, session, { changes: usersUpTo(40).map(asUser) });

    const { finished } = await fullRun(session, [...usersUpTo(39).map(asUser), withoutId(39)]);

    expect(finished).to.include({ state: "held", held: 1 });
    expect(await cloud.users.get(tenantId, userId(39))).not.to.equal(null);
  });
});
