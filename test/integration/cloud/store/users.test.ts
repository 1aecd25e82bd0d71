import { expect } from "chai";
import { keys } from "../../../../cloud/store/keys.ts";
import { toDashedId } from "../../../../shared/ids.ts";
import { asUser, testUser, userId } from "../../../support/directory-users.ts";
import { sharedRedis } from "../../../support/redis.ts";
import { rejection } from "../../../support/rejection.ts";
import {
  newSession,
  newTenant,
  runSync,
  startSyncCloud,
  type SyncCloud,
} from "../../../support/sync-cloud.ts";

describe("the user store", () => {
  let cloud: SyncCloud;
  let tenantId: string;
  before(async () => {
    cloud = await startSyncCloud((await sharedRedis()).connection);
    tenantId = await newTenant(cloud);
    const people = [
      testUser(1, { userName: "Anna.Meyer@contoso.com", aliases: ["anna", "anna@contoso.com"] }),
      testUser(2, { userName: "anna.meyers@contoso.com", aliases: ["anna"] }),
      testUser(3, { userName: "bob@contoso.com", aliases: ["bob"] }),
      testUser(4, { userName: "bob.shared@contoso.com", aliases: ["bob@contoso.com"] }),
      testUser(5, { userName: "张伟@contoso.com", aliases: [], mobile: null }),
    ];
    await runSync(cloud.sync, newSession(tenantId), { changes: people.map(asUser) });
  });
  after(() => cloud.close());

  it("finds a user by id (with or without dashes), user name and alias, in uppercase and lowercase", async () => {
    const dashed = toDashedId(userId(1));
    for (const text of [
      userId(1),
      dashed,
      `{${dashed.toUpperCase()}}`,
      "ANNA.meyer@Contoso.com ",
      "anna@contoso.com",
    ])
      expect(await cloud.users.lookup(tenantId, text), text).to.include({ id: userId(1) });
    expect(await cloud.users.lookup(tenantId, "张伟@contoso.com")).to.include({
      id: userId(5),
      mobile: null,
    });
  });

  it("refuses an alias that two users have, and names the users", async () => {
    const error = await rejection(cloud.users.lookup(tenantId, "anna"));

    expect(error).to.include({ code: "USER_AMBIGUOUS" });
    expect(error.details["candidates"]).to.have.members([
      "Anna.Meyer@contoso.com",
      "anna.meyers@contoso.com",
    ]);
  });

  it("prefers a full user name to the same alias of another user", async () => {
    expect(await cloud.users.lookup(tenantId, "bob@contoso.com")).to.include({ id: userId(3) });
  });

  for (const text of ["nobody", "", "anna.meye", "ffffffffffffffffffffffffffffffff", "a\0b", "[", "*"])
    it(`does not find ${JSON.stringify(text)}`, async () => {
      expect(await rejection(cloud.users.lookup(tenantId, text))).to.include({ code: "USER_UNKNOWN" });
    });

  it("searches by the beginning of any name and returns each user once, up to the limit", async () => {
    const found = async (text: string, limit = 10): Promise<string[]> =>
      (await cloud.users.search(tenantId, text, limit)).map((user) => user.id);

    expect(await found("ANNA")).to.have.members([userId(1), userId(2)]);
    expect(await found("anna.meyers")).to.deep.equal([userId(2)]);
    expect(await found("张")).to.deep.equal([userId(5)]);
    expect(await found("")).to.have.length(5);
    expect(await found("", 2)).to.have.length(2);
    expect(await found(userId(3))).to.deep.equal([userId(3)]);
    expect(await found("zzz")).to.be.empty;
  });

  it("keeps the users of tenants separate", async () => {
    const another = await newTenant(cloud);
    expect(await cloud.users.get(another, userId(1))).to.equal(null);
    expect(await cloud.users.count(another)).to.equal(0);
    expect(await cloud.users.search(another, "", 10)).to.be.empty;
  });

  it("refuses a record that no node made, and names it", async () => {
    const another = await newTenant(cloud);
    await cloud.store.redis.hset(keys.userBuckets(another) + userId(1).slice(0, 3), userId(1), "nonsense");

    const error = await rejection(cloud.users.get(another, userId(1)));

    expect(error).to.include({ code: "RECORD_FORGED" });
    expect(error.message).to.include(userId(1));
  });
});
