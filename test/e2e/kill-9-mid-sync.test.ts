import { expect } from "chai";
import { type SyncRun, syncRunListSchema, syncRunSchema } from "../../shared/api/sync-runs.ts";
import { createApiClient } from "../support/api-client.ts";
import {
  expectMirror,
  type FaultHost,
  sharedFaultHost,
  type Site,
  startAgent,
} from "../support/fault-host.ts";
import { waitFor } from "../support/wait-for.ts";

/** Smallest amount that is committed in the middle of a run. */
const BATCH = 200;

/** An open full run: part of it is committed, the rest is held back on its way from the directory. */
interface HalfRun {
  readonly site: Site;
  readonly run: SyncRun;
}

describe("a sync run cut short, on OpenLDAP and on Samba AD", function () {
  this.timeout(240_000);
  let host: FaultHost;

  before(async function () {
    this.timeout(480_000);
    host = await sharedFaultHost();
  });
  beforeEach(() => host.settle());
  afterEach(() => {
    for (const { proxy } of host.sites) proxy.release();
  });

  it("by SIGKILL of the agent in its very first run: after a restart it syncs every user once", async () => {
    await host.everywhere(async (site) => {
      const almostAll = await measureFirstRun(await addFreshTenant(host, site, "measured"));
      const fresh = await addFreshTenant(host, site, "fresh");
      site.proxy.holdAfter(almostAll);
      fresh.agent.start();
      const cut = await untilHalfWay(fresh);

      await fresh.agent.stop("SIGKILL");
      site.proxy.release();
      await startAgent(fresh);

      const people = (await site.numbers()).size;
      const run = await untilNextDone(fresh, cut);
      const { added, unchanged } = run.counts;
      expect(run).to.deep.include({ full: true, held: 0 });
      expect(run.counts).to.deep.include({ read: people, changed: 0, deleted: 0, rejected: 0 });
      expect(added + unchanged).to.equal(people);
      expect(unchanged).to.be.at.least(cut.counts.added).and.below(people);
      expect((await runOf(fresh, cut.id)).state).to.equal("failed");
      await expectMirror(fresh);
      await expectDeltaGoesOn(fresh);
      await fresh.agent.stop();
    });
  });

  it("by SIGKILL of the cloud: the agent continues by itself when the cloud is back", async () => {
    const halfRuns = await host.everywhere(runHalfWay);

    await host.cloud.stop("SIGKILL");
    await host.startCloud();

    await Promise.all(halfRuns.map(expectRecovery));
  });

  it("by SIGKILL of Redis: nothing committed is lost, the run ends at once, and the next one is complete (F-01)", async () => {
    const halfRuns = await host.everywhere(runHalfWay);

    await host.killRedis();
    for (const { site } of halfRuns) site.proxy.release(); // the rest arrives while nothing can be stored
    await host.untilStoreAnswers();

    for (const { site, run } of halfRuns) {
      const over = await site.api.untilOver(run.id);
      expect(over.counts.read).to.be.at.least(run.counts.read);
      if (over.state === "failed") expect(over.code).to.equal("STORE_UNAVAILABLE");
      expect(await site.api.sync()).to.include({ state: "done" });
      await expectMirror(site);
      await expectDeltaGoesOn(site);
    }
  });

  it("by SIGTERM of the agent: it reports that, ends, and continues after a restart (F-35)", async () => {
    const halfRuns = await host.everywhere(runHalfWay);

    await host.everywhere(({ agent }) => agent.stop("SIGTERM"));

    for (const { site, run } of halfRuns) {
      expect(site.agent.exitCode).to.equal(0);
      expect(await runOf(site, run.id)).to.include({ state: "failed", code: "SYNC_FAILED" });
      site.proxy.release();
    }
    await host.everywhere((site) => startAgent(site));
    await Promise.all(halfRuns.map(expectRecovery));
  });

  it("by SIGTERM of the cloud: it ends, and the agent continues when the cloud is back (F-35)", async () => {
    const halfRuns = await host.everywhere(runHalfWay);

    await host.cloud.stop("SIGTERM");

    expect(host.cloud.exitCode).to.equal(0);
    await host.startCloud();
    await Promise.all(halfRuns.map(expectRecovery));
  });
});

