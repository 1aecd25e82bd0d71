import { type PortalInstallation, startPortalInstallation } from "../support/portal-installation.ts";
import { tellPortalStories } from "../support/portal-stories.ts";
import { tellRegistrationStories } from "../support/registration-stories.ts";
import { openSambaAdPeople } from "../support/samba-ad-people.ts";

describe("the portals with Active Directory", function () {
  this.timeout(120_000);
  let setup: PortalInstallation | undefined;

  before(async function () {
    this.timeout(360_000); // the first use of Samba provisions the domain
    setup = await startPortalInstallation(await openSambaAdPeople());
  });
  after(() => setup?.close());

  const portals = (): PortalInstallation => {
    if (setup === undefined) throw new Error("there is no portal");
    return setup;
  };
  tellPortalStories(portals, {
    refused: () => [
      ["Ab-1", /at least 10/i],
      ["onlysmallletters", /capital|upper|kinds|character/i],
    ],
  });
  tellRegistrationStories(portals);
});
