import { expect } from "chai";
import { type Ds389, start389Ds } from "../../../../../lab/389-ds.ts";
import {
  type ListedMemberHost,
  listedMemberHost,
  tellListedMemberStories,
} from "../../../../support/listed-member-stories.ts";
import { NamedGroupStage, tellNamedGroupStories } from "../../../../support/named-group-stories.ts";

describe("groups and accounts that the configuration names, in 389 Directory Server", function () {
  this.timeout(60_000); // the first start makes the folder that all others copy
  let server: Ds389;
  let host: ListedMemberHost;

  before(async () => {
    server = await start389Ds({ people: 1, withPassword: 1 });
    host = listedMemberHost(server);
  });
  after(() => server.stop());

  tellNamedGroupStories(() => host);
  tellListedMemberStories(() => host);

  for (const key of ["protectedGroups", "deny"] as const)
    it(`a group in ${key} counts the members of a group of another suffix`, async () => {
      const stage = await NamedGroupStage.set(host);
      const suffix = `o=other ${key}`;
      const [inner, outer] = [`cn=Inner,${suffix}`, `cn=Outer,${stage.unit}`];
      await addSuffix(suffix, `other-${key}`);
      await server.addGroup(inner, [stage.member.dn]);
      await server.addGroup(outer, [inner]);
      try {
        expect(await stage.outlook({ [key]: [outer] })).to.deep.equal({
          member:
            key === "deny"
              ? { write: "ACCOUNT_DENIED", synced: false }
              : { write: "ACCOUNT_PROTECTED", synced: true },
          other: { write: null, synced: false },
        });
      } finally {
        await stage.strike();
      }
    });

  async function addSuffix(suffix: string, backend: string): Promise<void> {
    const admin = await server.admin();
    await admin.add(`cn=${backend},cn=ldbm database,cn=plugins,cn=config`, {
      objectClass: ["top", "extensibleObject", "nsBackendInstance"],
      "nsslapd-suffix": suffix,
    });
    await admin.add(`cn="${suffix}",cn=mapping tree,cn=config`, {
      objectClass: ["top", "extensibleObject", "nsMappingTree"],
      cn: suffix,
      "nsslapd-state": "backend",
      "nsslapd-backend": backend,
    });
    const rights = '(read, search, compare) userdn = "ldap:///all"';
    await admin.add(suffix, {
      objectClass: ["top", "organization"],
      aci: `(targetattr != "userPassword || aci")(version 3.0; acl "all may read"; allow ${rights};)`,
    });
  }
});
