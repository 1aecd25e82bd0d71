import { expect } from "chai";
import { AppError } from "../../../../shared/errors.ts";
import type { SignedJob } from "../../../../shared/sealing/job.ts";
import { makeVerdict } from "../../../../shared/writeback.ts";
import { createManualClock } from "../../../support/manual-clock.ts";
import { memoryFiles } from "../../../support/memory-files.ts";
import {
  account,
  ackOf,
  grant,
  makeParties,
  type Parties,
  PASSWORD,
  scriptedCloud,
  scriptedDirectory,
  type ScriptedOptions,
  type ScriptedWriteback,
  startScripted,
} from "../../../support/scripted-writeback.ts";
import { waitFor } from "../../../support/wait-for.ts";

const unanswered = makeVerdict("unknown", "VERDICT_UNKNOWN");
const moved = account({ mark: { server: "dc1.example.com", changed: "200", locked: "" } });

describe("writeback: writes whose answer was lost", () => {
  let parties: Parties;
  const started: ScriptedWriteback[] = [];
  const start = async (options: Omit<ScriptedOptions, "parties"> = {}): Promise<ScriptedWriteback> => {
    const scripted = await startScripted({ parties, ...options });
    started.push(scripted);
    return scripted;
  };
  const states = ({ cloud }: ScriptedWriteback): (string | null)[] =>
    cloud.receipts.map(({ verdict }) => verdict.code ?? verdict.state);

  before(async () => {
    parties = await makeParties();
  });
  afterEach(() => Promise.all(started.splice(0).map(({ writeback }) => writeback.close())));

  describe("a lost answer (F-12)", () => {
    const lose = (agent: ScriptedWriteback, isWritten: boolean): void => {
      agent.directory.applyPassword = async (order, onSend) => {
        await onSend();
        agent.directory.written.push(order);
        if (isWritten) agent.directory.account = () => Promise.resolve(moved);
        return unanswered;
      };
    };

    it("is settled by a look and one sign-in", async () => {
      const agent = await start();
      lose(agent, true);
      let signIns = 0;
      agent.directory.checkSignIn = (_, password) => {
        signIns++;
        expect(password.reveal()).to.equal(PASSWORD);
        return Promise.resolve({ ok: true, mustChange: false });
      };

      await agent.offer(await parties.job(agent.clock.now()));

      expect(agent.cloud.receipts[0]?.verdict).to.include({ state: "applied", verified: true });
      expect(signIns).to.equal(1);
    });

    it("writes again inside the lease when the account is as before", async () => {
      const agent = await start();
      const { applyPassword } = agent.directory;
      agent.directory.applyPassword = async (_, onSend) => {
        await onSend();
        agent.directory.applyPassword = applyPassword;
        return unanswered;
      };

      await agent.offer(await parties.job(agent.clock.now()));

      expect(states(agent)).to.deep.equal(["applied"]);
    });

    it("is not believed when the repeat is refused because the first one was made", async () => {
      const agent = await start();
      agent.directory.applyPassword = async (_, onSend) => {
        await onSend();
        agent.directory.applyPassword = async (__, onSendAgain) => {
          await onSendAgain();
          agent.directory.account = () => Promise.resolve(moved);
          agent.directory.checkSignIn = () => Promise.resolve({ ok: true, mustChange: false });
          return makeVerdict("rejected", "PASSWORD_IN_HISTORY");
        };
        return unanswered;
      };

      await agent.offer(await parties.job(agent.clock.now()));

      expect(states(agent)).to.deep.equal(["applied"]);
    });

    it("is unknown after the grace, and corrected when a later look tells", async () => {
      const agent = await start();
      let isAnswering = false;
      agent.directory.applyPassword = async (_, onSend) => {
        await onSend();
        agent.directory.account = () =>
          isAnswering ? Promise.resolve(moved) : Promise.reject(new AppError("DIRECTORY_TIMEOUT"));
        return unanswered;
      };
      agent.directory.checkSignIn = () => Promise.resolve({ ok: true, mustChange: false });
      const job = await parties.job(agent.clock.now());

      await agent.offer(job);
      await agent.clock.advance(11_000);
      expect(states(agent).at(-1)).to.equal("VERDICT_UNKNOWN");
      expect(agent.writeback.status().watched).to.equal(1);
      isAnswering = true;
      await agent.clock.advance(60_000);
      expect(states(agent).at(-1)).to.equal("applied");

      // An answer to the first receipt must not stand for the second.
      const acknowledge = (state: string): void => {
        const receipt = agent.cloud.receipts.find(({ verdict }) => verdict.state === state);
        if (receipt !== undefined) agent.writeback.ack(ackOf(receipt));
      };
      acknowledge("unknown");
      expect(agent.writeback.pendingOutcomes).to.equal(1);
      acknowledge("applied");
      expect(agent.writeback.pendingOutcomes).to.equal(0);
    });

    it("is left open when the agent stops before it is settled, and settled by its next life", async () => {
      const agent = await start();
      lose(agent, false);
      const job = await parties.job(agent.clock.now());
      const { applyPassword } = agent.directory;
      agent.directory.applyPassword = async (order, onSend) => {
        agent.directory.account = () => Promise.reject(new AppError("DIRECTORY_TIMEOUT"));
        return applyPassword(order, onSend);
      };
      await agent.offer(job);
      await agent.writeback.close();
      expect([states(agent), agent.cloud.nacks]).to.deep.equal([[], []]);

      const again = await start({ files: agent.files, clock: agent.clock });
      again.cloud.answer = ({ jobId, mark }) => grant(jobId, { mode: "verify", mark });
      again.directory.account = () => Promise.resolve(moved);
      again.directory.checkSignIn = () => Promise.resolve({ ok: true, mustChange: false });
      await again.offer(job);

      expect(states(again)).to.deep.equal(["applied"]);
      expect(again.directory.written).to.deep.equal([]);
    });

    it("stays unknown, with one sign-in, when the password was changed elsewhere", async () => {
      const agent = await start();
      lose(agent, true);
      let signIns = 0;
      agent.directory.checkSignIn = () => {
        signIns++;
        return Promise.resolve({ ok: false, reason: "wrong" });
      };

      await agent.offer(await parties.job(agent.clock.now()));
      await agent.clock.advance(3_600_000);

      expect(new Set(states(agent))).to.deep.equal(new Set(["VERDICT_UNKNOWN"]));
      expect(signIns).to.equal(1);
      expect(agent.directory.written).to.have.length(1);
    });
  });

  describe("a restart", () => {
    /** Lives until a point is reached; from then on nothing it does arrives anywhere. */
    async function liveUntil(point: string, job: SignedJob, isWritten: boolean) {
      const files = memoryFiles();
      const [directory, cloud] = [scriptedDirectory(), scriptedCloud()];
      const { applyPassword } = directory;
      let isDead = false;
      const die = (reached: string): void => {
        if (reached !== point) return;
        isDead = true;
        cloud.isConnected = false;
      };
      directory.applyPassword = async (order, onSend) => {
        await onSend();
        if (isDead && !isWritten) return new Promise(() => undefined);
        const verdict = await applyPassword(order, () => Promise.resolve());
        directory.account = () => Promise.resolve(moved);
        return isDead ? new Promise(() => undefined) : verdict;
      };
      const first = await startScripted({ parties, files, directory, cloud, crash: die });
      first.writeback.offer(job);
      await waitFor("the end of that life", () => isDead);
      await new Promise(setImmediate);
      directory.applyPassword = applyPassword;
      return { files: memoryFiles(files.content), directory, clock: first.clock };
    }
    const newLife = async (past: Awaited<ReturnType<typeof liveUntil>>): Promise<ScriptedWriteback> =>
      start({ ...past, cloud: scriptedCloud() });

    it("after INTENT gives the job back at once, and takes it again", async () => {
      const job = await parties.job(createManualClock().now());
      const agent = await newLife(await liveUntil("after_intent", job, false));

      agent.writeback.linkReady();
      expect(agent.cloud.nacks.map(({ jobId }) => jobId)).to.deep.equal([job.order.jobId]);
      await agent.offer(job);

      expect(states(agent)).to.deep.equal(["applied"]);
      expect(agent.directory.written).to.have.length(1);
    });

    for (const isWritten of [true, false])
      it(`after SENT, ${isWritten ? "written" : "not written"}, looks before it does anything`, async () => {
        const job = await parties.job(createManualClock().now());
        const agent = await newLife(await liveUntil("after_sent", job, isWritten));
        agent.directory.checkSignIn = () => Promise.resolve({ ok: true, mustChange: false });
        agent.cloud.answer = ({ jobId, mark }) => grant(jobId, { mode: "verify", mark });

        agent.writeback.linkReady();
        expect(agent.cloud.nacks).to.deep.equal([]);
        await agent.offer(job);

        expect(agent.cloud.receipts[0]?.verdict).to.include({ state: "applied", verified: isWritten });
        expect(agent.directory.written).to.have.length(1);
      });

    it("after SENT, past the end of the job, never writes", async () => {
      const job = await parties.job(createManualClock().now());
      const agent = await newLife(await liveUntil("after_sent", job, false));
      agent.cloud.answer = ({ jobId, mark }) => grant(jobId, { mode: "verify", mayApply: false, mark });

      await agent.offer(job);
      await agent.clock.advance(11_000);

      expect(states(agent)).to.include("VERDICT_UNKNOWN");
      expect(agent.directory.written).to.deep.equal([]);
    });

    it("after SENT looks even when the cloud believes that no agent was granted", async () => {
      const job = await parties.job(createManualClock().now());
      const agent = await newLife(await liveUntil("after_sent", job, true));
      agent.directory.checkSignIn = () => Promise.resolve({ ok: true, mustChange: false });

      await agent.offer(job);

      expect(agent.cloud.receipts[0]?.verdict).to.include({ state: "applied", verified: true });
      expect(agent.directory.written).to.have.length(1);
    });

    it("after SENT looks by itself when the job is not offered again", async () => {
      const job = await parties.job(createManualClock().now());
      const agent = await newLife(await liveUntil("after_sent", job, true));

      agent.writeback.linkReady();
      await agent.clock.advance(31_000);

      expect(states(agent)).to.deep.equal(["VERDICT_UNKNOWN"]);
    });

    it("after OUTCOME sends the receipt again and writes nothing", async () => {
      const job = await parties.job(createManualClock().now());
      const agent = await newLife(await liveUntil("after_outcome", job, true));

      expect(agent.writeback.pendingOutcomes).to.equal(1);
      agent.writeback.linkReady();
      await agent.offer(job);

      expect(states(agent)).to.deep.equal(["applied", "applied"]);
      expect(agent.directory.written).to.have.length(1);
    });
  });
});
