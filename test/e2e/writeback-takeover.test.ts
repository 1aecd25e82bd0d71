import { expect } from "chai";
import type { Program } from "../../lab/program.ts";
import { type FaultHost, sharedFaultHost, type Site } from "../support/fault-host.ts";
import { prepareReset } from "../support/reset-attempt.ts";
import { waitFor } from "../support/wait-for.ts";

describe("two agents of a tenant, on OpenLDAP and on Samba AD", function () {
  this.timeout(240_000);
  let host: FaultHost;
  const others = new Map<Site, Program>();

  before(async function () {
    this.timeout(480_000);
    host = await sharedFaultHost();
    await host.settle();
    await host.everywhere(async (site) => {
      const { tenantId, place } = site;
      others.set(
        site,
        await host.installation.addAgent(`other-of-${tenantId}`, { tenantId, directory: place }),
      );
    });
  });
  after(() => Promise.all([...others.values()].map((other) => other.stop())));

  it("when one dies right after its write, the other looks first and does not write again (F-10)", async () => {
    await host.settle({ LATCHKEY_CRASH_AT: "after_modify" });

    await host.everywhere(async (site) => {
      const other = others.get(site);
      other?.start();
      await untilConnected(site, 2);
      const attempts = [await prepareReset(site), await prepareReset(site)]; // one for each agent

      const answers = attempts.map((attempt) => attempt.submit(30));
      await site.agent.ended();

      const jobs = await Promise.all(answers);
      for (const [at, attempt] of attempts.entries())
        await attempt.expectAppliedOnce(jobs[at] ?? expect.fail());
      const [survivor] = await untilConnected(site, 1);
      expect(jobs.map(({ agentId }) => agentId)).to.deep.equal([survivor?.agentId, survivor?.agentId]);
      expect(jobs.some(({ verdict }) => verdict?.verified)).to.equal(true);
    });
  });
});

const untilConnected = ({ api }: Site, count: number) =>
  waitFor(
    `${count} agents to be connected`,
    async () => {
      const connected = (await api.agents()).filter((agent) => agent.connected);
      return connected.length === count && connected;
    },
    { timeoutMs: 120_000, everyMs: 100 },
  );
