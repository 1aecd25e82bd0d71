import { expect } from "chai";
import { newId } from "../../../../shared/ids.ts";
import type { SyncChange } from "../../../../shared/protocol/frames.ts";
import { asDigest, asUser, testUser, userId } from "../../../support/directory-users.ts";
import { seededRandom } from "../../../support/random.ts";
import { sharedRedis } from "../../../support/redis.ts";
import {
  newSession,
  newTenant,
  runSync,
  startSyncCloud,
  type SyncCloud,
} from "../../../support/sync-cloud.ts";

const PEOPLE = 8;
/** Seeds that are tried. A failure names its seed, which repeats it. */
const SEEDS = 60;

const numberOf = (id: string): number =>
  Array.from({ length: PEOPLE }, (_, person) => person).find((person) => userId(person) === id) ?? NaN;

/** One random run: its changes in batches, and what they say about each person. */
function randomRun(seed: number) {
  const next = seededRandom(seed);
  const pick = (count: number): number => Math.floor(next() * count);
  const dryRun = pick(4) === 0;
  const met = new Set<number>();
  const gone = new Set<number>();
  const changes = Array.from({ length: 1 + pick(14) }, (): SyncChange => {
    const person = pick(PEOPLE);
    const id = userId(person);
    const kind = pick(6);
    if (kind >= 3) {
      gone.add(person);
      return { kind: "gone", id, reason: kind === 3 ? "left_scope" : "deleted" };
    }
    met.add(person);
    if (kind === 0) return { kind: "present", ids: [id] };
    if (kind === 1) return { kind: "rejected", id, dn: null, reason: "no_user_name", attribute: "uid" };
    const user = testUser(person, { displayName: `Version ${pick(3)}` });
    return dryRun ? asDigest(user) : asUser(user);
  });
  const batches: SyncChange[][] = [];
  for (let at = 0; at < changes.length;) {
    const size = 1 + pick(4);
    batches.push(changes.slice(at, at + size));
    at += size;
  }
  const known = new Set(Array.from({ length: PEOPLE }, (_, n) => n).filter(() => pick(3) > 0));
  const sweep = pick(3) === 0 && met.size > 0;
  const interruptAfter = pick(3) === 0 ? pick(batches.length) : null;
  return { dryRun, met, gone, batches, known, sweep, interruptAfter };
}

describe("sync: one truth per run", () => {
  let cloud: SyncCloud;
  before(async () => {
    cloud = await startSyncCloud((await sharedRedis()).connection);
  });
  after(() => cloud.close());

  const storedOf = async (tenantId: string): Promise<number[]> => {
    const people = Array.from({ length: PEOPLE }, (_, person) => person);
    const found = await Promise.all(people.map((person) => cloud.users.get(tenantId, userId(person))));
    return people.filter((person) => found[person] !== null);
  };

  it("deletes nobody whom the run met, whatever the order, the batches, repetitions and a second beginning", async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const run = randomRun(seed);
      const session = newSession(await newTenant(cloud));
      const { tenantId } = session;
      await runSync(cloud.sync, session, { changes: [...run.known].map((n) => asUser(testUser(n))) });

      const runId = newId();
      const begin = { runId, policy: "delta", trigger: "agent", user: null, dryRun: run.dryRun } as const;
      await cloud.sync.begin(session, begin);
      const stored = new Set(run.known);
      const send = async (batches: readonly SyncChange[][]): Promise<void> => {
        for (const [at, changes] of batches.entries()) {
          const batch = { runId, sequence: at + 1, changes, cursor: null };
          const { unknown } = await cloud.sync.batch(session, batch);
          for (const change of changes)
            if (change.kind === "user" && !run.dryRun) stored.add(numberOf(change.user.id));
          const present = changes.flatMap((change) => (change.kind === "present" ? change.ids : []));
          const expected = present.filter((id) => !stored.has(numberOf(id)));
          expect(new Set(unknown), `unknown, seed ${seed}`).to.deep.equal(new Set(expected));
          if (at % 2 === 0) await cloud.sync.batch(session, batch); // its answer was lost
        }
      };
      if (run.interruptAfter !== null) {
        await send(run.batches.slice(0, run.interruptAfter));
        await cloud.sync.begin(session, begin); // the agent restarted within the run
      }
      await send(run.batches);
      const finish = { runId, sequence: run.batches.length + 1, sweep: run.sweep, cursor: "c", read: 1 };
      const { counts } = await cloud.sync.finish(session, finish);

      const left = [...stored].filter((n) => !run.met.has(n) && (run.sweep || run.gone.has(n)));
      const expected = [...stored].filter((n) => run.dryRun || !left.includes(n)).sort();
      expect(await storedOf(tenantId), `users, seed ${seed}`).to.deep.equal(expected);
      expect(counts.deleted, `deleted, seed ${seed}`).to.equal(left.length);
    }
  });

  it("counts an unknown id that was named as present neither as read nor as unchanged, and names it again", async () => {
    const session = newSession(await newTenant(cloud));
    await runSync(cloud.sync, session, { changes: [asUser(testUser(0))] });
    const runId = newId();
    await cloud.sync.begin(session, { runId, policy: "delta", trigger: "agent", dryRun: false, user: null });
    const batch = {
      runId,
      sequence: 1,
      changes: [{ kind: "present", ids: [userId(0), userId(1)] }],
      cursor: null,
    } as const;

    const first = await cloud.sync.batch(session, { ...batch, changes: [...batch.changes].map(mutable) });
    const repeated = await cloud.sync.batch(session, { ...batch, changes: [...batch.changes].map(mutable) });

    expect(first).to.deep.include({ unknown: [userId(1)] });
    expect(first.counts).to.include({ read: 1, unchanged: 1, added: 0 });
    expect(repeated).to.deep.equal(first);
  });

  it("keeps a user whose older, held deletion the run contradicts, although it also names the departure", async () => {
    const session = newSession(await newTenant(cloud));
    const { tenantId } = session;
    const everybody = Array.from({ length: 30 }, (_, n) => testUser(n));
    await runSync(cloud.sync, session, { changes: everybody.map(asUser) });
    const held = await runSync(cloud.sync, session, { changes: [asUser(testUser(29))], sweep: true });
    expect(held.finished).to.include({ state: "held", held: 29 });

    const gone: SyncChange = { kind: "gone", id: userId(3), reason: "left_scope" };
    await runSync(cloud.sync, session, { changes: [gone, asUser(testUser(3)), gone] });
    await cloud.sync.approve(tenantId, held.runId, "key:one");

    expect(await cloud.users.get(tenantId, userId(3))).not.to.equal(null);
    expect(await cloud.users.get(tenantId, userId(4))).to.equal(null);
  });
});

const mutable = ({ kind, ids }: { readonly kind: "present"; readonly ids: readonly string[] }) => ({
  kind,
  ids: [...ids],
});
