/** Attacks of somebody who writes to Redis and has no key file: on the records of users, which decide where a code goes. */
import { expect } from "chai";
import { keys } from "../../cloud/store/keys.ts";
import { createNumberChangeStore } from "../../cloud/store/number-changes.ts";
import type { RefusedRecord } from "../../cloud/store/record-refusals.ts";
import { DAY_MS } from "../../shared/durations.ts";
import { sourceMac } from "../support/agent-records.ts";
import { asGone, asUser, testUser, userId } from "../support/directory-users.ts";
import { rejection } from "../support/rejection.ts";
import { type ResetHost, startResetHost } from "../support/reset-host.ts";
import { statedDirectory } from "../support/stated-directory.ts";
import { newSession, runSync } from "../support/sync-cloud.ts";

const THIEF = "+32499000001";
const VICTIM = testUser(1);

describe("a writer of the store edits a user's record", () => {
  let host: ResetHost;
  const refused: RefusedRecord[] = [];
  before(async () => {
    host = await startResetHost();
    host.store.refusals.onRefusal((record, isReported) => {
      if (isReported) refused.push(record);
    });
  });
  after(() => host.close());

  const bucketOf = (tenantId: string, id: string): [key: string, field: string] => [
    keys.userBuckets(tenantId) + id.slice(0, 3),
    id,
  ];
  const recordOf = async (tenantId: string, id = VICTIM.id): Promise<string> =>
    (await host.store.redis.hget(...bucketOf(tenantId, id))) ?? "";
  const write = (tenantId: string, value: string, id = VICTIM.id): Promise<number> =>
    host.store.redis.hset(...bucketOf(tenantId, id), value);
  const run = (tenantId: string, changes: Parameters<typeof runSync>[2]["changes"], more = {}) =>
    runSync(host.cloud.sync, newSession(tenantId), { changes: changes ?? [], ...more });

  async function expectRefused(tenantId: string): Promise<void> {
    const key = await host.atChoice(tenantId, VICTIM.userName);
    await host.noCode(key, "text", THIEF);
    expect(host.sent.map(({ to }) => to)).to.not.include(THIEF);
    expect(await rejection(host.users.get(tenantId, VICTIM.id))).to.include({ code: "RECORD_FORGED" });
    const reports = refused.filter((record) => record.tenantId === tenantId);
    expect(reports.map(({ kind, key: name }) => [kind, name.includes(VICTIM.id)])).to.deep.equal([
      ["user", true],
    ]);
  }

  const edits: readonly [string, (record: string) => string][] = [
    ["the mobile number", (record) => record.replace(VICTIM.mobile ?? "", THIEF)],
    ["the time of the number", (record) => record.slice(0, 63) + "0000000001" + record.slice(73)],
    ["the names", (record) => record.replace("user1@contoso.com\0", "boss@contoso.com\0")],
    ["the source", (record) => `s0002${record.slice(5)}`],
    ["the MAC away, as in a record of an earlier version", (record) => record.slice(0, 5) + record.slice(27)],
  ];
  for (const [what, edit] of edits)
    it(`is refused and reported after editing ${what}: the MAC covers the whole record (finding 4, T-16)`, async () => {
      const tenantId = await host.newTenant({}, [VICTIM]);
      const record = await recordOf(tenantId);
      expect(edit(record)).to.not.equal(record);
      await write(tenantId, edit(record));
      await expectRefused(tenantId);
    });

  it("cannot copy the record of another user, or of another tenant: the MAC is bound to the key and the id (finding 4, T-16)", async () => {
    const thief = testUser(2, { mobile: THIEF });
    const tenantId = await host.newTenant({}, [VICTIM, thief]);
    await write(tenantId, await recordOf(tenantId, thief.id));
    await expectRefused(tenantId);

    const own = await host.newTenant({}, [{ ...VICTIM, mobile: THIEF }]);
    const other = await host.newTenant({}, [VICTIM]);
    await write(other, await recordOf(own));
    await expectRefused(other);
  });

  it("cannot let a name find another user: a record counts only under a name of its own (finding 4, T-16)", async () => {
    const thief = testUser(2, { mobile: THIEF });
    const tenantId = await host.newTenant({}, [VICTIM, thief]);
    const index = keys.userNames(tenantId);
    await host.store.redis.zrem(index, `user1@contoso.com\0${VICTIM.id}`, `user1\0${VICTIM.id}`);
    await host.store.redis.zadd(index, 0, `user1@contoso.com\0${thief.id}`);

    const key = await host.atChoice(tenantId, VICTIM.userName);
    await host.noCode(key, "text", THIEF);
    expect(await rejection(host.users.lookup(tenantId, VICTIM.userName))).to.include({
      code: "USER_UNKNOWN",
    });
  });

  it("is not repaired in silence: the user's sync writes the record again, and its number waits (finding 4, T-16)", async () => {
    const tenantId = await host.newTenant({}, [VICTIM]);
    await write(tenantId, (await recordOf(tenantId)).replace(VICTIM.mobile ?? "", THIEF));
    const before = refused.length;
    await run(tenantId, [asUser(VICTIM)], { user: VICTIM.userName });
    expect(refused.length).to.equal(before + 1);
    expect(await host.users.get(tenantId, VICTIM.id)).to.include({ mobile: VICTIM.mobile });
    const key = await host.atChoice(tenantId, VICTIM.userName);
    await host.noCode(key, "text", VICTIM.mobile ?? "");
  });

  it("cannot shorten the wait of a new number by deleting the record and what is remembered (finding 4, S14)", async () => {
    const tenantId = await host.newTenant({}, [VICTIM]);
    const { redis } = host.store;
    await run(tenantId, [asGone(1)], { cursor: "first" });
    await redis.del(keys.departedUsers(tenantId) + VICTIM.id);
    await redis.hdel(keys.sync(tenantId, 1), "completed");
    // The source is older than a first run may be, which its MAC covers.
    const createdAt = Date.now() - 31 * DAY_MS;
    const { identity } = statedDirectory("dir1.example.com");
    await redis.hset(
      keys.sources(tenantId),
      "1:createdAt",
      createdAt,
      "1:mac",
      sourceMac(tenantId, 1, identity, createdAt),
    );
    await run(tenantId, [asUser({ ...VICTIM, mobile: THIEF })]);

    const key = await host.atChoice(tenantId, VICTIM.userName);
    await host.noCode(key, "text", THIEF);
  });

  it("can bring back an old record of the same user, until a run reads the user again: then the number waits (finding 4, T-16)", async () => {
    const tenantId = await host.newTenant({}, [VICTIM]);
    const old = await recordOf(tenantId);
    const moved = { ...VICTIM, mobile: "+32470777777" };
    await run(tenantId, [asUser(moved)], { cursor: "first" });
    await write(tenantId, old);
    expect(await host.users.get(tenantId, VICTIM.id)).to.include({ mobile: VICTIM.mobile });

    await run(tenantId, [asUser(moved)]);
    const restored = await host.users.get(tenantId, VICTIM.id);
    expect(restored).to.include({ mobile: moved.mobile });
    expect(restored?.numberChangedAt).to.be.closeTo(Date.now(), 10_000);
  });

  it("cannot make the cloud send notices to numbers of their own: what waits to be told has a MAC too (finding 4, T-16)", async () => {
    const tenantId = await host.newTenant({}, [VICTIM]);
    const changes = createNumberChangeStore({ store: host.store });
    const forged = (await recordOf(tenantId)).replace(VICTIM.mobile ?? "", THIEF);
    await host.store.redis.rpush(keys.numberChanges(tenantId), userId(1) + forged);
    expect(await changes.peek(tenantId, 10)).to.deep.equal([null]);
  });
});
