import { expect } from "chai";
import type { FeedEvent, FeedName } from "../../../../../agent/directory/directory.ts";
import { type OpenLdap, startOpenLdap } from "../../../../../lab/openldap.ts";
import { openDirectory, summarizeFeed } from "../../../../support/directory.ts";
import { joinCloud, type JoinedCloud } from "../../../../support/directory-to-cloud.ts";
import { sharedOpenLdap } from "../../../../support/openldap.ts";
import { sharedRedis } from "../../../../support/redis.ts";
import { startSyncCloud, type SyncCloud } from "../../../../support/sync-cloud.ts";

/** Long before the overlap that a feed reads again. */
const OLD = { stamp: "20240101000000Z", csn: "20240101000000.000000Z#000000#000#000000" };

/** A person as a backup has it: with its old stamps. */
const oldPerson = (dn: string, id: string): string => {
  const uid = /^uid=([^,]+)/.exec(dn)?.[1] ?? "";
  return [
    `dn: ${dn}`,
    "objectClass: inetOrgPerson",
    `uid: ${uid}`,
    `cn: ${uid}`,
    "sn: Old",
    `entryUUID: ${id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")}`,
    `createTimestamp: ${OLD.stamp}`,
    `modifyTimestamp: ${OLD.stamp}`,
    `entryCSN: ${OLD.csn}`,
    "",
    "",
  ].join("\n");
};

let cloud: SyncCloud;
before(async () => {
  cloud = await startSyncCloud((await sharedRedis()).connection);
});
after(() => cloud.close());

for (const feed of ["syncrepl", "entrycsn", "modifytimestamp"] as const) {
  /** Three bases, searched in this order, and a cloud that has read them once. */
  const open = async (
    server: OpenLdap,
    name: string,
  ): Promise<JoinedCloud & { bases: readonly string[] }> => {
    const bases = ["aa", "bb", "cc"].map((unit) => server.dn(`ou=${unit}-${name}-${feed}`));
    for (const base of bases) await server.addUnit(base);
    return { ...(await joinCloud(cloud, { server, bases, directory: { feed } })), bases };
  };
  const baseAt = (bases: readonly string[], at: number): string => bases[at] ?? "";

  describe(`people who move, with the ${feed} feed of OpenLDAP`, () => {
    let server: OpenLdap;
    before(async () => {
      server = await sharedOpenLdap();
    });

    for (const [from, to] of [
      [1, 0],
      [0, 1],
      [2, 0],
      [0, 2],
      [2, 1],
    ] as const)
      it(`keeps a person who moves from base ${from + 1} to base ${to + 1}`, async () => {
        const { sync, has, close, bases } = await open(server, `move${from}${to}`);
        const stays = await server.addUser(baseAt(bases, from));
        const user = await server.addUser(baseAt(bases, from));
        await sync();

        await server.move(user.dn, `uid=${user.name},${baseAt(bases, to)}`);
        const { state, counts } = await sync();

        expect(state).to.equal("done");
        expect(counts).to.include({ deleted: 0, added: 0, rejected: 0 });
        expect(await has(user.id, stays.id)).to.deep.equal([true, true]);
        expect((await sync()).counts.deleted).to.equal(0);
        await close();
      });

    it("keeps the people of an OU that moves between bases, and deletes those who really left", async () => {
      const { sync, has, close, bases } = await open(server, "ou");
      const [last, first] = [`ou=team,${baseAt(bases, 2)}`, `ou=team,${baseAt(bases, 0)}`];
      await server.addUnit(last);
      const [ann, bob] = [await server.addUser(last), await server.addUser(last)];
      await sync();

      await server.move(last, first);
      await server.delete(`uid=${bob.name},${first}`);
      const { counts } = await sync();

      expect(counts.deleted).to.equal(1);
      expect(await has(ann.id, bob.id)).to.deep.equal([true, false]);
      await close();
    });

    it("deletes the people who move, alone or with an OU, where the account may not read", async () => {
      const { sync, has, close, bases } = await open(server, "hidden");
      const team = `ou=team,${baseAt(bases, 1)}`;
      await server.addUnit(team);
      const [ann, bob] = [await server.addUser(team), await server.addUser(team)];
      const [max, stays] = [await server.addUser(baseAt(bases, 0)), await server.addUser(baseAt(bases, 0))];
      await sync();

      await server.move(team, server.dn(`ou=team-${feed},ou=hidden`));
      expect((await sync()).counts.deleted).to.equal(2);
      await server.move(max.dn, server.dn(`uid=${max.name},ou=hidden`));
      expect((await sync()).counts.deleted).to.equal(1);

      expect(await has(ann.id, bob.id, max.id, stays.id)).to.deep.equal([false, false, false, true]);
      expect((await sync()).counts).to.include({ added: 0, deleted: 0 });
      await close();
    });

    it("deletes a person who moves to another base and out of scope before the next run", async () => {
      const { sync, has, close, bases } = await open(server, "twice");
      await server.addUser(baseAt(bases, 2)); // a scope without people is an error of its own
      const user = await server.addUser(baseAt(bases, 1));
      await sync();

      await server.move(user.dn, `uid=${user.name},${baseAt(bases, 0)}`);
      await server.move(
        `uid=${user.name},${baseAt(bases, 0)}`,
        `uid=${user.name},${server.dn("ou=outside")}`,
      );

      expect((await sync()).counts.deleted).to.equal(1);
      expect(await has(user.id)).to.deep.equal([false]);
      await close();
    });

    it("keeps a person who moves, while the run reads, from a base still to be read into one that was read", async () => {
      const bases = ["aa", "bb", "cc"].map((unit) => server.dn(`ou=${unit}-race-${feed}`));
      for (const base of bases) await server.addUnit(base);
      const early = await server.addUser(baseAt(bases, 0));
      const user = await server.addUser(baseAt(bases, 2));
      const directory = await openDirectory({ server, bases, directory: { feed } });
      let cursor: string | null = null;
      for (const run of ["full", "delta"]) {
        await server.setMobile(early.name, run === "full" ? "+32 1" : "+32 2");
        await server.setMobile(user.name, run === "full" ? "+32 1" : "+32 2");
        const events: FeedEvent[] = [];
        for await (const event of directory.changes(cursor, new AbortController().signal)) {
          events.push(event);
          if (event.kind === "entry" && event.entry.id === early.id)
            await server.move(`uid=${user.name},${baseAt(bases, 2)}`, `uid=${user.name},${baseAt(bases, 0)}`);
        }
        await server.move(`uid=${user.name},${baseAt(bases, 0)}`, `uid=${user.name},${baseAt(bases, 2)}`);

        const result = summarizeFeed(events);
        expect([...result.ids, ...result.present], run).to.include(user.id);
        expect(result.gone, run).to.deep.equal([]);
        cursor = result.cursor;
      }
      await directory.close();
    });

    it("adds people with old stamps who come into scope with a container of any class", async () => {
      const { sync, has, mobileOf, close, bases } = await open(server, "arrival");
      await server.addUser(baseAt(bases, 0));
      const outside = server.dn(`cn=branch-${feed},ou=outside`);
      await (await server.admin()).add(outside, { objectClass: "applicationProcess" });
      const user = await server.addUser(outside, { mobile: "+32470123456" });
      await sync();
      await sync();
      expect(await has(user.id)).to.deep.equal([false]);

      await server.move(outside, `cn=branch,${baseAt(bases, 1)}`);
      const { counts } = await sync();

      expect(counts).to.include({ added: 1, deleted: 0 });
      expect(await mobileOf(user.id)).to.equal("+32470123456");
      expect((await sync()).counts).to.include({ added: 0, deleted: 0 });
      await close();
    });
  });
}

