import { expect } from "chai";
import type { Directory, DirectoryEntry } from "../../../../../agent/directory/directory.ts";
import type { SambaAd } from "../../../../../lab/samba-ad.ts";
import type { AddedUser } from "../../../../../lab/samba-ad-admin.ts";
import { collectFeed, type FeedResult, openDirectory, textOf } from "../../../../support/directory.ts";
import { sharedSambaAd } from "../../../../support/samba-ad.ts";

let unitCount = 0;

for (const feed of ["dirsync", "usn"] as const)
  describe(`the ${feed} feed of Active Directory`, () => {
    let ad: SambaAd;
    let unit: string;
    let directory: Directory;
    let user: AddedUser;
    let cursor: string;
    const opened: Directory[] = [];

    const open = async (overrides: Record<string, unknown> = {}): Promise<Directory> => {
      const made = await openDirectory({ server: ad, bases: [unit], directory: { feed, ...overrides } });
      opened.push(made);
      return made;
    };
    const start = async (): Promise<FeedResult> => {
      const reading = await collectFeed(directory, null);
      cursor = reading.cursor ?? "";
      return reading;
    };
    const next = async (): Promise<FeedResult> => {
      const reading = await collectFeed(directory, cursor);
      cursor = reading.cursor ?? "";
      return reading;
    };
    const whyGone = (reading: FeedResult, id: string): string | undefined =>
      reading.events.flatMap((event) => (event.kind === "gone" && event.id === id ? [event.reason] : []))[0];

    before(async function () {
      this.timeout(160_000); // the first use provisions the domain
      ad = await sharedSambaAd();
    });
    beforeEach(async () => {
      unit = ad.dn(`OU=Feed ${(++unitCount).toString()}`);
      await ad.addUnit(unit);
      user = await ad.addUser(unit, { mobile: "+32 470000001", displayName: "Feed Tester" });
      directory = await open();
      await start();
    });
    afterEach(async () => {
      for (const made of opened.splice(0)) await made.close();
    });

    it("gives all users in scope first, and asks for a sweep", async () => {
      const reading = await start();

      expect(reading).to.include({ feed, full: true, reason: null, sweep: true });
      const [entry, ...others] = reading.entries;
      expect(others).to.deep.equal([]);
      expect(entry).to.include({ id: user.id, dn: user.dn, base: unit });
      expect(textOf(entry, "mobile")).to.equal("+32 470000001");
      expect(textOf(entry, "userPrincipalName")).to.equal(user.userName);
    });

    it("says nothing when nothing changed", async () => {
      const reading = await next();

      expect(reading).to.include({ full: false, sweep: false });
      expect([...reading.ids, ...reading.gone, ...reading.present]).to.deep.equal([]);
    });

    const changes: readonly {
      what: string;
      change: () => Promise<void>;
      expected: (entry: DirectoryEntry | undefined) => void;
    }[] = [
      {
        what: "a changed number",
        change: () => ad.setMobile(user.name, "+32 470000002"),
        expected: (entry) => expect(textOf(entry, "mobile")).to.equal("+32 470000002"),
      },
      {
        what: "a removed number, as a whole entry without it",
        change: () => ad.setMobile(user.name, null),
        expected: (entry) => {
          expect(entry?.attributes.has("mobile")).to.equal(false);
          expect(textOf(entry, "displayName")).to.equal("Feed Tester");
        },
      },
      {
        what: "a disabled account",
        change: () => ad.disable(user.name),
        expected: (entry) => expect(textOf(entry, "userAccountControl")).to.equal("514"),
      },
      {
        what: "a renamed user under the same id",
        change: () => ad.move(user.dn, `CN=Renamed ${user.name},${unit}`),
        expected: (entry) => expect(textOf(entry, "cn")).to.equal(`Renamed ${user.name}`),
      },
    ];
    for (const { what, change, expected } of changes)
      it(`tells of ${what}`, async () => {
        await change();

        const reading = await next();

        expect(reading).to.include({ full: false, sweep: false });
        expect(reading.ids).to.deep.equal([user.id]);
        expected(reading.entries[0]);
        expect((await next()).ids).to.deep.equal([]);
      });

    it("tells of a new user and of a deleted one", async () => {
      const added = await ad.addUser(unit);
      await ad.delete(user.dn);

      const reading = await next();

      expect(reading.ids).to.deep.equal([added.id]);
      expect(whyGone(reading, user.id)).to.equal("deleted");
    });

    it("reports a user that was moved out of scope, and one that came back", async () => {
      const outside = `CN=${user.name},${ad.dn("OU=Outside")}`;
      await ad.move(user.dn, outside);
      const left = await next();
      await ad.move(outside, user.dn);
      const back = await next();

      expect(whyGone(left, user.id)).to.equal("left_scope");
      expect(back.ids).to.deep.equal([user.id]);
    });

    it("reports a user that no longer matches the filter", async () => {
      directory = await open({ filter: "(&(objectClass=user)(!(department=Leavers)))" });
      await start();
      await ad.set(user.dn, { department: "Leavers" });

      expect(whyGone(await next(), user.id)).to.equal("left_scope");
    });

    it("reads all users again after an OU was moved, which does not change the users in it", async () => {
      const inner = `OU=Inner,${unit}`;
      await ad.addUnit(inner);
      const member = await ad.addUser(inner);
      expect((await next()).ids).to.deep.equal([member.id]);
      await ad.move(inner, `OU=Inner ${member.name},${ad.dn("OU=Outside")}`);

      const reading = await next();

      expect(reading).to.include({ full: true, reason: "container_moved", sweep: true });
      expect(reading.ids).to.deep.equal([user.id]);
    });

    it("follows a base that was renamed, and loses no user", async () => {
      const renamed = `OU=Renamed ${user.name},${ad.baseDn}`;
      await ad.move(unit, renamed);

      const reading = await next();

      expect(reading.full).to.equal(true);
      expect(reading.ids).to.deep.equal([user.id]);
      expect(reading.entries[0]?.base).to.equal(unit);
    });

    it("compares all ids when the account may not see tombstones", async () => {
      directory = await open({ bind: ad.writebackAccount });
      await start();
      const added = await ad.addUser(unit);
      await ad.delete(user.dn);

      const reading = await next();

      expect(reading).to.include({ full: false, sweep: true });
      expect(reading.ids).to.deep.equal([added.id]);
      expect(reading.present, "named whole already").to.deep.equal([]);
    });

    it("takes members of nested groups only, and notices when a group changes", async () => {
      const [outer, inner] = [`CN=Outer ${user.name},${unit}`, `CN=Inner ${user.name},${unit}`];
      const client = await ad.admin();
      for (const [dn, member] of [
        [inner, user.dn],
        [outer, inner],
      ] as const)
        await client.add(dn, { objectClass: "group", sAMAccountName: dn.slice(3, dn.indexOf(",")), member });
      const stranger = await ad.addUser(unit);
      directory = await open({ groups: [outer] });
      const first = await start();
      await ad.set(inner, { member: [stranger.dn] });

      const reading = await next();

      expect(first.ids).to.deep.equal([user.id]);
      expect(reading).to.include({ full: true, sweep: true });
      expect(reading.ids).to.deep.equal([stranger.id]);
    });

    describe("given a cursor that it cannot use (T-32)", () => {
      const spoil = (change: (cursor: Record<string, unknown>) => void): string => {
        const parsed = JSON.parse(cursor) as Record<string, unknown>;
        change(parsed);
        return JSON.stringify(parsed);
      };
      const garbage = Buffer.from("no cookie of yours").toString("base64");
      const cases: readonly (readonly [string, () => string])[] = [
        ["no JSON", () => "garbage"],
        [
          "a position the server does not know",
          () =>
            spoil(
              (parsed) =>
                (parsed["position"] = feed === "usn" ? { usn: "9".repeat(18) } : { cookie: garbage }),
            ),
        ],
        ["a position of another form", () => spoil((parsed) => (parsed["position"] = { page: 1 }))],
        ["another server's", () => spoil((parsed) => (parsed["server"] = "dc9.lab.test/00"))],
        ["another query's", () => spoil((parsed) => (parsed["query"] = "00"))],
      ];
      for (const [what, make] of cases)
        it(`reads all users: ${what}`, async () => {
          const reading = await collectFeed(directory, make());

          expect(reading.full).to.equal(true);
          expect(reading.reason).to.be.a("string");
          expect(reading.ids).to.deep.equal([user.id]);
          expect((await collectFeed(directory, reading.cursor)).full).to.equal(false);
        });
    });
  });
