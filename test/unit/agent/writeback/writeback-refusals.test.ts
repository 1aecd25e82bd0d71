import { expect } from "chai";
import { AppError, type ErrorCode } from "../../../../shared/errors.ts";
import { LIMITS } from "../../../../shared/protocol/limits.ts";
import type { SignedJob } from "../../../../shared/sealing/job.ts";
import { signJob } from "../../../../shared/sealing/job.ts";
import { generateSigningKey } from "../../../../shared/sealing/signing-key.ts";
import { Secret } from "../../../../shared/secret.ts";
import {
  account,
  deny,
  grant,
  makeParties,
  type Parties,
  PASSWORD,
  type ScriptedOptions,
  type ScriptedWriteback,
  startScripted,
} from "../../../support/scripted-writeback.ts";

const moved = account({ mark: { server: "dc1.example.com", changed: "200", locked: "" } });

describe("writeback: what is not written", () => {
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

  describe("what it refuses", () => {
    const refuse = (
      what: string,
      code: string,
      prepare: (agent: ScriptedWriteback) => Promise<SignedJob>,
      config: ScriptedOptions["config"] = {},
    ): void =>
      void it(`refuses ${what} with ${code}, after the grant and without touching the directory`, async () => {
        const agent = await start({ config });
        const job = await prepare(agent);

        await agent.offer(job);

        expect(states(agent)).to.deep.equal([code]);
        expect(agent.cloud.claims).to.have.length(1);
        expect(agent.directory.written).to.deep.equal([]);
      });
    const jobFor = (agent: ScriptedWriteback) => parties.job(agent.clock.now());
    const withAccount = (facts: Parameters<typeof account>[0]) => (agent: ScriptedWriteback) => {
      agent.directory.account = () => Promise.resolve(account(facts));
      return jobFor(agent);
    };

    refuse("a privileged account", "ACCOUNT_PROTECTED", withAccount({ protected: true }));
    refuse("a disabled account", "ACCOUNT_DISABLED", withAccount({ enabled: false }));
    refuse("an account out of scope", "ACCOUNT_OUT_OF_SCOPE", withAccount({ inScope: false }));
    refuse("an account on the deny-list", "ACCOUNT_DENIED", withAccount({ denied: true }));
    refuse(
      "everybody while a protected group cannot be resolved",
      "PROTECTION_UNKNOWN",
      withAccount({ protectionUnknown: true }),
    );
    refuse("everything when writeback is off", "WRITEBACK_DISABLED", jobFor, { enabled: false });
    refuse("a user who is gone", "DIRECTORY_USER_NOT_FOUND", (agent) => {
      agent.directory.account = () => Promise.resolve(null);
      return jobFor(agent);
    });
    refuse("a lookup it has no right to", "DIRECTORY_ACCESS_DENIED", (agent) => {
      agent.directory.account = () => Promise.reject(new AppError("DIRECTORY_ACCESS_DENIED"));
      return jobFor(agent);
    });
    refuse("a banned password", "PASSWORD_BANNED", (agent) =>
      parties.job(agent.clock.now(), {}, { newPassword: new Secret("Password123!") }),
    );
    it("T-13: refuses what the lists know, for this very account, and asks them nothing about an unlock", async () => {
      const asked: string[] = [];
      const agent = await start({
        passwordLists: {
          refuse(password, { names }) {
            asked.push(`${names[0] ?? ""} ${password}`);
            return Promise.resolve("PASSWORD_BREACHED");
          },
        },
      });

      await agent.offer(await jobFor(agent));
      await agent.offer(await parties.job(agent.clock.now(), { operation: "unlock", userSequence: 2 }));

      expect(states(agent)).to.deep.equal(["PASSWORD_BREACHED", "applied"]);
      expect(asked).to.deep.equal([`jane ${PASSWORD}`]);
    });
    refuse("an empty password", "PASSWORD_EMPTY", (agent) =>
      parties.job(agent.clock.now(), {}, { newPassword: new Secret("") }),
    );
    refuse("a job signed by somebody else (F-30)", "JOB_SIGNATURE_INVALID", async (agent) => {
      const { order, sealed } = await jobFor(agent);
      return signJob(generateSigningKey(), order, sealed);
    });
    refuse("an order that was altered (F-31)", "JOB_SIGNATURE_INVALID", async (agent) => {
      const job = await jobFor(agent);
      return { ...job, order: { ...job.order, userId: "d".repeat(32) } };
    });
    refuse("a job of another tenant", "JOB_SIGNATURE_INVALID", (agent) =>
      parties.job(agent.clock.now(), { tenantId: "fabrikam" }),
    );
    refuse("a seal that was made for another job (F-30)", "SEAL_INVALID", async (agent) => {
      const [{ order }, { sealed }] = [await jobFor(agent), await jobFor(agent)];
      return signJob(parties.issuer, order, sealed);
    });

    it("looks instead of refusing when another agent was granted the job before", async () => {
      const agent = await start();
      agent.cloud.answer = ({ jobId }) => grant(jobId, { mode: "verify", mark: account().mark });
      agent.directory.account = () => Promise.resolve({ ...moved, enabled: false });
      agent.directory.checkSignIn = () => Promise.resolve({ ok: true, mustChange: false });

      await agent.offer(await jobFor(agent));

      expect(states(agent)).to.deep.equal(["applied"]);
      expect(agent.directory.written).to.deep.equal([]);
    });

    it("says nothing about a job that was granted before when the offer is forged", async () => {
      const agent = await start();
      agent.cloud.answer = ({ jobId }) => grant(jobId, { mode: "verify" });
      const { order, sealed } = await jobFor(agent);

      await agent.offer(signJob(generateSigningKey(), order, sealed));

      expect(agent.cloud.receipts).to.deep.equal([]);
      expect(agent.directory.written).to.deep.equal([]);
    });
  });

  describe("what it gives back", () => {
    const giveBack = (
      what: string,
      code: ErrorCode,
      prepare: (agent: ScriptedWriteback) => Promise<SignedJob>,
    ): void =>
      void it(`gives back a job ${what} with ${code}`, async () => {
        const agent = await start();
        const job = await prepare(agent);

        await agent.offer(job);

        expect(agent.cloud.nacks).to.have.length(1);
        expect(agent.cloud.nacks[0]).to.include({ jobId: job.order.jobId, code });
        expect(agent.cloud.receipts).to.deep.equal([]);
        expect(agent.directory.written).to.deep.equal([]);
      });

    giveBack("while the directory is down", "DIRECTORY_UNAVAILABLE", (agent) => {
      agent.directory.account = () => Promise.reject(new AppError("DIRECTORY_UNAVAILABLE"));
      return parties.job(agent.clock.now());
    });
    giveBack("that the directory takes no connection for", "DIRECTORY_UNAVAILABLE", (agent) => {
      agent.directory.applyPassword = () => Promise.reject(new AppError("DIRECTORY_UNAVAILABLE"));
      return parties.job(agent.clock.now());
    });
    giveBack("whose claim is not answered", "TIMEOUT", (agent) => {
      agent.cloud.answer = () => Promise.reject(new AppError("TIMEOUT"));
      return parties.job(agent.clock.now());
    });
    giveBack("that is sealed to others only", "NOT_SEALED_TO_AGENT", async (agent) => {
      const { order } = await parties.job(agent.clock.now());
      return signJob(parties.issuer, order, []);
    });
    giveBack("from another day", "JOB_EXPIRED", (agent) => parties.job(agent.clock.now() - 86_400_000));
    giveBack("while the disk is full (F-20)", "JOURNAL_UNAVAILABLE", (agent) => {
      agent.files.faults.freeBytes = 100;
      return parties.job(agent.clock.now());
    });
    giveBack("when the disk is slow and the lease is over before the write", "TIMEOUT", (agent) => {
      agent.directory.applyPassword = async (_, onSend) => {
        await agent.clock.advance(LIMITS.leaseMs - LIMITS.leaseMarginMs);
        await onSend();
        throw new Error("not reached");
      };
      return parties.job(agent.clock.now());
    });

    it("counts the lease from the moment it asked, whatever the wall clock does (F-16)", async () => {
      const agent = await start();
      agent.cloud.answer = async ({ jobId, mark }) => {
        await agent.clock.advance(3_000);
        agent.clock.setWall(agent.clock.now() - 600_000);
        return grant(jobId, { mark, leaseMs: 4_000 });
      };
      const [fast, slow] = [await parties.job(agent.clock.now()), await parties.job(agent.clock.now())];

      await agent.offer(fast);
      agent.cloud.answer = async ({ jobId, mark }) => {
        await agent.clock.advance(3_600);
        return grant(jobId, { mark, leaseMs: 4_000 });
      };
      await agent.offer(slow);

      expect(states(agent)).to.deep.equal(["applied"]);
      expect(agent.cloud.nacks.map(({ jobId }) => jobId)).to.deep.equal([slow.order.jobId]);
    });

    it("forgets a job that the cloud has decided, and waits when another agent holds it", async () => {
      const agent = await start();
      for (const reason of ["final", "busy", "unknown"] as const) {
        agent.cloud.answer = ({ jobId }) => deny(jobId, reason);
        await agent.offer(await parties.job(agent.clock.now()));
      }

      expect([agent.cloud.nacks, agent.cloud.receipts, agent.directory.written]).to.deep.equal([[], [], []]);
    });

    it("never writes an older order after a newer one of the same user (T-17)", async () => {
      const agent = await start();
      const [older, newer] = [await parties.job(agent.clock.now()), await parties.job(agent.clock.now())];

      await agent.offer(newer);
      await agent.offer(older);

      expect(states(agent)).to.deep.equal(["applied", "NOT_APPLIED"]);
    });
  });
});
