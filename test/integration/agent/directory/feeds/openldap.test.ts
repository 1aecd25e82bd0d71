import { expect } from "chai";
import type { FeedName } from "../../../../../agent/directory/directory.ts";
import { type OpenLdap, startOpenLdap } from "../../../../../lab/openldap.ts";
import { person } from "../../../../../lab/openldap-people.ts";
import { isAppError } from "../../../../../shared/errors.ts";
import { collectFeed, openDirectory, textOf } from "../../../../support/directory.ts";
import { FollowedFeed, idsOf, knownAfter } from "../../../../support/followed-feed.ts";
import { sharedOpenLdap } from "../../../../support/openldap.ts";

type Options = Readonly<Record<string, unknown>>;

/** An OU of the test's own, a directory over it, and the users the cloud knows by now. */
async function openUnit(server: OpenLdap, name: string, feed: FeedName, options: Options = {}) {
  const unit = server.dn(`ou=${name}-${feed}`);
  await server.addUnit(unit);
  const directory = await openDirectory({ server, bases: [unit], directory: { feed, ...options } });
  const feedOf = new FollowedFeed(directory);
  return {
    unit,
    directory,
    get cursor() {
      return feedOf.cursor;
    },
    sync: () => feedOf.sync(),
  };
}

/** Position of the first base, changed as if it came from somewhere else. */
const withCookie = (cursor: string | null, cookie: string): string => {
  const parsed = JSON.parse(cursor ?? "{}") as { position: { cookies: Record<string, string> } };
  for (const base of Object.keys(parsed.position.cookies)) parsed.position.cookies[base] = cookie;
  return JSON.stringify(parsed);
};

