import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { freePort } from "../../lab/free-port.ts";
import { type Installation, startInstallation } from "../../lab/installation.ts";
import { createProgram, type Program } from "../../lab/program.ts";
import { type Writeback, writebackListSchema } from "../../shared/api/writebacks.ts";
import { CloseStack } from "../../shared/shutdown.ts";
import { createApiClient } from "../support/api-client.ts";
import { sharedFaultHost, type Site, untilFrozen } from "../support/fault-host.ts";
import { startRedis } from "../support/redis.ts";
import { prepareReset, type ResetAttempt } from "../support/reset-attempt.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";
import { waitFor } from "../support/wait-for.ts";

interface Node {
  readonly name: string;
  readonly port: number;
  readonly url: string;
  readonly program: Program;
}

interface Reset {
  readonly attempt: ResetAttempt;
  /** Answer to the call that waits for the verdict. */
  readonly answer: Promise<Writeback>;
}

/** Uses the directories of the fault host in a cloud of two nodes on one Redis. */
describe("two cloud nodes, with agents of OpenLDAP and of Samba AD", function () {
  this.timeout(240_000);
  const open = new CloseStack();
  let installation: Installation;
  /** The proxy before the nodes. Agents know only its address. */
  let entrance: TcpProxy;
  let nodes: readonly [Node, Node];
  let sites: readonly Site[];

  before(async function () {
    this.timeout(480_000);
    const host = await sharedFaultHost();
    const redis = await startRedis();
    open.defer(() => redis.stop());
    const [port, secondPort] = [await freePort(), await freePort()];
    entrance = open.add(await startTcpProxy(port));
    const [openLdap, sambaAd] = host.sites;
    if (openLdap === undefined || sambaAd === undefined) throw new Error("the host has two sites");
    installation = open.add(
      await startInstallation({
        directory: openLdap.place,
        tenantId: openLdap.tenantId,
        port,
        cloudConfig: { redis: { url: redis.url } },
        agentConfig: { cloud: { url: `http://127.0.0.1:${entrance.port}` } },
      }),
    );
    const { cloud, agent, url } = installation;
    const second = await addNode(installation, secondPort);
    open.defer(() => second.program.stop());
    nodes = [{ name: "node-1", port, url, program: cloud }, second];
    await installation.api("POST", "/tenants", { id: sambaAd.tenantId, name: "Samba" });
    const place = { tenantId: sambaAd.tenantId, directory: sambaAd.place };
    const agents = [agent, await installation.addAgent("agent-2", place)];
    sites = host.sites.map((site, at) => ({ ...site, agent: agents[at] ?? agent, api: apiOf(site, second) }));
    await everywhere(async (site) => {
      if (!site.agent.isRunning) site.agent.start();
      await untilConnectedTo(site, "node-1");
      await site.api.sync();
    });
  });
  after(() => open.close());

  it("carry a reset from one node to the agent at the other, and the verdict back", async () => {
    await everywhere(async (site) => {
      const attempt = await prepareReset(site);

      await attempt.expectAppliedOnce(await attempt.submit(30));
    });
  });

  it("one is killed with an offered job: the agent connects to the other, and the verdict arrives there (F-07)", async () => {
    const [here, there] = await roles();

    const resets = await everywhere(async (site) => {
      site.agent.signal("SIGSTOP"); // so that it does not see the offer before the node is dead
      await untilFrozen(site.agent);
      return submitAt(there, site, "offered");
    });

    await expectMove(here, there, resets);
  });

  it("one is killed with a granted job: the agent connects to the other, and the verdict arrives there (F-07)", async () => {
    const [here, there] = await roles();
    await everywhere(async (site) => {
      await site.agent.stop();
      site.agent.start({ LATCHKEY_CRASH_AT: "after_sent", LATCHKEY_CRASH_SIGNAL: "SIGSTOP" });
      await untilConnectedTo(site, here.name);
    });

    const resets = await everywhere(async (site) => {
      const reset = await submitAt(there, site, "granted");
      await untilFrozen(site.agent);
      return reset;
    });

    await expectMove(here, there, resets);
  });

  /** Requests a reset there and waits until it has reached this state. */
  async function submitAt(there: Node, site: Site, state: "offered" | "granted"): Promise<Reset> {
    const api = apiOf(site, there);
    const attempt = await prepareReset({ ...site, api });
    const answer = attempt.submit(30);
    await waitFor(`the job to be ${state}`, async () => {
      const [job] = (await api.call(writebackListSchema, "GET", "/writebacks?limit=1")).items;
      return job?.userId === attempt.person.id && job.state === state;
    });
    return { attempt, answer };
  }

  async function expectMove(from: Node, to: Node, resets: readonly Reset[]): Promise<void> {
    await from.program.stop("SIGKILL");
    entrance.retarget(to.port);
    for (const { agent } of sites) agent.signal("SIGCONT");

    await Promise.all(resets.map(async ({ attempt, answer }) => attempt.expectAppliedOnce(await answer)));
    await everywhere((site) => untilConnectedTo({ ...site, api: apiOf(site, to) }, to.name));
  }

  const everywhere = <T>(work: (site: Site) => Promise<T>): Promise<T[]> => Promise.all(sites.map(work));
  const apiOf = ({ tenantId }: Site, node: Node) =>
    createApiClient({ tenantId, api: installation.apiAt(node.url) });

  /** Starts what is missing and returns the node with the agents, and the other one. */
  async function roles(): Promise<readonly [Node, Node]> {
    for (const { program, url } of nodes) {
      if (program.isRunning) continue;
      program.start();
      await waitFor("the node to answer", async () => (await fetch(`${url}/openapi.json`)).ok);
    }
    const [one, two] = nodes;
    const [site] = sites;
    const agents = await site?.api.agents();
    return agents?.some(({ node }) => node === one.name) === true ? [one, two] : [two, one];
  }
});

/** Adds a node with the same keys and the same Redis. */
async function addNode({ folder, cloudConfigFile }: Installation, port: number): Promise<Node> {
  const dataDirectory = join(folder, "cloud-2");
  await cp(join(folder, "cloud"), dataDirectory, { recursive: true });
  const config = parse(await readFile(cloudConfigFile, "utf8")) as object;
  const file = join(folder, "cloud-2.yaml");
  const ofItsOwn = { listen: `127.0.0.1:${port}`, node: "node-2", dataDirectory };
  await writeFile(file, stringify({ ...config, ...ofItsOwn }), { mode: 0o600 });
  const program = createProgram({
    main: "cloud/main.ts",
    args: ["serve", "--config", file],
    logFile: join(folder, "cloud-2.log"),
  });
  program.start();
  const url = `http://127.0.0.1:${port}`;
  await waitFor("the second node to answer", async () => (await fetch(`${url}/openapi.json`)).ok, {
    timeoutMs: 120_000,
  });
  return { name: "node-2", port, url, program };
}

const untilConnectedTo = ({ api }: Site, name: string): Promise<unknown> =>
  waitFor(
    `the agent to be connected to ${name}`,
    async () => (await api.agents()).some(({ connected, node }) => connected && node === name),
    { timeoutMs: 120_000, everyMs: 100 },
  );
