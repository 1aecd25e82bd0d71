import type { SambaAd } from "../../../../../lab/samba-ad.ts";
import { type NamedGroupHost, tellNamedGroupStories } from "../../../../support/named-group-stories.ts";
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
});