/** Adds another tenant on the same directory, never synced. Its agent is not started. */
async function addFreshTenant({ installation }: FaultHost, site: Site, name: string): Promise<Site> {
  const tenantId = `${site.tenantId}-${name}`;
  await installation.api("POST", "/tenants", { id: tenantId, name: "Fresh" });
  const agent = await installation.addAgent(`agent-of-${tenantId}`, { tenantId, directory: site.place });
  return { ...site, tenantId, api: createApiClient(installation, tenantId), agent };
}

/** Number of bytes in the directory's answers to a full run, less the last tenth. */
async function measureFullRun({ api, proxy }: Site): Promise<number> {
  const before = proxy.returned;
  expect(await api.sync({ policy: "initial", dryRun: true })).to.include({ state: "done" });
  return Math.floor((proxy.returned - before) * 0.9);
}

/** The same for an agent that starts, which first learns what the server is and which attributes it has. */
async function measureFirstRun(fresh: Site): Promise<number> {
  const { agent, proxy } = fresh;
  const before = proxy.returned;
  agent.start();
  await waitFor("the first run to be done", async () => (await newestRun(fresh))?.state === "done", {
    timeoutMs: 120_000,
    everyMs: 100,
  });
  const all = proxy.returned - before;
  const ofRun = await measureFullRun(fresh);
  await agent.stop();
  return Math.floor(all - ofRun * 0.15);
}

/** Starts a run with every kind of change, and holds it. */
async function runHalfWay(site: Site): Promise<HalfRun> {
  const { people, api, proxy } = site;
  await site.addMany(20);
  await people.remove(site.nextPerson());
  await people.setMobile(site.nextPerson(), "+32 470 65 43 21");
  proxy.holdAfter(await measureFullRun(site));
  await api.startSync({ policy: "initial" });
  return { site, run: await untilHalfWay(site) };
}

const runOf = ({ api }: Site, runId: string): Promise<SyncRun> =>
  api.call(syncRunSchema, "GET", `/sync-runs/${runId}`);

const newestRun = async ({ api }: Site): Promise<SyncRun | undefined> =>
  (await api.call(syncRunListSchema, "GET", "/sync-runs?limit=1")).items[0];

const untilHalfWay = (site: Site): Promise<SyncRun> =>
  waitFor(
    "a run to be half way",
    async () => {
      const run = await newestRun(site);
      return run?.state === "running" && run.counts.read >= BATCH && run;
    },
    { timeoutMs: 120_000, everyMs: 100 },
  );

const untilNextDone = (site: Site, before: SyncRun): Promise<SyncRun> =>
  waitFor(
    "the next run to be done",
    async () => {
      const run = await newestRun(site);
      return run?.state === "done" && run.id !== before.id && run;
    },
    { timeoutMs: 120_000, everyMs: 100 },
  );

/** Waits for the agent's own next run, which is not requested. */
async function expectRecovery({ site, run }: HalfRun): Promise<void> {
  site.proxy.release();
  await untilNextDone(site, run);
  expect((await runOf(site, run.id)).state).to.equal("failed");
  await expectMirror(site);
  await expectDeltaGoesOn(site);
}

/** Expects the cursor to be right: a delta brings exactly what changed since. */
async function expectDeltaGoesOn(site: Site): Promise<void> {
  const person = await site.people.add("+32 470 12 34 56");

  const run = await site.api.sync();

  expect(run).to.include({ state: "done", full: false });
  expect(run.counts).to.include({ read: 1, added: 1, changed: 0, deleted: 0 });
  expect((await site.api.user(person.userName))?.mobile).to.equal("+32470123456");
}
