import type { PortalInstallation } from "../support/portal-installation.ts";
import { tellPortalStories } from "../support/portal-stories.ts";
import { tellRegistrationStories } from "../support/registration-stories.ts";
import { openSharedPortal } from "../support/shared-portal.ts";

describe("the portals with OpenLDAP", function () {
  this.timeout(120_000);
  let setup: PortalInstallation;

  before(async function () {
    this.timeout(240_000);
    setup = await openSharedPortal();
  });

  tellPortalStories(() => setup, {
    refused: ({ password }) => [
      ["Ab-1", /at least 10/i],
      [password, /last 3|used before|earlier|already/i],
    ],
  });
  tellRegistrationStories(() => setup);
});