for (const feed of ["syncrepl", "entrycsn", "modifytimestamp"] as const)
  describe(`the ${feed} feed of OpenLDAP`, () => {
    let server: OpenLdap;
    before(async () => {
      server = await sharedOpenLdap();
    });

    it("gives all users below the base first, with the attributes of the mapping and no others", async () => {
      const scope = await openUnit(server, "first", feed);
      const user = await server.addUser(scope.unit, { mobile: "+32 470 12 34 56", description: "secret" });
      await server.addUser(server.dn("ou=outside"));

      const result = await scope.sync();

      expect(result).to.include({ feed, full: true, reason: null, sweep: true });
      expect(result.ids).to.deep.equal([user.id]);
      const [entry] = result.entries;
      expect(entry?.base).to.equal(scope.unit);
      expect(textOf(entry, "mobile")).to.equal("+32 470 12 34 56");
      expect(entry?.attributes.has("description")).to.equal(false);
      await scope.directory.close();
    });

    it("names adds, changes, removed values, renames, deletes and users that left, each in the next delta", async () => {
      const scope = await openUnit(server, "life", feed);
      const [ann, bob, eve] = [
        await server.addUser(scope.unit, { mobile: "+32 1" }),
        await server.addUser(scope.unit, { mobile: "+32 2" }),
        await server.addUser(scope.unit, { mobile: "+32 3" }),
      ];
      await scope.sync();

      await server.setMobile(ann.name, "+32 9");
      const changed = await scope.sync();
      expect(changed.full).to.equal(false);
      expect(
        textOf(
          changed.entries.find(({ id }) => id === ann.id),
          "mobile",
        ),
      ).to.equal("+32 9");

      await server.setMobile(ann.name, null);
      const removed = (await scope.sync()).entries.find(({ id }) => id === ann.id);
      expect(removed?.attributes.has("mobile")).to.equal(false);

      await server.move(bob.dn, `uid=renamed-${bob.name},${scope.unit}`);
      const renamed = (await scope.sync()).entries.find(({ id }) => id === bob.id);
      expect(textOf(renamed, "uid")).to.equal(`renamed-${bob.name}`);

      const max = await server.addUser(scope.unit);
      expect((await scope.sync()).known).to.deep.equal(idsOf(ann, bob, eve, max));

      await server.delete(ann.dn);
      await server.move(eve.dn, `uid=${eve.name},${server.dn("ou=outside")}`);
      expect((await scope.sync()).known).to.deep.equal(idsOf(bob, max));

      await server.move(`uid=${eve.name},${server.dn("ou=outside")}`, eve.dn);
      expect((await scope.sync()).known).to.deep.equal(idsOf(bob, max, eve));
      await scope.directory.close();
    });

    it("reports no change when nothing changed, and keeps its place", async () => {
      const scope = await openUnit(server, "quiet", feed);
      const user = await server.addUser(scope.unit);
      await scope.sync();
      const { known } = await scope.sync();

      expect(known).to.deep.equal([user.id]);
      expect((await scope.sync()).known).to.deep.equal([user.id]);
      await scope.directory.close();
    });

    it("notices that a filter no longer fits", async () => {
      const filter = "(&(objectClass=person)(employeeType=staff))";
      const scope = await openUnit(server, "filter", feed, { filter });
      const user = await server.addUser(scope.unit, { employeeType: "staff" });
      expect((await scope.sync()).known).to.deep.equal([user.id]);

      await server.set(user.dn, { employeeType: "guest" });

      expect((await scope.sync()).known).to.deep.equal([]);
      await scope.directory.close();
    });

    it("follows people in an OU that is moved out of scope and back", async () => {
      const scope = await openUnit(server, "ou", feed);
      const branch = `ou=branch-${feed}`;
      await server.addUnit(`${branch},${scope.unit}`);
      const user = await server.addUser(`${branch},${scope.unit}`);
      expect((await scope.sync()).known).to.deep.equal([user.id]);

      await server.move(`${branch},${scope.unit}`, `${branch},${server.dn("ou=outside")}`);
      expect((await scope.sync()).known).to.deep.equal([]);

      await server.move(`${branch},${server.dn("ou=outside")}`, `${branch},${scope.unit}`);
      expect((await scope.sync()).known).to.deep.equal([user.id]);
      await scope.directory.close();
    });

    it("finds a renamed base again by its id, and no user is gone", async () => {
      const scope = await openUnit(server, "base", feed);
      const user = await server.addUser(scope.unit);
      await scope.sync();
      await server.move(scope.unit, server.dn(`ou=renamed-base-${feed}`));

      const { known, entries } = await scope.sync();

      expect(known).to.deep.equal([user.id]);
      for (const { base } of entries) expect(base).to.equal(scope.unit);
      await scope.directory.close();
    });

    it("knows members of a group only, nested groups included, and reads all when a group changes", async () => {
      const [inner, outer] = [`cn=inner-${feed},ou=groups`, `cn=outer-${feed},ou=groups`].map((dn) =>
        server.dn(dn),
      ) as [string, string];
      const scope = await openUnit(server, "groups", feed, { groups: [outer] });
      const [ann, bob, eve] = [
        await server.addUser(scope.unit),
        await server.addUser(scope.unit),
        await server.addUser(scope.unit),
      ];
      await server.addGroup(inner, [ann.dn, outer]); // a loop, too
      await server.addGroup(outer, [inner, bob.dn]);
      expect((await scope.sync()).known).to.deep.equal(idsOf(ann, bob));

      await server.set(inner, { member: [eve.dn] });
      const result = await scope.sync();

      expect(result).to.include({ full: true, reason: "groups_changed" });
      expect(result.known).to.deep.equal(idsOf(bob, eve));
      await scope.directory.close();
    });

    it("reads everything for a cursor of another configuration, another feed, or no cursor at all", async () => {
      const scope = await openUnit(server, "foreign", feed);
      const user = await server.addUser(scope.unit);
      await scope.sync();
      const other = await openDirectory({
        server,
        bases: [scope.unit],
        directory: { feed, filter: "(objectClass=inetOrgPerson)" },
      });

      for (const [cursor, reason] of [
        [scope.cursor, "configuration_changed"],
        ["garbage", "cursor_unreadable"],
        [scope.cursor?.replace(`"${feed}"`, '"usn"') ?? "", "feed_changed"],
        [null, null],
      ] as const) {
        const result = await collectFeed(other, cursor);
        expect(result, String(reason)).to.include({ full: true, reason, sweep: true });
        expect(result.ids).to.deep.equal([user.id]);
      }
      await other.close();
      await scope.directory.close();
    });
  });

