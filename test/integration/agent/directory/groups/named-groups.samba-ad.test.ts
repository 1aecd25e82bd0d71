import { randomBytes } from "node:crypto";
import { Attribute } from "ldapts";
import type { SambaAd } from "../../../../../lab/samba-ad.ts";
import { type NamedGroupHost, tellNamedGroupStories } from "../../../../support/named-group-stories.ts";
import { sharedSambaAd } from "../../../../support/samba-ad.ts";

const newName = (): string => `g${randomBytes(6).toString("hex")}`;

async function addGroup(ad: SambaAd, dn: string, members: readonly string[]): Promise<void> {
  await (
    await ad.admin()
  ).add(dn, [
    new Attribute({ type: "objectClass", values: ["group"] }),
    new Attribute({ type: "sAMAccountName", values: [newName()] }),
    ...(members.length === 0 ? [] : [new Attribute({ type: "member", values: [...members] })]),
  ]);
}

async function newUnit(ad: SambaAd): Promise<string> {
  const unit = `OU=Named ${newName()},${ad.peopleDn}`;
  await ad.addUnit(unit);
  return unit;
}

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
});
