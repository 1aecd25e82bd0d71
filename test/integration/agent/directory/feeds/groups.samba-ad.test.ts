import { expect } from "chai";
import { EqualityFilter } from "ldapts";
import type { Directory } from "../../../../../agent/directory/directory.ts";
import { refuseAccount } from "../../../../../agent/writeback/refusals.ts";
import type { SambaAd } from "../../../../../lab/samba-ad.ts";
import type { AddedUser } from "../../../../../lab/samba-ad-admin.ts";
import { collectFeed, openDirectory } from "../../../../support/directory.ts";
import { FollowedFeed, idsOf } from "../../../../support/followed-feed.ts";
import { sharedSambaAd } from "../../../../support/samba-ad.ts";
import { addGroup, newUnit } from "../../../../support/samba-ad-groups.ts";

/** The number by which accounts name a group as their primary one. */
async function numberOf(ad: SambaAd, group: string): Promise<string> {
  const { searchEntries } = await (
    await ad.admin()
  ).search(group, {
    scope: "base",
    filter: new EqualityFilter({ attribute: "objectClass", value: "group" }),
    attributes: ["primaryGroupToken"],
  });
  return String(searchEntries[0]?.["primaryGroupToken"]);
}

const DOMAIN_USERS = "513";

for (const feed of ["dirsync", "usn"] as const)
  describe(`groups in the scope, with the ${feed} feed of Active Directory`, () => {
    let ad: SambaAd;
    let unit: string;
    let group: string;
    let ann: AddedUser;
    let bob: AddedUser;
    let directory: Directory;
    let followed: FollowedFeed;

    const open = async (overrides: Record<string, unknown>): Promise<void> => {
      directory = await openDirectory({ server: ad, bases: [unit], directory: { feed, ...overrides } });
      followed = new FollowedFeed(directory);
    };

    before(async function () {
      this.timeout(160_000); // the first use provisions the domain
      ad = await sharedSambaAd();
    });
    beforeEach(async () => {
      unit = await newUnit(ad);
      group = `CN=Self Service,${unit}`;
      ann = await ad.addUser(unit);
      bob = await ad.addUser(unit);
      await addGroup(ad, group, [ann.dn]);
    });
    afterEach(() => directory.close());

    it("keep a member who makes the group the primary one, and lose the one who leaves afterwards", async () => {
      await ad.set(group, { member: [ann.dn, bob.dn] });
      await open({ groups: [group] });
      const first = await followed.sync();

      await ad.set(ann.dn, { primaryGroupID: await numberOf(ad, group) });
      const primary = await followed.sync();
      const alone = await directory.find(ann.name, new AbortController().signal);
      const account = await directory.account(ann.id);
      await ad.set(ann.dn, { primaryGroupID: DOMAIN_USERS });
      const ordinary = await followed.sync();
      await ad.set(group, { member: [bob.dn] });
      const left = await followed.sync();

      for (const { known } of [first, primary, ordinary]) expect(known).to.deep.equal(idsOf(ann, bob));
      expect(alone.map(({ id }) => id)).to.deep.equal([ann.id]);
      expect(account?.inScope).to.equal(true);
      expect(left.known).to.deep.equal(idsOf(bob));
    });

    it("have the members of a group that is named as the primary one of a nested group's members", async () => {
      const inner = `CN=Inner,${unit}`;
      await addGroup(ad, inner, [bob.dn]);
      await ad.set(bob.dn, { primaryGroupID: await numberOf(ad, inner) });
      await open({ groups: [group] });
      const first = await followed.sync();
      await ad.set(group, { member: [ann.dn, inner] });

      const nested = await followed.sync();

      expect(first.known).to.deep.equal(idsOf(ann));
      expect(nested.known).to.deep.equal(idsOf(ann, bob));
    });

    it("are followed when renamed and moved, without losing a user", async () => {
      await ad.addUnit(`OU=Moved,${unit}`);
      await open({ groups: [group] });
      await followed.sync();
      await ad.move(group, `CN=Renamed,OU=Moved,${unit}`);

      const { known, gone } = await followed.sync();

      expect({ known, gone }).to.deep.equal({ known: idsOf(ann), gone: [] });
    });

    for (const [what, filterOf] of [
      ["a member", (dn: string) => `(&(objectClass=user)(memberOf=${dn}))`],
      ["a nested member", (dn: string) => `(&(objectClass=user)(memberOf:1.2.840.113556.1.4.1941:=${dn}))`],
      ["who is not a member", (dn: string) => `(&(objectClass=user)(!(memberOf=${dn})))`],
    ] as const)
      it(`that a filter asks for (${what}): the next delta has who joins and who leaves`, async () => {
        await open({ filter: filterOf(group) });
        const first = await followed.sync();
        await ad.set(group, { member: [ann.dn, bob.dn] });
        const joined = await followed.sync();
        await ad.set(group, { member: [bob.dn] });
        const left = await followed.sync();

        const isNegated = what === "who is not a member";
        expect(first.known).to.deep.equal(isNegated ? idsOf(bob) : idsOf(ann));
        expect(joined.known).to.deep.equal(isNegated ? [] : idsOf(ann, bob));
        expect(left.known).to.deep.equal(isNegated ? idsOf(ann) : idsOf(bob));
      });

    it("that a filter asks for are followed when renamed, and refused when mistyped", async () => {
      await open({ filter: `(&(objectClass=user)(memberOf=${group}))` });
      await followed.sync();
      await ad.move(group, `CN=Renamed,${unit}`);
      const renamed = await followed.sync();
      await directory.close();
      await open({ filter: `(&(objectClass=user)(memberOf=CN=Self Servcie,${unit}))` });

      const mistyped: unknown = await followed.sync().catch((error: unknown) => error);

      expect(renamed.known).to.deep.equal(idsOf(ann));
      expect(mistyped).to.include({ code: "SCOPE_GROUP_UNUSABLE" });
      expect(mistyped).to.have.property("message").that.contains(`CN=Self Servcie,${unit}`);
    });
  });

describe("a user in 105 groups of Active Directory", () => {
  it("is synced and may be reset where groups are protected, and is protected in the last of them", async function () {
    this.timeout(160_000);
    const ad = await sharedSambaAd();
    const unit = await newUnit(ad);
    const user = await ad.addUser(unit);
    const groups = Array.from({ length: 105 }, (_, index) => `CN=Many ${index},${unit}`);
    for (const dn of groups) await addGroup(ad, dn, [user.dn]);
    const look = async (protectedGroup: string) => {
      const writeback = { protectedGroups: [protectedGroup] };
      const directory = await openDirectory({ server: ad, bases: [unit], writeback });
      try {
        const { entries } = await collectFeed(directory, null);
        const account = await directory.account(user.id);
        return {
          synced: entries.map((entry) => [entry.id, "userName" in entry.names, entry.protected]),
          write: account === null ? "missing" : refuseAccount(account),
        };
      } finally {
        await directory.close();
      }
    };

    const other = await look(ad.dn("CN=Protected,OU=Groups"));
    const last = await look(groups.at(-1) ?? "");

    expect(other).to.deep.equal({ synced: [[user.id, true, false]], write: null });
    expect(last).to.deep.equal({ synced: [[user.id, true, true]], write: "ACCOUNT_PROTECTED" });
  });
});
