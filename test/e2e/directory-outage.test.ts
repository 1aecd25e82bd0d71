import { expect } from "chai";
import { type FaultHost, sharedFaultHost } from "../support/fault-host.ts";
import { prepareReset } from "../support/reset-attempt.ts";
import { waitFor } from "../support/wait-for.ts";

describe("a directory that is down when a reset comes, OpenLDAP and Samba AD", function () {
  this.timeout(240_000);
  let host: FaultHost;

  before(async function () {
    this.timeout(480_000);
    host = await sharedFaultHost();
  });
  beforeEach(() => host.settle());

  it("delays the job and applies it as soon as the directory is back (F-11)", async () => {
    await host.everywhere(async (site) => {
      const attempt = await prepareReset(site);
      await site.server.kill();
      const { id } = await attempt.submit(0);
      await waitFor("the agent to give it back", async () => {
        const { events } = await site.api.job(id);
        return events.filter(({ state }) => state === "queued").length > 1;
      });

      await site.server.restart();

      await attempt.expectAppliedOnce(await site.api.job(id, 30));
    });
  });

  describe("with a job that expires in five seconds", () => {
    beforeEach(async () => {
      await host.cloud.stop();
      await host.startCloud({ LATCHKEY_CLOUD_WRITEBACK__TTL_SECONDS: "5" });
      await host.settle();
    });
    afterEach(() => host.cloud.stop());

    it("expires a job that cannot be written in time and never writes it later (F-11)", async () => {
      await host.everywhere(async (site) => {
        const [expiring, next] = [await prepareReset(site), await prepareReset(site)];
        await site.server.kill();
        const expired = await expiring.submit(30);
        await site.server.restart();

        await untilApplied(next);

        await expiring.expectUntouched(expired, "expired", "JOB_EXPIRED");
        await expiring.expectUntouched(await site.api.job(expired.id), "expired", "JOB_EXPIRED");
      });
    });
  });
});

/** Waits until the agent has reconnected to the directory. It would have written any open job by then. */
async function untilApplied(attempt: Awaited<ReturnType<typeof prepareReset>>): Promise<void> {
  await attempt.expectAppliedOnce(await attempt.submit(30));
  expect(attempt.site.agent.isRunning).to.equal(true);
}