describe("people with old stamps in OpenLDAP", () => {
  for (const feed of ["entrycsn", "modifytimestamp"] as const)
    it(`adds people of a restored backup in the next delta of ${feed}, and counts in a dry run what would come`, async () => {
      const server = await startOpenLdap({ people: 3, withPassword: 0 });
      try {
        const options = { server, bases: [server.peopleDn], directory: { feed } };
        const { sync, has, close } = await joinCloud(cloud, options);
        await sync();
        const id = "0123456789abcdef0123456789abcde1";
        await server.addOffline(oldPerson(`uid=restored,${server.peopleDn}`, id));

        const dry = await sync({ dryRun: true });
        const { full, counts } = await sync();

        expect(dry.counts).to.include({ read: 4, added: 1, unchanged: 3 });
        expect(full).to.equal(false);
        expect(counts).to.include({ read: 4, added: 1, unchanged: 3, deleted: 0 });
        expect(await has(id)).to.deep.equal([true]);
        await close();
      } finally {
        await server.stop();
      }
    });

  it("adds people below an OU that is moved into scope by modifyTimestamp", async () => {
    const server = await startOpenLdap({ people: 3, withPassword: 0 });
    try {
      const branch = server.dn("ou=branch,ou=outside");
      await server.addUnit(branch);
      const ids = ["0123456789abcdef0123456789abcde1", "0123456789abcdef0123456789abcde2"];
      await server.addOffline(ids.map((id, at) => oldPerson(`uid=old${at},${branch}`, id)).join(""));
      const feed: FeedName = "modifytimestamp";
      const options = { server, bases: [server.peopleDn], directory: { feed } };
      const { sync, has, close } = await joinCloud(cloud, options);
      await sync();

      await server.move(branch, `ou=branch,${server.peopleDn}`);
      const { counts } = await sync();

      expect(counts).to.include({ added: 2, deleted: 0 });
      expect(await has(...ids)).to.deep.equal([true, true]);
      await close();
    } finally {
      await server.stop();
    }
  });
});
