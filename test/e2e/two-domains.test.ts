import { expect } from "chai";
import { type Installation, startInstallation } from "../../lab/installation.ts";
import { type SambaAd, startSambaAd } from "../../lab/samba-ad.ts";
import { sourceListSchema } from "../../shared/api/sources.ts";
import { type ApiClient, createApiClient, refusalOf } from "../support/api-client.ts";
import { waitFor } from "../support/wait-for.ts";

const NEW = "Quiet-Harbour-42!";

/** Two domains of Active Directory, and an agent for each, in one tenant. Some sign-in names are in both. */
describe("two domains of Active Directory in one tenant", function () {
  this.timeout(240_000); // the first use of a domain provisions it
  let lab: SambaAd;
  let plant: SambaAd;
  let installation: Installation;
  let api: ApiClient;
  const stops: (() => Promise<unknown>)[] = [];

  before(async () => {
    lab = await startSambaAd();
    stops.unshift(() => lab.stop());
    plant = await startSambaAd({ domain: "plant.test" });
    stops.unshift(() => plant.stop());
    installation = await startInstallation({
      directory: lab,
      agentConfig: { sync: { schedule: "off" } },
    });
    stops.unshift(() => installation.close());
    const { tenantId } = installation;
    const agent = await installation.addAgent("agent-2", { tenantId, directory: plant, newSource: "plant" });
    agent.start();
    api = createApiClient(installation);
    await waitFor(
      "both agents to serve their sources",
      async () => {
        const agents = await api.agents();
        return agents.length === 2 && agents.every(({ connected }) => connected);
      },
      { timeoutMs: 60_000 },
    );
    const { runs } = await api.startSync({ policy: "initial" });
    await Promise.all(runs.map(({ run }) => api.untilOver(run.id)));
  });
  after(async () => {
    for (const stop of stops) await stop();
  });

  it("syncs each from its own domain controller, as a source named after the domain unless it is given another name", async () => {
    const { items } = await api.call(sourceListSchema, "GET", "/sources");
    const people = (await api.users("?limit=500")).items;

    expect(items.map(({ name }) => name)).to.deep.equal(["lab.test", "plant"]);
    for (const [source, domain] of [
      [1, "lab.test"],
      [2, "plant.test"],
    ] as const) {
      const names = people.filter((user) => user.source === source).map(({ userName }) => userName);
      expect(names).to.include(`p00001@${domain}`);
      expect(names.filter((name) => !name.endsWith(`@${domain}`))).to.deep.equal([]);
    }
  });

  it("resets a password in the domain of the name that was given in full", async () => {
    const jobs = [];
    for (const user of ["p00001@plant.test", "p00000@lab.test"])
      jobs.push(await api.writeback({ user, newPassword: NEW }));

    expect(jobs.map(({ state }) => state)).to.deep.equal(["applied", "applied"]);
    expect(await plant.tryPassword("p00001", NEW)).to.equal("ok");
    expect(await lab.tryPassword("p00001", NEW)).to.not.equal("ok");
    expect(await lab.tryPassword("p00000", NEW)).to.equal("ok");
    expect(await plant.tryPassword("p00000", NEW)).to.not.equal("ok");
  });

  it("resets nothing for a short name that is in both domains", async () => {
    const refused = await refusalOf(api.writeback({ user: "p00001", newPassword: `${NEW}x` }));

    expect(refused.code).to.equal("USER_AMBIGUOUS");
    for (const domain of [lab, plant])
      expect(await domain.tryPassword("p00001", `${NEW}x`)).to.not.equal("ok");
  });
});
