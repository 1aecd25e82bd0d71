import { expect } from "chai";
import { createRecordMac } from "../../../../cloud/keys/record-mac.ts";
import { keys } from "../../../../cloud/store/keys.ts";
import { sealUsers } from "../../../../cloud/store/seal-users.ts";
import { createUserStore } from "../../../../cloud/store/users.ts";
import { Secret } from "../../../../shared/secret.ts";
import { asGone, asUser, testUser, userId } from "../../../support/directory-users.ts";
import { RECORD_SEED } from "../../../support/record-mac.ts";
import { sharedRedis } from "../../../support/redis.ts";
import {
  newSession,
  newTenant,
  runSync,
  startSyncCloud,
  type SyncCloud,
} from "../../../support/sync-cloud.ts";

const SEAL = { adoptUnsigned: false, dryRun: false };
const ADOPT = { adoptUnsigned: true, dryRun: false };
const NEW_SEED = new Secret(Buffer.alloc(32, 9).toString("base64url"));

describe("sealing the records of users", () => {
  let cloud: SyncCloud;
  before(async () => (cloud = await startSyncCloud((await sharedRedis()).connection)));
  after(() => cloud.close());

  const run = (tenantId: string, changes: Parameters<typeof runSync>[2]["changes"]) =>
    runSync(cloud.sync, newSession(tenantId), { changes: changes ?? [], cursor: "cursor" });
  const place = (tenantId: string, id: string): [string, string] => [
    keys.userBuckets(tenantId) + id.slice(0, 3),
    id,
  ];
  /** Writes the user as an earlier version did: without a MAC, and with one time for the mobile number only. */
  async function unsign(tenantId: string, id: string, times: string): Promise<void> {
    const value = (await cloud.store.redis.hget(...place(tenantId, id))) ?? "";
    await cloud.store.redis.hset(
      ...place(tenantId, id),
      value.slice(0, 5) + value.slice(27, 43) + times + value.slice(93),
    );
  }

  it("takes over the records of an earlier version once an administrator says so, and keeps their times", async () => {
    const tenantId = await newTenant(cloud);
    await run(tenantId, [asUser(testUser(1)), asUser(testUser(2))]);
    await cloud.store.redis.hdel(keys.sync(tenantId, 1), "completed");
    await unsign(tenantId, userId(1), "1700000000" + "1700000000" + "0000000000");
    await unsign(tenantId, userId(2), "1700000000" + "1700000500" + "1700000500");

    expect(await sealUsers(cloud.store, tenantId, SEAL)).to.deep.equal({
      current: 0,
      sealed: 0,
      adopted: 0,
      refused: 2,
    });
    expect(await cloud.users.search(tenantId, "", 10)).to.be.empty;
    expect(await sealUsers(cloud.store, tenantId, { adoptUnsigned: true, dryRun: true })).to.include({
      adopted: 2,
    });
    expect(await cloud.users.search(tenantId, "", 10)).to.be.empty;

    expect(await sealUsers(cloud.store, tenantId, ADOPT)).to.include({ adopted: 2, refused: 0 });
    expect(await sealUsers(cloud.store, tenantId, ADOPT)).to.include({ current: 2, adopted: 0 });
    expect(await cloud.users.get(tenantId, userId(1))).to.include({
      createdAt: 1_700_000_000_000,
      numberChangedAt: null,
    });
    expect(await cloud.users.get(tenantId, userId(2))).to.include({
      numberChangedAt: 1_700_000_500_000,
      officePhoneChangedAt: 1_700_000_500_000,
    });
    await run(tenantId, [asUser(testUser(3))]);
    expect((await cloud.users.get(tenantId, userId(3)))?.numberChangedAt).to.be.a("number");
  });

  it("signs records of an earlier key again, those of departed users too, and refuses forged ones", async () => {
    const tenantId = await newTenant(cloud);
    await run(tenantId, [asUser(testUser(1)), asUser(testUser(2)), asUser(testUser(3))]);
    await run(tenantId, [asGone(2)]);
    await cloud.store.redis.hset(...place(tenantId, userId(3)), "s0001nonsense");
    const both = { ...cloud.store, mac: createRecordMac([NEW_SEED, RECORD_SEED]) };
    expect(await sealUsers(both, tenantId, ADOPT)).to.deep.equal({
      current: 0,
      sealed: 2,
      adopted: 0,
      refused: 1,
    });

    const only = { ...cloud.store, mac: createRecordMac([NEW_SEED]) };
    expect(await createUserStore({ store: only }).get(tenantId, userId(1))).to.include({ id: userId(1) });
    expect(await sealUsers(only, tenantId, SEAL)).to.include({ current: 2, refused: 1 });
    expect(await cloud.store.redis.pttl(keys.departedUsers(tenantId) + userId(2))).to.be.greaterThan(0);
  });
});
