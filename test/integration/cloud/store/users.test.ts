import { expect } from "chai";
import { keys } from "../../../../cloud/store/keys.ts";
import { createSourceStore } from "../../../../cloud/store/sources.ts";
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

  describe("with a domain beside the account name", () => {
    let tenant: string;
    const found = async (typed: string): Promise<string | null> => {
      const name = await cloud.users.resolve(tenant, typed);
      const user = await cloud.users.find(tenant, name, "0".repeat(32));
      const listed = await cloud.users.lookup(tenant, typed).catch(() => null);
      expect(listed?.id ?? null, "the portals and the API find the same").to.equal(user?.id ?? null);
      return user?.id ?? null;
    };
    before(async () => {
      tenant = await newTenant(cloud, { sources: 2 });
      await cloud.tenants.update(tenant, { domains: ["contoso.com", `${tenant}.example`] });
      await createSourceStore({ store: cloud.store }).rename(tenant, 2, "FABRIKAM");
      const sync = (source: number, ...users: Parameters<typeof testUser>[]) =>
        runSync(cloud.sync, newSession(tenant, source), {
          changes: users.map((user) => asUser(testUser(...user))),
        });
      await sync(
        1,
        [1, { userName: "jdoe@dir1.example.com", aliases: ["jdoe", "john.doe@contoso.com"] }],
        [2, { userName: "asmith@elsewhere.example", aliases: ["asmith"] }],
        [3, { userName: "noupn", aliases: [] }],
        [4, { userName: "taken", aliases: [] }],
        [5, { userName: "Conor O’Brien", aliases: ["ａｂ\u200bｃ"] }],
      );
      await sync(
        2,
        [6, { userName: "jdoe@dir2.example.com", aliases: ["jdoe"] }],
        [7, { userName: "taken@dir1.example.com", aliases: ["other"] }],
        [8, { userName: "only2", aliases: [] }],
      );
    });

    for (const [typed, number] of [
      ["john.doe@contoso.com", 1],
      ["asmith@dir1.example.com", 2],
      ["ASMITH@contoso.com", 2],
      ["CORP\\asmith", 2],
      [".\\asmith", 2],
      ["noupn@dir1.example.com", 3],
      ["noupn@contoso.com", 3],
      ["conor  o'brien", 5],
      ["ABC", 5],
      // The same account name in two directories: the domain tells which.
      ["jdoe", null],
      ["jdoe@contoso.com", null],
      ["CORP\\jdoe", null],
      ["jdoe@dir1.example.com", 1],
      ["DIR1\\jdoe", 1],
      ["dir2.example.com\\jdoe", 6],
      ["fabrikam\\jdoe", 6],
      // The account name counts within the directory of the domain only.
      ["only2@dir1.example.com", null],
      ["only2@dir2.example.com", 8],
      ["only2@contoso.com", 8],
      // A user name is its owner's, even where it looks like another user's account name and domain.
      ["taken@dir1.example.com", 7],
      ["taken", 4],
      ["asmith@unknown.example", null],
      ["A\\B\\asmith", null],
      ["asmith\\", null],
    ] as const)
      it(`finds ${number === null ? "nobody" : `user ${number}`} by ${typed}`, async () => {
        expect(await found(typed)).to.equal(number === null ? null : userId(number));
      });

    it("names the users of an account name that two directories have", async () => {
      const error = await rejection(cloud.users.lookup(tenant, "CORP\\jdoe"));
      expect(error).to.include({ code: "USER_AMBIGUOUS" });
      expect(error.details["ids"]).to.have.members([userId(1), userId(6)]);
    });

    it("does not fall back to the account name when the record of the whole name was altered", async () => {
      const bucket = keys.userBuckets(tenant) + userId(7).slice(0, 3);
      const record = (await cloud.store.redis.hget(bucket, userId(7))) ?? "";
      await cloud.store.redis.hset(bucket, userId(7), record.replace(".", ","));
      try {
        const name = await cloud.users.resolve(tenant, "taken@dir1.example.com");
        expect(await cloud.users.find(tenant, name, "0".repeat(32))).to.equal(null);
        expect(await rejection(cloud.users.lookup(tenant, "taken@dir1.example.com"))).to.include({
          code: "RECORD_FORGED",
        });
      } finally {
        await cloud.store.redis.hset(bucket, userId(7), record);
      }
    });

    it("searches by the name behind the domain", async () => {
      const ids = (await cloud.users.search(tenant, "CORP\\asm", 10)).map(({ id }) => id);
      expect(ids).to.deep.equal([userId(2)]);
    });
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

  it("searches by the words of a display name, by which nobody signs in", async () => {
    const tenant = await newTenant(cloud);
    const people = [
      testUser(1, { displayName: "Zoë van der Berg" }),
      testUser(2, { displayName: "Berg, Ann" }),
      testUser(3, { displayName: "user1\u0000admin", userName: "berg@contoso.com" }),
    ];
    await runSync(cloud.sync, newSession(tenant), { changes: people.map(asUser) });
    const found = async (text: string, limit = 10): Promise<string[]> =>
      (await cloud.users.search(tenant, text, limit)).map((user) => user.id);

    expect(await found("zoë v")).to.deep.equal([userId(1)]);
    expect(await found("DER  berg")).to.deep.equal([userId(1)]);
    // Names to sign in with come first.
    expect((await found("berg"))[0]).to.equal(userId(3));
    expect(await found("berg")).to.have.members([userId(1), userId(2), userId(3)]);
    expect(await found("")).to.have.length(3);
    expect(await cloud.users.ambiguous(tenant, 10)).to.deep.equal([]);
    for (const text of ["zoë van der berg", "\u0001zoë van der berg", "berg", "admin", "\u0001berg, ann"])
      expect(await rejection(cloud.users.lookup(tenant, text)), text).to.include({ code: "USER_UNKNOWN" });

    // A changed display name leaves the index with the old one.
    await runSync(cloud.sync, newSession(tenant), {
      changes: [asUser(testUser(1, { displayName: "Zoë Smit" }))],
    });
    expect(await found("van der")).to.deep.equal([]);
    expect(await found("smit")).to.deep.equal([userId(1)]);
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
