import { expect } from "chai";
import { keys } from "../../../../cloud/store/keys.ts";
import type { RefusedRecord } from "../../../../cloud/store/record-refusals.ts";
import type { Store } from "../../../../cloud/store/store.ts";
import type { SyncChange } from "../../../../shared/protocol/frames.ts";
import { asGone, asUser, testUser, userId } from "../../../support/directory-users.ts";
import { sharedRedis } from "../../../support/redis.ts";
import {
  newSession,
  newTenant,
  runSync,
  startSyncCloud,
  type SyncCloud,
} from "../../../support/sync-cloud.ts";

const MOBILE = "+32470999999";

describe("the decision on the users of a batch", () => {
  let cloud: SyncCloud;
  let tenantId: string;
  /** Names of the functions that Redis ran. */
  const called: string[] = [];
  /** Runs once, right before the next batch is stored: after its users were compared. */
  let meanwhile: (() => Promise<unknown>) | null = null;

  before(async () => {
    cloud = await startSyncCloud((await sharedRedis()).connection);
    const call: Store["call"] = cloud.store.call.bind(cloud.store);
    Object.assign(cloud.store, {
      async call(...args: Parameters<Store["call"]>) {
        called.push(args[0]);
        const work = args[0] === "latchkey_sync_batch" ? meanwhile : null;
        if (work !== null) {
          meanwhile = null;
          await work();
        }
        return call(...args);
      },
    });
  });
  after(() => cloud.close());
  beforeEach(async () => {
    tenantId = await newTenant(cloud);
    await run([asUser(testUser(1)), asUser(testUser(2))]);
    called.length = 0;
    meanwhile = null;
  });

  const run = (changes: readonly SyncChange[]) =>
    runSync(cloud.sync, newSession(tenantId), { changes, cursor: "read" });
  const bucket = (number: number): string => keys.userBuckets(tenantId) + userId(number).slice(0, 3);
  const user = (number: number) => cloud.users.get(tenantId, userId(number));
  const rounds = (): number => called.filter((name) => name === "latchkey_sync_compare").length;

  it("is made once when nothing changes in between", async () => {
    await run([asUser(testUser(1, { mobile: MOBILE }))]);

    expect(rounds()).to.equal(1);
    expect(await user(1)).to.include({ mobile: MOBILE });
  });

  it("is made again for a user whose record changed in between, so that no time of a number is lost", async () => {
    const { redis } = cloud.store;
    const before = (await user(1))?.numberChangedAt ?? null;
    meanwhile = () => redis.hdel(bucket(1), userId(1));

    await run([asUser(testUser(1, { mobile: MOBILE })), asUser(testUser(2, { displayName: "Renamed" }))]);

    expect(meanwhile, "the record changed meanwhile").to.equal(null);
    expect(rounds()).to.equal(2);
    expect(await user(1)).to.include({ mobile: MOBILE });
    expect(
      (await user(1))?.numberChangedAt,
      "the number of a user who is added later waits",
    ).to.be.greaterThan(before ?? 0);
    expect(await user(2)).to.include({ displayName: "Renamed" });
  });

  it("is made again for users without a change when users of the source were removed in between", async () => {
    meanwhile = () => cloud.store.redis.hincrby(keys.sync(tenantId, 1), "removals", 1);

    const { finished } = await run([asUser(testUser(1)), asUser(testUser(2))]);

    expect(rounds()).to.equal(2);
    expect(finished.state).to.equal("done");
  });

  it("takes a forged record for none: it is reported, and the number of the user waits", async () => {
    const { redis, refusals } = cloud.store;
    const refused: RefusedRecord[] = [];
    refusals.onRefusal((record) => refused.push(record));
    const record = (await redis.hget(bucket(1), userId(1))) ?? "";
    await redis.hset(bucket(1), userId(1), record.replace("+32470000001", MOBILE));

    await run([asUser(testUser(1, { displayName: "Renamed" }))]);

    expect(refused.map(({ kind, key }) => [kind, key.includes(userId(1))])).to.deep.equal([["user", true]]);
    expect(await user(1)).to.include({ mobile: "+32470000001" });
    expect((await user(1))?.numberChangedAt).to.be.a("number");
  });

  it("remembers a user who left: the same number counts at once, another one waits", async () => {
    await run([asGone(1), asGone(2)]);
    await run([asUser(testUser(1)), asUser(testUser(2, { mobile: MOBILE }))]);

    expect([(await user(1))?.numberChangedAt, typeof (await user(2))?.numberChangedAt]).to.deep.equal([
      null,
      "number",
    ]);
  });
});
