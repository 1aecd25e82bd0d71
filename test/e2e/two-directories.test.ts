import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { type Installation, startInstallation } from "../../lab/installation.ts";
import { type OpenLdap, startOpenLdap } from "../../lab/openldap.ts";
import type { Program } from "../../lab/program.ts";
import { sourceListSchema } from "../../shared/api/sources.ts";
import { type ApiClient, createApiClient, refusalOf } from "../support/api-client.ts";
import { waitFor } from "../support/wait-for.ts";

const NEW = "Quiet-Harbour-42!";
const WAIT = { timeoutMs: 60_000 };

/** Two OpenLDAP servers with the same suffix but different people, and an agent for each, in one tenant. */
describe("two directories in one tenant", function () {
  this.timeout(180_000);
  let corp: OpenLdap;
  let factory: OpenLdap;
  let installation: Installation;
  let api: ApiClient;
  let corpAgent: Program;
  let factoryAgent: Program;
  const stops: (() => Promise<unknown>)[] = [];

  before(async () => {
    corp = await startOpenLdap({ people: 6, withPassword: 6 });
    stops.unshift(() => corp.stop());
    factory = await startOpenLdap({ people: 0 });
    stops.unshift(() => factory.stop());
    const administrator = await factory.admin();
    for (const name of ["welder1", "welder2", "welder3", "welder4"])
      await administrator.add(factory.dn(`uid=${name},ou=people`), {
        objectClass: "inetOrgPerson",
        uid: name,
        cn: name,
        sn: "Welder",
        mobile: "+32 470 11 22 33",
        userPassword: "Start-Pw-1!",
      });
    installation = await startInstallation({
      directory: corp,
      agentConfig: { sync: { schedule: "off" } },
    });
    stops.unshift(() => installation.close());
    corpAgent = installation.agent;
    const { tenantId } = installation;
    factoryAgent = await installation.addAgent("agent-2", {
      tenantId,
      directory: factory,
      newSource: "factory",
    });
    factoryAgent.start();
    api = createApiClient(installation);
    await untilServing("agent-2");
    await syncAll();
  });
  after(async () => {
    for (const stop of stops) await stop();
  });

  const agentNamed = async (name: string) => (await api.agents()).find((agent) => agent.name === name);
  const untilServing = (name: string) =>
    waitFor(`${name} to serve its source`, async () => (await agentNamed(name))?.connected === true, WAIT);
  const untilGone = (name: string) =>
    waitFor(`${name} to be gone`, async () => (await agentNamed(name))?.connected === false, WAIT);

  async function syncAll(policy: "delta" | "initial" = "initial") {
    const { runs } = await api.startSync({ policy });
    return Promise.all(runs.map(({ run }) => api.untilOver(run.id)));
  }
  const counted = async () =>
    (await api.call(sourceListSchema, "GET", "/sources")).items.map(({ name, users }) => [name, users]);
  const expectEverybody = async () =>
    expect(await counted()).to.deep.equal([
      ["lab.test", 6],
      ["factory", 4],
    ]);
  async function corpPerson() {
    const { items } = await api.users();
    const found = items.find(({ source }) => source === 1);
    if (found === undefined) throw new Error("the first directory has no users");
    return found.userName;
  }
  async function rewrite(name: string, from: string, to: string) {
    const file = join(installation.folder, `${name}.yaml`);
    const text = await readFile(file, "utf8");
    expect(text).to.contain(from);
    await writeFile(file, text.replace(from, to));
  }

  it("syncs both, as sources of their own, although they have the same suffix", async () => {
    const runs = await syncAll("delta");

    expect(runs.map(({ source, state }) => [source, state])).to.deep.equal([
      [1, "done"],
      [2, "done"],
    ]);
    await expectEverybody();
  });

  it("resets a password in the user's own directory", async () => {
    const name = await corpPerson();
    const jobs = await Promise.all([
      api.writeback({ user: "welder1", newPassword: NEW }),
      api.writeback({ user: name, newPassword: NEW }),
    ]);

    expect(jobs.map(({ state }) => state)).to.deep.equal(["applied", "applied"]);
    expect(await factory.tryPassword(await factory.dnOf("welder1"), NEW)).to.equal("ok");
    expect(await corp.tryPassword(await corp.dnOf(name), NEW)).to.equal("ok");
  });

  it("says that no agent is connected for the users of a directory whose agent stopped, and serves the others", async () => {
    await factoryAgent.stop();
    await untilGone("agent-2");

    const refused = await refusalOf(api.writeback({ user: "welder2", newPassword: NEW }));
    const served = await api.writeback({ user: await corpPerson(), newPassword: `${NEW}x` });
    const { runs, offline } = await api.startSync({ policy: "initial" });
    const [run] = await Promise.all(runs.map((started) => api.untilOver(started.run.id)));

    expect(refused).to.include({ code: "AGENT_OFFLINE" });
    expect(served).to.include({ state: "applied" });
    expect(offline).to.deep.equal(["factory"]);
    expect(run).to.deep.include({ source: 1, state: "done", held: 0 });
    await expectEverybody();
    factoryAgent.start();
    await untilServing("agent-2");
  });

  it("holds every deletion when an agent's base is mistyped, and keeps everybody when it is corrected", async () => {
    await factoryAgent.stop();
    await rewrite("agent-2", "ou=people,", "ou=outside,");
    factoryAgent.start();
    await untilServing("agent-2");

    const { run } = await api.startSync({ policy: "delta", source: "factory" });
    const ended = await api.untilOver(run.id);
    // The other base has no users, so either the run fails as empty, or it holds all deletions: never a deletion.
    expect(["failed", "held"]).to.include(ended.state);
    expect(ended.counts.deleted).to.equal(0);
    await expectEverybody();

    await factoryAgent.stop();
    await rewrite("agent-2", "ou=outside,", "ou=people,");
    factoryAgent.start();
    await untilServing("agent-2");
    const again = await api.startSync({ policy: "delta", source: "factory" });
    expect(await api.untilOver(again.run.id)).to.deep.include({ state: "done", held: 0 });
    await expectEverybody();
  });

  it("shows an agent that was pointed to the other directory, and lets it neither sync nor reset", async () => {
    await corpAgent.stop();
    await rewrite("agent-1", corp.url, factory.url);
    await rewrite("agent-1", corp.caFile, factory.caFile);
    corpAgent.start();
    await waitFor(
      "the problem to be shown",
      async () => (await agentNamed("agent-1"))?.problem === "AGENT_OTHER_DIRECTORY",
      WAIT,
    );

    const refused = await refusalOf(api.writeback({ user: await corpPerson(), newPassword: NEW }));
    const sync = await refusalOf(api.startSync({ policy: "initial", source: "lab.test" }));
    const others = await api.writeback({ user: "welder3", newPassword: NEW });

    expect([refused.code, sync.code]).to.deep.equal(["AGENT_OFFLINE", "AGENT_OFFLINE"]);
    expect(others).to.include({ state: "applied" });
    await expectEverybody();
  });
});
