import { Attribute } from "ldapts";
import { type ProtectionHost, tellProtectionStories } from "../../../support/protection-stories.ts";
import { sharedSambaAd } from "../../../support/samba-ad.ts";

describe("a member of a group in Active Directory", () => {
  let host: ProtectionHost;

  before(async function () {
    this.timeout(160_000); // the first use provisions the domain
    const ad = await sharedSambaAd();
    const groupsDn = `OU=Protection Stories,${ad.peopleDn}`;
    await ad.addUnit(groupsDn);
    const member = await ad.addUser(groupsDn);
    const other = await ad.addUser(groupsDn);
    const attributes = { objectClass: "group", sAMAccountName: "Admins EU", member: member.dn };
    await (
      await ad.admin()
    ).add(
      `CN=Admins\\, EU,${groupsDn}`,
      Object.entries(attributes).map(([type, value]) => new Attribute({ type, values: [value] })),
    );
    host = { server: ad, bases: [groupsDn], groupsDn, member: member.id, other: other.id };
  });

  tellProtectionStories(() => host);
});
