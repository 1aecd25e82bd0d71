import { type Installation, startInstallation } from "../../lab/installation.ts";
import { createApiClient } from "../support/api-client.ts";
import { type PhoneSetup, tellPhoneStories } from "../support/phone-stories.ts";
import { openSambaAdPeople } from "../support/samba-ad-people.ts";

describe("phones up, from Active Directory", function () {
  this.timeout(120_000);
  let installation: Installation | undefined;
  let setup: PhoneSetup;

  before(async function () {
    this.timeout(360_000); // the first use of Samba provisions the domain
    const people = await openSambaAdPeople();
    const { directory } = people;
    installation = await startInstallation({ directory, agentConfig: { sync: { schedule: "off" } } });
    setup = { people, installation, api: createApiClient(installation) };
    await setup.api.sync({ policy: "initial" });
  });
  after(() => installation?.close());

  tellPhoneStories(() => setup);
});