describe("scope in OpenLDAP", () => {
  it("takes a missing base for an error, not for an empty directory", async () => {
    const server = await sharedOpenLdap();
    const directory = await openDirectory({ server, bases: [server.dn("ou=nowhere")] });

    for (const attempt of [
      () => collectFeed(directory, null),
      () => directory.find("p00001", new AbortController().signal),
    ])
      try {
        await attempt();
        expect.fail("nothing was thrown");
      } catch (error) {
        expect(isAppError(error, "SCOPE_BASE_MISSING")).to.equal(true);
      }
    await directory.close();
  });

  it("takes a base replaced by another of the same name for a reason to read everything", async () => {
    const server = await sharedOpenLdap();
    const scope = await openUnit(server, "replaced", "syncrepl");
    await scope.sync();
    await server.delete(scope.unit);
    await server.addUnit(scope.unit);

    expect(await scope.sync()).to.include({ full: true, reason: "base_replaced" });
    await scope.directory.close();
  });

  it("names the most specific base of an entry, once, when bases overlap", async () => {
    const server = await sharedOpenLdap();
    const [outer, inner] = [server.dn("ou=overlap"), `ou=inner,${server.dn("ou=overlap")}`];
    await server.addUnit(outer);
    await server.addUnit(inner);
    const [high, low] = [await server.addUser(outer), await server.addUser(inner)];
    const directory = await openDirectory({ server, bases: [outer, inner] });

    const { entries } = await collectFeed(directory, null);

    const bases = entries.map(({ id, base }) => [id, base]).sort();
    expect(bases).to.deep.equal(
      [
        [high.id, outer],
        [low.id, inner],
      ].sort(),
    );
    await directory.close();
  });

  it("finds a user by each name and by id, in scope only, and never by a filter in the name", async () => {
    const server = await sharedOpenLdap();
    const directory = await openDirectory({ server, bases: [server.peopleDn] });
    const find = async (text: string) =>
      (await directory.find(text, new AbortController().signal)).map(({ dn }) => dn);
    const { name, dn } = person(3);
    const outside = await server.addUser(server.dn("ou=outside"));

    expect(await find(name)).to.deep.equal([dn]);
    expect(await find(`${name.toUpperCase()}@lab.test`)).to.deep.equal([dn]);
    expect(await find(await server.idOf(name))).to.deep.equal([dn]);
    for (const text of [outside.name, outside.id, "*", "*)(objectClass=*", "", "x".repeat(300), "a\0b"])
      expect(await find(text), text.slice(0, 20)).to.deep.equal([]);
    expect(directory.dialect).to.equal("openldap");
    await directory.close();
  });
});

