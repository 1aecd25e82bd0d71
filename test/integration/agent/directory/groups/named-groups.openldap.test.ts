import { expect } from "chai";
import { refuseAccount } from "../../../../../agent/writeback/refusals.ts";
import { type OpenLdap, startOpenLdap } from "../../../../../lab/openldap.ts";
import {
  type ListedMemberHost,
  listedMemberHost,
  tellListedMemberStories,
} from "../../../../support/listed-member-stories.ts";
import { NamedGroupStage, tellNamedGroupStories } from "../../../../support/named-group-stories.ts";
import { addPosixGroup, posixAccount } from "../../../../support/posix-group.ts";

describe("groups and accounts that the configuration names, in OpenLDAP", () => {
  let server: OpenLdap;
  let host: ListedMemberHost;

  before(async () => {
    server = await startOpenLdap({ people: 1, withPassword: 1 });
    host = listedMemberHost(server);
  });
  after(() => server.stop());

  tellNamedGroupStories(() => host);
  tellListedMemberStories(() => host);

  for (const key of ["protectedGroups", "deny"] as const) {
    const refusal = key === "deny" ? "ACCOUNT_DENIED" : "ACCOUNT_PROTECTED";

    it(`a posixGroup in ${key} has its members by memberUid and by gidNumber`, async () => {
      const stage = await NamedGroupStage.set(host);
      const third = await server.addUser(stage.unit);
      await server.set(third.dn, posixAccount("7001"));
      const group = `cn=Posix,${stage.unit}`;
      await addPosixGroup(server, group, { gidNumber: "7001", memberUid: [stage.member.name] });
      try {
        const { member, other } = await stage.outlook({ [key]: [group] });
        const byNumber = await stage.withAgent({ [key]: [group] }, (directory) =>
          directory.account(third.id),
        );

        expect([member.write, other.write]).to.deep.equal([refusal, null]);
        expect(byNumber && refuseAccount(byNumber)).to.equal(refusal);
      } finally {
        await stage.strike();
      }
    });

    for (const where of ["named itself", "in a group that is named"] as const)
      it(`a group that lists no members, ${where} in ${key}, closes every account, and doctor fails`, async () => {
        const stage = await NamedGroupStage.set(host);
        const [dynamic, outer] = [`cn=Dynamic,${stage.unit}`, `cn=Outer,${stage.unit}`];
        const memberURL = `ldap:///${server.baseDn}??sub?(uid=*)`;
        await (await server.admin()).add(dynamic, { objectClass: "groupOfURLs", memberURL });
        await server.addGroup(outer, [dynamic]);
        const named = { [key]: [where === "named itself" ? dynamic : outer] };
        try {
          const { other } = await stage.outlook(named);
          const failed = [...(await stage.doctor(named)).values()].filter(({ status }) => status === "fail");

          expect(other).to.deep.equal({ write: "PROTECTION_UNKNOWN", synced: true });
          expect(failed.map(({ detail }) => detail).join()).to.contain(
            "is of the class groupofurls, which is not supported",
          );
        } finally {
          await stage.strike();
          await server.delete(dynamic);
        }
      });
  }

  for (const [objectClass, attributes] of [
    ["nisNetgroup", { nisNetgroupTriple: "(,ann,)" }],
    ["locality", { l: "Ghent" }],
    ["device", {}],
  ] as const) {
    it(`a ${objectClass} in deny is no account: it closes every account, and doctor fails`, async () => {
      const stage = await NamedGroupStage.set(host);
      const rdn = objectClass === "locality" ? "l=Ghent" : "cn=Elsewhere";
      const dn = `${rdn},${stage.unit}`;
      await (await server.admin()).add(dn, { objectClass, ...attributes });
      try {
        const { other } = await stage.outlook({ deny: [dn] });
        const check = (await stage.doctor({ deny: [dn] })).get("deny list");

        expect(other).to.deep.equal({ write: "PROTECTION_UNKNOWN", synced: true });
        expect(check?.status).to.equal("fail");
        expect(check?.detail).to.contain(
          `is of the class ${objectClass.toLowerCase()}: neither a group that is supported nor an account`,
        );
      } finally {
        await stage.strike();
      }
    });
  }

  it("a login name in deny that only a group has fails in doctor, because it denies nobody", async () => {
    const stage = await NamedGroupStage.set(host);
    const mail = "everybody@lab.test";
    await (
      await server.admin()
    ).add(`cn=Everybody,${stage.unit}`, {
      objectClass: ["groupOfNames", "extensibleObject"],
      member: stage.member.dn,
      mail,
    });
    try {
      expect((await stage.doctor({ deny: [mail] })).get("deny list")?.detail).to.contain(
        `No account has the name ${mail}`,
      );
    } finally {
      await stage.strike();
    }
  });
});
