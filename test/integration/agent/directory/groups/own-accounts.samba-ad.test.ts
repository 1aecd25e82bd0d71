import { expect } from "chai";
import type { SambaAd } from "../../../../../lab/samba-ad.ts";
import type { AddedUser } from "../../../../../lab/samba-ad-admin.ts";
import { collectFeed, openDirectory } from "../../../../support/directory.ts";
import { sharedSambaAd } from "../../../../support/samba-ad.ts";
import { newUnit } from "../../../../support/samba-ad-groups.ts";

describe("the agent's own account in Active Directory", () => {
  let ad: SambaAd;
  let unit: string;
  let own: AddedUser;
  let other: AddedUser;

  before(async function () {
    this.timeout(160_000); // the first use provisions the domain
    ad = await sharedSambaAd();
    unit = await newUnit(ad);
    own = await ad.addUser(unit, { userPrincipalName: "latchkey.writer@corp.example" });
    other = await ad.addUser(unit);
  });

  for (const [how, nameOf] of [
    ["its DN", () => own.dn],
    [
      "another spelling of its DN",
      () => `cn=${own.name.toUpperCase()}, ${unit.toLowerCase().replaceAll(",", ", ")}`,
    ],
    ["its userPrincipalName", () => "latchkey.writer@corp.example"],
    ["a name with the domain that is not its userPrincipalName", () => `${own.name}@lab.test`],
    ["DOMAIN\\name", () => `LAB\\${own.name}`],
  ] as const)
    for (const key of ["bind", "writebackBind"] as const)
      it(`is protected when ${key} signs in with ${how}`, async () => {
        const account = { dn: nameOf(), password: own.password };
        const directory = await openDirectory({ server: ad, bases: [unit], directory: { [key]: account } });
        try {
          const { entries } = await collectFeed(directory, null);
          const flags = new Map(entries.map((entry) => [entry.id, entry.protected]));

          expect([flags.get(own.id), flags.get(other.id)]).to.deep.equal([true, false]);
          expect(await directory.account(own.id)).to.include({ protected: true, protectionUnknown: false });
          expect(await directory.account(other.id)).to.include({ protected: false });
        } finally {
          await directory.close();
        }
      });
});
