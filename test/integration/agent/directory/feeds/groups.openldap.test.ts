import { expect } from "chai";
import type { Check, Directory } from "../../../../../agent/directory/directory.ts";
import type { AddedPerson } from "../../../../../lab/ldap-admin.ts";
import { type OpenLdap, startOpenLdap } from "../../../../../lab/openldap.ts";
import { openDirectory } from "../../../../support/directory.ts";
import { FollowedFeed, idsOf } from "../../../../support/followed-feed.ts";
import { addPosixGroup, posixAccount } from "../../../../support/posix-group.ts";

describe("groups in OpenLDAP", () => {
  let server: OpenLdap;
  let units = 0;
  const opened: Directory[] = [];

  /** Three people in a unit of their own, and a name for a group. */
  async function makeUnit() {
    const unit = server.dn(`ou=grouped ${++units}`);
    await server.addUnit(unit);
    const [ann, bob, eve] = [
      await server.addUser(unit),
      await server.addUser(unit),
      await server.addUser(unit),
    ] as [AddedPerson, AddedPerson, AddedPerson];
    return { unit, ann, bob, eve, group: `cn=Self Service,${unit}` };
  }
  const open = async (unit: string, settings: Record<string, unknown>): Promise<Directory> => {
    const directory = await openDirectory({ server, bases: [unit], directory: settings });
    opened.push(directory);
    return directory;
  };
  const checkGroups = async (directory: Directory): Promise<Check | undefined> => {
    for await (const check of directory.check(null)) if (check.name === "groups") return check;
    return undefined;
  };

  before(async () => {
    server = await startOpenLdap({ people: 0, withPassword: 0, memberOf: true });
  });
  after(() => server.stop());
  afterEach(async () => {
    for (const directory of opened.splice(0)) await directory.close();
  });

  for (const feed of ["syncrepl", "entrycsn", "modifytimestamp"] as const)
    describe(`groups in the scope, with the ${feed} feed of OpenLDAP`, () => {
      it("are followed when renamed and moved, without losing a user", async () => {
        const { unit, ann, group } = await makeUnit();
        await server.addGroup(group, [ann.dn]);
        const followed = new FollowedFeed(await open(unit, { feed, groups: [group] }));
        await followed.sync();
        await server.addUnit(`ou=moved,${unit}`);
        await server.move(group, `cn=Renamed,ou=moved,${unit}`);

        const { known, gone } = await followed.sync();

        expect(known).to.deep.equal(idsOf(ann));
        expect(gone, "the group itself may be named").not.to.include(ann.id);
      });

      it("may be a posixGroup: members by memberUid and by gidNumber come and leave with the next delta", async () => {
        const { unit, ann, bob, eve, group } = await makeUnit();
        const gidNumber = `${7000 + units}`;
        await addPosixGroup(server, group, { gidNumber, memberUid: [ann.name] });
        await server.set(eve.dn, posixAccount(gidNumber));
        const followed = new FollowedFeed(await open(unit, { feed, groups: [group] }));
        const first = await followed.sync();
        await server.set(group, { memberUid: [ann.name, bob.name] });
        await server.set(eve.dn, { gidNumber: "1" });
        const second = await followed.sync();
        await server.set(group, { memberUid: [bob.name] });
        await server.set(eve.dn, { gidNumber });

        const third = await followed.sync();

        expect(first.known).to.deep.equal(idsOf(ann, eve));
        expect(second.known).to.deep.equal(idsOf(ann, bob));
        expect(third.known).to.deep.equal(idsOf(bob, eve));
      });

      for (const [what, isNegated, filterOf] of [
        ["a member", false, (dn: string) => `(&(objectClass=person)(memberOf=${dn}))`],
        ["who is not a member", true, (dn: string) => `(&(objectClass=person)(!(memberOf=${dn})))`],
      ] as const)
        it(`that a filter asks for (${what}): the next delta has who joins and who leaves`, async () => {
          const { unit, ann, bob, eve, group } = await makeUnit();
          await server.addGroup(group, [ann.dn]);
          const followed = new FollowedFeed(await open(unit, { feed, filter: filterOf(group) }));
          const first = await followed.sync();
          await server.set(group, { member: [ann.dn, bob.dn] });
          const joined = await followed.sync();
          await server.set(group, { member: [bob.dn] });

          const left = await followed.sync();

          expect(first.known).to.deep.equal(isNegated ? idsOf(bob, eve) : idsOf(ann));
          expect(joined.known).to.deep.equal(isNegated ? idsOf(eve) : idsOf(ann, bob));
          expect(left.known).to.deep.equal(isNegated ? idsOf(ann, eve) : idsOf(bob));
        });
    });

  describe("a group in the scope that cannot be used, in OpenLDAP", () => {
    const unusable: readonly (readonly [string, string, RegExp, (group: string) => Promise<void>])[] = [
      ["mistyped", "is not in the directory", /Correct the DN in directory\.groups/, () => Promise.resolve()],
      [
        "of a class that lists no members",
        "is of the class groupofurls, which is not supported",
        /Correct directory\.groups/,
        async (group) => {
          const memberURL = `ldap:///${server.baseDn}??sub?(uid=*)`;
          await (await server.admin()).add(group, { objectClass: "groupOfURLs", memberURL });
        },
      ],
      [
        "an account",
        "is not a group",
        /Name a group in directory\.groups/,
        async (group) => {
          await (await server.admin()).add(group, { objectClass: "inetOrgPerson", sn: "Tester" });
        },
      ],
    ];
    for (const [what, why, fix, add] of unusable)
      it(`(${what}) fails the run and doctor by name: the scope is not taken for empty`, async () => {
        const { unit, group } = await makeUnit();
        await add(group);
        const directory = await open(unit, { groups: [group] });

        const run: unknown = await new FollowedFeed(directory).sync().catch((error: unknown) => error);
        const check = await checkGroups(directory);

        expect(run).to.include({ code: "SCOPE_GROUP_UNUSABLE" });
        expect(run).to.have.property("message").that.contains(`${group} ${why}`);
        expect(check).to.include({ status: "fail" });
        expect(check?.detail).to.contain(`${group} ${why}`);
        expect(check?.action).to.match(fix);
      });

    it("(one in it is of a class that lists no members) fails the run by name", async () => {
      const { unit, ann, group } = await makeUnit();
      const dynamic = `cn=Dynamic,${unit}`;
      const memberURL = `ldap:///${server.baseDn}??sub?(uid=*)`;
      await (await server.admin()).add(dynamic, { objectClass: "groupOfURLs", memberURL });
      await server.addGroup(group, [ann.dn, dynamic]);

      const run: unknown = await new FollowedFeed(await open(unit, { groups: [group] }))
        .sync()
        .catch((error: unknown) => error);

      expect(run).to.include({ code: "SCOPE_GROUP_UNUSABLE" });
      expect(run).to.have.property("message").that.contains(`${dynamic}, a member of ${group}`);
    });

    it("(the server computes it for the filter) fails in doctor, which says what to write instead", async () => {
      const { unit } = await makeUnit();

      const check = await checkGroups(await open(unit, { filter: "(&(objectClass=person)(memberOf=*))" }));

      expect(check).to.include({ status: "fail" });
      expect(check?.detail).to.contain("directory.filter uses memberOf");
      expect(check?.action).to.contain("directory.groups");
    });

    it("is told apart in doctor: found, or moved and followed", async () => {
      const { unit, ann, group } = await makeUnit();
      await server.addGroup(group, [ann.dn]);
      const directory = await open(unit, { groups: [group] });
      const found = await checkGroups(directory);
      await server.move(group, `cn=Renamed,${unit}`);

      const moved = await checkGroups(directory);

      expect(found).to.include({ status: "pass", detail: "1 found" });
      expect(moved).to.include({
        status: "pass",
        detail: `1 found; ${group} was moved and is followed as cn=Renamed,${unit}`,
      });
    });
  });
});
