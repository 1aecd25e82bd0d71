import { tellPortalStories } from "../support/portal-stories.ts";
import { type PortalWorld, startPortalWorld } from "../support/portal-world.ts";
import { tellRegistrationStories } from "../support/registration-stories.ts";
import { openSambaAdPeople } from "../support/samba-ad-people.ts";

describe("the portals, before Active Directory", function () {
  this.timeout(30_000);
  let world: PortalWorld | undefined;

  before(async function () {
    this.timeout(90_000); // the first use of Samba provisions the domain
    world = await startPortalWorld(await openSambaAdPeople());
  });
  after(() => world?.close());

  const portals = (): PortalWorld => {
    if (world === undefined) throw new Error("there is no portal");
    return world;
  };
  tellPortalStories(portals, {
    refused: () => [
      ["Ab-1", /at least 10/i],
      ["onlysmallletters", /capital|upper|kinds|character/i],
    ],
  });
  tellRegistrationStories(portals);
});
