import { join } from "node:path";
import { expect } from "chai";
import { createLocalClient } from "../../agent/health/local-client.ts";
import { CRASH_POINTS } from "../../agent/writeback/crash-points.ts";
import { type Writeback, writebackListSchema } from "../../shared/api/writebacks.ts";
import { isFinalState } from "../../shared/writeback.ts";
import { type FaultHost, sharedFaultHost, type Site, untilFrozen } from "../support/fault-host.ts";
import { prepareReset, type ResetAttempt } from "../support/reset-attempt.ts";
import { waitFor } from "../support/wait-for.ts";

/** A reset after its grant and before the write, where the agent is frozen. */
interface FrozenReset {
  readonly attempt: ResetAttempt;
  readonly jobId: string;
  /** Answer to the call that submitted it and waits for the verdict. */
  readonly answer: Promise<Writeback>;
}

describe("a writeback cut short, on OpenLDAP and on Samba AD", function () {
  this.timeout(240_000);
  let host: FaultHost;

  before(async function () {
    this.timeout(480_000);
    host = await sharedFaultHost();
  });
  afterEach(() => {
    for (const { server } of host.sites) server.signal("SIGCONT");
  });

  for (const point of CRASH_POINTS) {
    const crash = { LATCHKEY_CRASH_AT: point };

    it(`by the death of the agent at ${point}: the verdict is true and the password was written once (F-09)`, async () => {
      await host.settle(crash);
      await host.everywhere(async (site) => {
        const attempt = await prepareReset(site);
        const answer = attempt.submit(30);
        await site.agent.ended();
        await host.settleSite(site);

        await attempt.expectAppliedOnce(await answer);
        await waitFor("the agent to have nothing left to report", async () => {
          const { writeback } = await createLocalClient(
            join(host.installation.folder, site.agentName),
          ).status();
          return writeback.pendingOutcomes === 0 && writeback.jobs === 0;
        });
      });
    });
  }

  describe("between the grant and the write", () => {
    const freeze = { LATCHKEY_CRASH_AT: "after_sent", LATCHKEY_CRASH_SIGNAL: "SIGSTOP" };

    beforeEach(() => host.settle(freeze));

    it("by SIGKILL of the cloud while the directory holds the write: the outcome arrives when the cloud is back", async () => {
      const resets = await host.everywhere(resetUntilGranted);
      for (const { attempt } of resets) {
        const { server, proxy, agent } = attempt.site;
        const { sent } = proxy;
        server.signal("SIGSTOP");
        agent.signal("SIGCONT");
        await waitFor("the write to be on its way", () => proxy.sent > sent);
      }

      await host.cloud.stop("SIGKILL");
      await host.startCloud();
      for (const { attempt } of resets) attempt.site.server.signal("SIGCONT");

      await Promise.all(resets.map(expectVerdict));
    });

    it("by SIGKILL of Redis: the grant is not forgotten (F-01)", async () => {
      const resets = await host.everywhere(resetUntilGranted);

      await host.killRedis();
      await host.untilStoreAnswers();
      for (const { attempt } of resets) attempt.site.agent.signal("SIGCONT");

      for (const { answer } of resets)
        expect(await answer.then(({ state }) => state, String)).to.match(/^applied$|STORE_UNAVAILABLE/);
      await Promise.all(resets.map(expectVerdict));
    });

    it("by SIGTERM of the agent: it finishes the granted job, and ends (F-35)", async () => {
      const resets = await host.everywhere(resetUntilGranted);

      for (const { attempt } of resets) attempt.site.agent.signal("SIGTERM");
      for (const { attempt } of resets) attempt.site.agent.signal("SIGCONT");
      await host.everywhere(({ agent }) => agent.ended());

      for (const { attempt, answer } of resets) {
        expect(attempt.site.agent.exitCode).to.equal(0);
        await attempt.expectAppliedOnce(await answer);
      }
    });

    it("by SIGTERM of the cloud: the waiting call gets the job's present state, and the verdict follows when the cloud is back (F-35)", async () => {
      const resets = await host.everywhere(resetUntilGranted);

      await host.cloud.stop("SIGTERM");
      for (const { attempt } of resets) attempt.site.agent.signal("SIGCONT");

      expect(host.cloud.exitCode).to.equal(0);
      for (const { answer } of resets) expect((await answer).state).to.equal("granted");
      await host.startCloud();
      await Promise.all(resets.map(expectVerdict));
    });
  });

  it("by SIGKILL of Redis right after the submit: nothing acknowledged is lost (F-01)", async () => {
    await host.settle();
    const attempts = await host.everywhere(async (site) => {
      const attempt = await prepareReset(site);
      site.agent.signal("SIGSTOP"); // so that it is not claimed before
      await untilFrozen(site.agent);
      expect((await attempt.submit(0)).state).to.be.oneOf(["queued", "offered"]);
      return attempt;
    });

    await host.killRedis();
    await host.untilStoreAnswers();
    for (const { site } of attempts) site.agent.signal("SIGCONT");

    for (const attempt of attempts) await attempt.expectAppliedOnce(await attempt.submit(30));
  });

  async function resetUntilGranted(site: Site): Promise<FrozenReset> {
    const attempt = await prepareReset(site);
    const answer = attempt.submit(30);
    answer.catch(() => undefined); // a killed cloud gives no answer; a test that needs the answer awaits it
    await untilFrozen(site.agent);
    const [job] = (await site.api.call(writebackListSchema, "GET", "/writebacks?limit=1")).items;
    expect(job).to.include({ userId: attempt.person.id, state: "granted" });
    return { attempt, jobId: job?.id ?? "", answer };
  }

  async function expectVerdict({ attempt, jobId }: FrozenReset): Promise<void> {
    const decided = await waitFor(
      "the verdict",
      async () => {
        const job = await attempt.site.api.job(jobId, 10);
        return isFinalState(job.state) && job;
      },
      { timeoutMs: 120_000, everyMs: 100 },
    );
    await attempt.expectAppliedOnce(decided);
  }
});
