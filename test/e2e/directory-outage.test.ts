import { expect } from "chai";
import { type FaultHost, sharedFaultHost } from "../support/fault-host.ts";
import { prepareReset } from "../support/reset-attempt.ts";
import { waitFor } from "../support/wait-for.ts";

describe("a directory that is down when a reset comes, OpenLDAP and Samba AD", function () {
  this.timeout(60_000);
  let host: FaultHost;

  before(async function () {
    this.timeout(120_000);
    host = await sharedFaultHost();
  });
  beforeEach(() => host.settle());

  it("F-11: puts it off, and it is applied as soon as the directory is back", async () => {
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

  describe("with five seconds to live", () => {
    beforeEach(async () => {
      await host.cloud.stop();
      await host.startCloud({ LATCHKEY_CLOUD_WRITEBACK__TTL_SECONDS: "5" });
      await host.settle();
    });
    afterEach(() => host.cloud.stop());

    it("F-11: expires what cannot be written in time, and never writes it later", async () => {
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

/** The agent has found back to the directory: what it still had in hand it would have written by now. */
async function untilApplied(attempt: Awaited<ReturnType<typeof prepareReset>>): Promise<void> {
  await attempt.expectAppliedOnce(await attempt.submit(30));
  expect(attempt.site.agent.isRunning).to.equal(true);
}