describe("what OpenLDAP may answer to a synchronization", () => {
  it("a cookie of years ago gets everything", async () => {
    const server = await sharedOpenLdap();
    const directory = await openDirectory({
      server,
      bases: [server.peopleDn],
      directory: { feed: "syncrepl" },
    });
    const { cursor, ids: everybody } = await collectFeed(directory, null);

    const stale = withCookie(cursor, "rid=000,csn=20200101000000.000000Z#000000#000#000000");
    const result = await collectFeed(directory, stale);

    expect(result.sweep).to.equal(true);
    expect(result.ids).to.deep.equal(everybody);
    expect(result.cursor).to.not.equal(stale);
    await directory.close();
  });

  for (const cookie of ["garbage", "rid=000", "csn=tomorrow"])
    it(`the cookie "${cookie}" gets everything and a good cookie`, async () => {
      const server = await sharedOpenLdap();
      const directory = await openDirectory({
        server,
        bases: [server.peopleDn],
        directory: { feed: "syncrepl" },
      });
      const { cursor, ids: everybody } = await collectFeed(directory, null);

      const result = await collectFeed(directory, withCookie(cursor, cookie));

      expect(result.sweep).to.equal(true);
      expect(result.ids).to.deep.equal(everybody);
      expect((await collectFeed(directory, result.cursor)).entries).to.deep.equal([]);
      await directory.close();
    });

  it("a cookie from the future is a server that is behind: nothing is concluded from it", async () => {
    const server = await sharedOpenLdap();
    const directory = await openDirectory({
      server,
      bases: [server.peopleDn],
      directory: { feed: "syncrepl" },
    });
    const { cursor } = await collectFeed(directory, null);
    try {
      await collectFeed(
        directory,
        withCookie(cursor, "rid=000,csn=20990101000000.000000Z#000000#000#000000"),
      );
      expect.fail("nothing was thrown");
    } catch (error) {
      expect(isAppError(error, "DIRECTORY_UNAVAILABLE")).to.equal(true);
    }
    await directory.close();
  });

  it("after the session log is lost: the unchanged as ids, the changed as entries, the rest is gone", async () => {
    const server = await startOpenLdap({ people: 300, withPassword: 0, sync: "memory" });
    try {
      const directory = await openDirectory({
        server,
        bases: [server.peopleDn],
        directory: { feed: "syncrepl" },
      });
      const first = await collectFeed(directory, null);
      const [changed, deleted] = [await server.idOf(person(7).name), await server.idOf(person(8).name)];
      await server.setMobile(person(7).name, "+32 9");
      await server.delete(person(8).dn);
      await server.restart();

      const result = await collectFeed(directory, first.cursor);

      expect(result.sweep).to.equal(true);
      expect(result.ids).to.deep.equal([changed]);
      expect(result.present).to.have.length.within(298, 299);
      const known = [...knownAfter(new Set(first.ids), result)];
      expect(known).to.have.length(299).and.not.include(deleted);
      await directory.close();
    } finally {
      await server.stop();
    }
  });

  it("with one base in its present phase, the other bases name all users too", async () => {
    const server = await sharedOpenLdap();
    const [one, two] = [server.dn("ou=two-bases-1"), server.dn("ou=two-bases-2")];
    await server.addUnit(one);
    await server.addUnit(two);
    const users = [await server.addUser(one), await server.addUser(two)];
    const directory = await openDirectory({ server, bases: [one, two], directory: { feed: "syncrepl" } });
    const { cursor } = await collectFeed(directory, null);
    const parsed = JSON.parse(cursor ?? "{}") as { position: { cookies: Record<string, string> } };
    const [, ...others] = Object.entries(parsed.position.cookies); // the first base has to begin anew
    parsed.position.cookies = Object.fromEntries(others);

    const result = await collectFeed(directory, JSON.stringify(parsed));

    expect(result.sweep).to.equal(true);
    expect([...new Set(result.ids)]).to.deep.equal(idsOf(...users));
    await directory.close();
  });
});

describe("choosing a feed on OpenLDAP", () => {
  it("takes synchronization where it is, entryCSN and modifyTimestamp where it is not", async () => {
    const server = await startOpenLdap({ people: 5, withPassword: 0, sync: "none" });
    try {
      const directory = await openDirectory({ server, bases: [server.peopleDn] });

      const { feed, ids: found } = await collectFeed(directory, null);

      expect(feed).to.equal("modifytimestamp");
      expect(found).to.have.length(5);
      await directory.close();
    } finally {
      await server.stop();
    }
    const shared = await sharedOpenLdap();
    const directory = await openDirectory({ server: shared, bases: [shared.peopleDn] });
    expect((await collectFeed(directory, null)).feed).to.equal("syncrepl");
    await directory.close();
  });

  it("says why when the configured feed is not to be had", async () => {
    const server = await sharedOpenLdap();
    const directory = await openDirectory({
      server,
      bases: [server.peopleDn],
      directory: { feed: "dirsync" },
    });
    try {
      await collectFeed(directory, null);
      expect.fail("nothing was thrown");
    } catch (error) {
      expect(isAppError(error, "DIRECTORY_UNSUPPORTED") && error.message).to.contain("dirsync:");
    }
    await directory.close();
  });
});
