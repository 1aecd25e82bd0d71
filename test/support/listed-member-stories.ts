/** Members that a group lists, but that a search from the account does not find: a write must be refused where a sync marks them. */
import { expect } from "chai";
import type { LdapAdmin } from "../../lab/ldap-admin.ts";
import { movableClock, type NamedGroupHost, NamedGroupStage } from "./named-group-stories.ts";
import { addPosixGroup } from "./posix-group.ts";

export type ListedMemberHost = NamedGroupHost & {
  readonly server: NamedGroupHost["server"] & Pick<LdapAdmin, "admin" | "set">;
};

/** Gives each story a unit of its own on one LDAP server. */
export function listedMemberHost(
  server: ListedMemberHost["server"] &
    Pick<LdapAdmin, "addGroup" | "addUnit"> & { dn(relative: string): string },
): ListedMemberHost {
  let units = 0;
  return {
    server,
    addGroup: (dn, members) => server.addGroup(dn, members),
    async newUnit() {
      const unit = server.dn(`ou=named ${++units}`);
      await server.addUnit(unit);
      return unit;
    },
  };
}

export function tellListedMemberStories(hostOf: () => ListedMemberHost): void {
  it("a member that joins is refused at once where the server finds the group from it, otherwise at the next look-up", async () => {
    const stage = await NamedGroupStage.set(hostOf());
    const clock = movableClock();
    const third = await hostOf().server.addUser(stage.unit);
    const group = `cn=Joining,${stage.unit}`;
    await hostOf().addGroup(group, [third.dn]);
    const posix = `cn=Posix,${stage.unit}`;
    await addPosixGroup(hostOf().server, posix, { gidNumber: "7102", memberUid: [third.name] });
    try {
      await stage.withAgent(
        { protectedGroups: [group, posix] },
        async (directory) => {
          const areProtected = async () => [
            (await directory.account(stage.member.id))?.protected,
            (await directory.account(stage.other.id))?.protected,
          ];
          const before = await areProtected();
          await hostOf().server.set(group, { member: [third.dn, stage.member.dn] });
          await hostOf().server.set(posix, { memberUid: stage.other.name.toUpperCase() });
          const joined = await areProtected();
          clock.moveOn();

          expect(before).to.deep.equal([false, false]);
          expect(joined).to.deep.equal([true, false]);
          expect(await areProtected()).to.deep.equal([true, true]);
        },
        { clock },
      );
    } finally {
      await stage.strike();
    }
  });

  for (const key of ["protectedGroups", "deny"] as const) {
    const expected =
      key === "deny"
        ? { write: "ACCOUNT_DENIED", synced: false }
        : { write: "ACCOUNT_PROTECTED", synced: true };

    async function expectMember(
      make: (stage: NamedGroupStage, group: string) => Promise<void>,
    ): Promise<void> {
      const stage = await NamedGroupStage.set(hostOf());
      const group = `cn=Listing,${stage.unit}`;
      try {
        await make(stage, group);
        expect(await stage.outlook({ [key]: [group] })).to.deep.equal({
          member: expected,
          other: { write: null, synced: false },
        });
      } finally {
        await stage.strike();
      }
    }
    const addUnique = async (dn: string, uniqueMember: string): Promise<void> =>
      (await hostOf().server.admin()).add(dn, { objectClass: ["top", "groupOfUniqueNames"], uniqueMember });

    it(`a member in ${key} that is listed with a unique identifier is refused at a write as a sync marks it`, () =>
      expectMember(({ member }, group) => addUnique(group, `${member.dn}#'0101'B`)));

    it(`a group in ${key} that is nested by a name with a unique identifier counts with its members`, () =>
      expectMember(async ({ unit, member }, group) => {
        await addUnique(`cn=Inner,${unit}`, `${member.dn}#'0101'B`);
        await addUnique(group, `cn=Inner,${unit}#'1'B`);
      }));

    for (const where of ["itself", "nested in a groupOfNames"] as const)
      it(`a posixGroup in ${key}, ${where}, has members by memberUid in any case`, () =>
        expectMember(async ({ unit, member }, group) => {
          const posix = where === "itself" ? group : `cn=Posix,${unit}`;
          await addPosixGroup(hostOf().server, posix, {
            gidNumber: "7100",
            memberUid: [member.name.toUpperCase()],
          });
          if (where !== "itself") await hostOf().addGroup(group, [posix]);
        }));

    it(`a posixGroup in ${key} has members by any of their uids`, () =>
      expectMember(async ({ member }, group) => {
        const second = `${member.name}-second`;
        await hostOf().server.set(member.dn, { uid: [member.name, second] });
        await addPosixGroup(hostOf().server, group, {
          gidNumber: "7101",
          memberUid: [second.toUpperCase()],
        });
      }));
  }
}
