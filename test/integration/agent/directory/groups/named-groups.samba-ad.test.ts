import { expect } from "chai";
import type { SambaAd } from "../../../../../lab/samba-ad.ts";
import { collectFeed, openDirectory } from "../../../../support/directory.ts";
import {
  type NamedGroupHost,
  NamedGroupStage,
  tellNamedGroupStories,
} from "../../../../support/named-group-stories.ts";
import { sharedSambaAd } from "../../../../support/samba-ad.ts";
import { addGroup, newUnit } from "../../../../support/samba-ad-groups.ts";

describe("groups and accounts that the configuration names, in Active Directory", () => {
  let ad: SambaAd;
  let host: NamedGroupHost;

  before(async function () {
    this.timeout(160_000); // the first use provisions the domain
    ad = await sharedSambaAd();
    host = {
      server: ad,
      addGroup: (dn, members) => addGroup(ad, dn, members),
      newUnit: () => newUnit(ad),
    };
  });

  tellNamedGroupStories(() => host);

  for (const domain of ["mistyped.test", "lab", "corp.example"])
    it(`a name in deny with the domain ${domain}, which no account has, denies nobody, and doctor fails`, async () => {
      const stage = await NamedGroupStage.set(host);
      const entry = `${stage.member.name}@${domain}`;
      try {
        const { member } = await stage.outlook({ deny: [entry] });
        const check = (await stage.doctor({ deny: [entry] })).get("deny list");

        expect(member.write).to.equal(null);
        expect(check).to.include({ status: "fail" });
        expect(check?.detail).to.contain(`No account has the name ${entry}`);
      } finally {
        await stage.strike();
      }
    });

  it("a name in deny with the account's own domain denies the account, and doctor finds it", async () => {
    const stage = await NamedGroupStage.set(host);
    const entry = `${stage.member.name}@LAB.TEST`;
    try {
      const { member, other } = await stage.outlook({ deny: [entry] });

      expect([member.write, other.write]).to.deep.equal(["ACCOUNT_DENIED", null]);
      expect((await stage.doctor({ deny: [entry] })).get("deny list")).to.include({
        status: "pass",
        detail: "1 name found",
      });
    } finally {
      await stage.strike();
    }
  });

  it("the name of a group in deny, which is not a DN, denies nobody, and doctor fails", async () => {
    const stage = await NamedGroupStage.set(host);
    try {
      expect((await stage.doctor({ deny: ["Domain Admins"] })).get("deny list")).to.include({
        status: "fail",
      });
    } finally {
      await stage.strike();
    }
  });

  it("a user below a copy that replication made of an organizational unit is rejected", async () => {
    const unit = await newUnit(ad);
    const copy = `OU=Team\\0ACNF:8f8e07a7-8297-1846-a29c-77fa3036d102,${unit}`;
    await ad.addUnit(copy);
    const inside = await ad.addUser(copy);
    const outside = await ad.addUser(unit);
    const directory = await openDirectory({ server: ad, bases: [unit] });
    try {
      const { entries } = await collectFeed(directory, null);
      const namesOf = (id: string) => entries.find((entry) => entry.id === id)?.names;

      expect(namesOf(inside.id)).to.deep.equal({ reason: "replication_conflict", attribute: "cn" });
      expect(namesOf(outside.id)).to.have.property("userName");
    } finally {
      await directory.close();
    }
  });

  for (const attribute of ["directReports", "msDS-parentdistname"])
    it(`a filter by ${attribute}, which the server computes, fails in doctor`, async () => {
      const stage = await NamedGroupStage.set(host);
      const filter = `(&(objectClass=user)(${attribute}=*))`;
      try {
        const check = (await stage.doctor({}, { directory: { filter } })).get("groups");

        expect(check).to.include({ status: "fail" });
        expect(check?.detail).to.contain(`directory.filter uses ${attribute}, which the server computes`);
      } finally {
        await stage.strike();
      }
    });
});
