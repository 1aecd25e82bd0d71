/** Starts one cloud with its embedded Redis and a tenant on each kind of directory. Tests kill, freeze and restart its parts. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { Redis } from "ioredis";
import { type Installation, startInstallation } from "../../lab/installation.ts";
import type { Program } from "../../lab/program.ts";
import { CloseStack } from "../../shared/shutdown.ts";
import { type ApiClient, createApiClient } from "./api-client.ts";
import { type FaultDirectory, startFaultOpenLdap, startFaultSambaAd } from "./fault-directory.ts";
import type { Person } from "./people.ts";
import { atEndOfRun, once } from "./teardown.ts";
import { waitFor } from "./wait-for.ts";

type Environment = Readonly<Record<string, string>>;

/** A directory, its tenant, and the agent between them. */
export interface Site extends FaultDirectory {
  readonly tenantId: string;
  readonly api: ApiClient;
  readonly agent: Program;
  /** Name of its state directory in the installation's folder. */
  readonly agentName: string;
  /** Returns a synced user with a password that no other test uses. */
  nextPerson(): Person;
}

export interface FaultHost {
  readonly installation: Installation;
  readonly cloud: Program;
  readonly sites: readonly Site[];
  /** Does the work on all sites at once. */
  everywhere<T>(work: (site: Site) => Promise<T>): Promise<T[]>;
  /** Brings every program up, the agents with exactly this environment, and waits until they are connected. For `beforeEach`. */
  settle(agentEnvironment?: Environment): Promise<void>;
  settleSite(site: Site, agentEnvironment?: Environment): Promise<void>;
  startCloud(environment?: Environment): Promise<void>;
  /** Kills the embedded Redis with SIGKILL; the cloud starts another one. */
  killRedis(): Promise<void>;
  /** Waits until the cloud's Redis answers. */
  untilStoreAnswers(): Promise<void>;
}

const POOL = 32;
/** A schedule without a tick during the tests. */
const YEARLY = "0 0 1 1 *";
const AS_CONFIGURED: Environment = {};

/** Shares one in the whole run. */
export const sharedFaultHost = once(async () => {
  const open = new CloseStack();
  atEndOfRun(() => open.close());
  return startFaultHost(open);
});

async function startFaultHost(open: CloseStack): Promise<FaultHost> {
  const directories = await Promise.all([startFaultOpenLdap(open), startFaultSambaAd(open)]);
  const pools = await Promise.all(directories.map(({ people }) => addPeople(people, POOL)));

  const [openLdap, sambaAd] = directories;
  const installation = await startInstallation({
    directory: openLdap.place,
    tenantId: "on-openldap",
    agentConfig: { sync: { schedule: YEARLY, push: "off" } },
  });
  open.add(installation);
  const { cloud } = installation;
  await installation.api("POST", "/tenants", { id: "on-samba-ad", name: "Samba" });
  const place = { tenantId: "on-samba-ad", directory: sambaAd.place };
  const agentNames = ["agent-1", "agent-2"];
  const agents = [installation.agent, await installation.addAgent("agent-2", place)];
  const sites = directories.map((directory, at): Site => {
    const tenantId = ["on-openldap", "on-samba-ad"][at] ?? "";
    return {
      ...directory,
      tenantId,
      api: createApiClient(installation, tenantId),
      agent: agents[at] ?? installation.agent,
      agentName: agentNames[at] ?? "",
      nextPerson() {
        const person = pools[at]?.pop();
        if (person === undefined) throw new Error("the pool of people is empty; make it larger");
        return person;
      },
    };
  });
  const everywhere: FaultHost["everywhere"] = (work) =>
    Promise.all(
      sites.map((site) =>
        work(site).catch((error: unknown) => {
          if (error instanceof Error) error.message = `on ${site.name}: ${error.message}`;
          throw error;
        }),
      ),
    );

  const environments = new Map<Site, Environment>();

  const host: FaultHost = {
    installation,
    cloud,
    sites,
    everywhere,
    async settle(agentEnvironment = AS_CONFIGURED) {
      if (!cloud.isRunning) await host.startCloud();
      await everywhere((site) => host.settleSite(site, agentEnvironment));
    },
    async settleSite(site, agentEnvironment = AS_CONFIGURED) {
      const { agent } = site;
      if ((environments.get(site) ?? AS_CONFIGURED) !== agentEnvironment) await agent.stop();
      environments.set(site, agentEnvironment);
      if (!agent.isRunning) agent.start(agentEnvironment);
      await untilConnected(site);
    },
    async startCloud(environment = {}) {
      cloud.start(environment);
      await installation.untilCloudAnswers();
    },
    async killRedis() {
      const redis = new Redis({
        path: join(installation.folder, "cloud/redis/redis.sock"),
        lazyConnect: true,
      });
      redis.on("error", () => undefined); // it is killed on purpose
      const [, pid] = /^process_id:(\d+)/m.exec(await redis.info("server")) ?? [];
      process.kill(Number(pid), "SIGKILL");
      redis.disconnect();
    },
    async untilStoreAnswers() {
      await waitFor("the store", async () => (await installation.api("GET", "/tenants")).status === 200);
    },
  };
  await host.settle();
  await everywhere(async (site) => {
    await site.api.sync();
    await expectMirror(site);
  });
  return host;
}

async function addPeople(people: FaultDirectory["people"], count: number): Promise<Person[]> {
  const added: Person[] = [];
  while (added.length < count) added.push(await people.add());
  return added;
}

/** Starts the agent as configured and waits until it is connected. */
export async function startAgent(site: Site): Promise<void> {
  site.agent.start();
  await untilConnected(site);
}

const untilConnected = ({ api, agent }: Pick<Site, "api" | "agent">): Promise<unknown> =>
  waitFor(
    "the agent to connect",
    async () => {
      if (!agent.isRunning) throw new Error(`the agent ended: ${agent.log().slice(-2_000)}`);
      return (await api.agents()).some(({ connected, state }) => connected && state === "approved");
    },
    { timeoutMs: 120_000, everyMs: 100 },
  );

/** Resolves when the program was stopped by SIGSTOP, its own or another's. */
export const untilFrozen = ({ pid }: Program): Promise<unknown> =>
  waitFor(
    "the program to freeze",
    async () => / T /.test(await readFile(`/proc/${String(pid)}/stat`, "utf8")),
    {
      timeoutMs: 120_000,
    },
  );

/** Expects the cloud to have exactly the directory's users, with the same numbers. */
export async function expectMirror({ api, numbers }: Pick<Site, "api" | "numbers">): Promise<void> {
  const inDirectory = await numbers();
  const prefixes = new Set([...inDirectory.keys()].map((name) => name.slice(0, 4)));
  const inCloud = new Map<string, string | null>();
  let total = 0;
  for (const prefix of prefixes) {
    const found = await api.users(`?limit=500&q=${encodeURIComponent(prefix)}`);
    for (const { userName, mobile } of found.items) inCloud.set(userName, mobile);
    total = found.total;
  }
  const sorted = (map: Map<string, string | null>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  expect(sorted(inCloud)).to.deep.equal(sorted(inDirectory));
  expect(total).to.equal(inDirectory.size);
}
