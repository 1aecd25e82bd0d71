import { expect } from "chai";
import { type Installation, startInstallation } from "../../lab/installation.ts";
import { createApiClient } from "../support/api-client.ts";
import { type PasswordSetup, tellPasswordStories } from "../support/password-stories.ts";
import { openSambaAdPeople } from "../support/samba-ad-people.ts";

describe("passwords down, into Active Directory", function () {
  this.timeout(120_000);
  let installation: Installation | undefined;
  let setup: PasswordSetup;

  before(async function () {
    this.timeout(360_000); // the first use of Samba provisions the domain
    const people = await openSambaAdPeople();
    installation = await startInstallation({
      directory: people.directory,
      agentConfig: {
        sync: { schedule: "off" },
        writeback: {
          maxPerMinute: 1_000,
          maxPerHour: 1_000,
          maxPerDay: 1_000,
          maxPerUser: 1_000,
          maxPerUserDay: 1_000,
        },
      },
    });
    setup = { people, installation, api: createApiClient(installation) };
    await setup.api.sync({ policy: "initial" });
  });
  after(() => installation?.close());

  tellPasswordStories(() => setup, { weak: 20 });

  it("reports missing complexity as such", async () => {
    const { people, api } = setup;
    const person = await people.add();
    await api.sync();

    const job = await api.writeback({ user: person.userName, newPassword: "onlysmallletters" });

    expect(job).to.include({ state: "rejected", code: "PASSWORD_COMPLEXITY" });
    expect(job.verdict?.rule).to.include({ complexity: true, source: "domain" });
    expect(await people.opens(person, person.password)).to.equal(true);
  });
});
