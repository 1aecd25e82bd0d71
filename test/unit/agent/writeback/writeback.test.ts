import { expect } from "chai";
import { FIRST_RECEIPT, hashReceipt, isReceiptAuthentic } from "../../../../shared/sealing/receipt.ts";
import { makeVerdict } from "../../../../shared/writeback.ts";
import { userId } from "../../../support/directory-users.ts";
import {
  account,
  ackOf,
  makeParties,
  type Parties,
  PASSWORD,
  type ScriptedOptions,
  type ScriptedWriteback,
  startScripted,
} from "../../../support/scripted-writeback.ts";
import { waitFor } from "../../../support/wait-for.ts";

describe("writeback", () => {
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

  it("claims, writes once and sends a signed receipt until it is acknowledged", async () => {
    const agent = await start();
    const job = await parties.job(agent.clock.now(), { mustChange: true, unlock: true });

    await agent.offer(job);

    expect(agent.cloud.claims).to.deep.equal([{ jobId: job.order.jobId, mark: account().mark }]);
    expect(agent.directory.written).to.have.length(1);
    expect(agent.directory.written[0]).to.include({ operation: "reset", mustChange: true, unlock: true });
    expect(agent.directory.written[0]?.newPassword?.reveal()).to.equal(PASSWORD);
    const [receipt] = agent.cloud.receipts;
    expect(receipt?.verdict.state).to.equal("applied");
    expect(
      receipt !== undefined && isReceiptAuthentic(parties.identity.identityKey.publicKey, receipt),
    ).to.equal(true);
    expect(agent.writeback.pendingOutcomes).to.equal(1);

    await agent.clock.advance(6_000);
    expect(agent.cloud.receipts).to.deep.equal([receipt, receipt]);
    if (receipt !== undefined) agent.writeback.ack(ackOf(receipt));
    expect(agent.writeback.pendingOutcomes).to.equal(0);
    await agent.clock.advance(600_000);
    expect(agent.cloud.receipts).to.have.length(2);
  });

  it("answers a job that is offered ten times with one write and the same receipt (F-17)", async () => {
    const agent = await start();
    const job = await parties.job(agent.clock.now());

    for (let i = 0; i < 5; i++) agent.writeback.offer(job);
    await agent.offer(job);
    for (const receipt of agent.cloud.receipts.slice(0, 1)) agent.writeback.ack(ackOf(receipt));
    for (let i = 0; i < 4; i++) await agent.offer(job);

    expect(agent.directory.written).to.have.length(1);
    expect(agent.cloud.claims).to.have.length(1);
    expect(new Set(agent.cloud.receipts.map(({ signature }) => signature)).size).to.equal(1);
  });

  it("chains its receipts", async () => {
    const agent = await start();
    for (let i = 0; i < 3; i++) await agent.offer(await parties.job(agent.clock.now()));

    const [first, second, third] = agent.cloud.receipts;
    expect(first?.previous).to.equal(FIRST_RECEIPT);
    expect(second?.previous).to.equal(first === undefined ? "" : hashReceipt(first));
    expect(third?.previous).to.equal(second === undefined ? "" : hashReceipt(second));
  });

  it("passes the directory's refusal on as it is", async () => {
    const agent = await start();
    const verdict = makeVerdict("rejected", "PASSWORD_TOO_SHORT", { server: "dc1.example.com" });
    agent.directory.applyPassword = async (_, onSend) => {
      await onSend();
      return verdict;
    };

    await agent.offer(await parties.job(agent.clock.now()));

    expect(agent.cloud.receipts[0]?.verdict).to.deep.equal(verdict);
    expect(agent.verdicts).to.deep.equal([verdict]);
  });

  it("needs no password for an unlock", async () => {
    const agent = await start();

    await agent.offer(await parties.job(agent.clock.now(), { operation: "unlock", unlock: true }));

    expect(agent.directory.written[0]?.newPassword).to.equal(undefined);
    expect(states(agent)).to.deep.equal(["applied"]);
  });

  describe("brakes (F-32)", () => {
    const jobOf = (user: number, { clock }: ScriptedWriteback) =>
      parties.job(clock.now(), { userId: userId(user) });

    it("remembers over a restart which passwords the directory rejected, and whose", async () => {
      const config = { maxPerHour: 2, maxPerUser: 3, maxPerMinute: 100 };
      const agent = await start({ config });
      agent.directory.applyPassword = async (_, onSend) => {
        await onSend();
        return makeVerdict("rejected", "PASSWORD_TOO_SHORT");
      };
      for (let i = 0; i < 4; i++) await agent.offer(await jobOf(1, agent));
      expect(states(agent)).to.deep.equal([
        ...Array<string>(3).fill("PASSWORD_TOO_SHORT"),
        "TOO_MANY_WRITES",
      ]);
      await agent.writeback.close();

      const again = await start({ config, files: agent.files, clock: agent.clock });
      await again.offer(await jobOf(1, again));
      expect(states(again).at(-1)).to.equal("TOO_MANY_WRITES");
      for (const other of [2, 3]) await again.offer(await jobOf(other, again));
      expect(states(again).slice(-2)).to.deep.equal(["applied", "applied"]);
      expect(again.writeback.status()).to.include({ brake: null, writesLastHour: 2 });
    });

    it("refuses the write after the hour's limit until it is released, also after a restart", async () => {
      const config = { maxPerHour: 5 };
      const agent = await start({ config });
      for (let i = 0; i < 6; i++) await agent.offer(await jobOf(i, agent));
      expect(states(agent)).to.deep.equal([...Array<string>(5).fill("applied"), "BRAKE_ENGAGED"]);
      expect(agent.writeback.status()).to.include({ brake: "hour", writesLastHour: 5 });
      await agent.writeback.close();

      const again = await start({ config, files: agent.files, clock: agent.clock });
      await again.clock.advance(7_200_000);
      await again.offer(await jobOf(6, again));
      expect(states(again).at(-1)).to.equal("BRAKE_ENGAGED");
      await again.writeback.releaseBrake();
      await again.offer(await jobOf(7, again));
      expect(states(again).at(-1)).to.equal("applied");
      await again.writeback.close();

      const last = await start({ config, files: agent.files, clock: agent.clock });
      expect(last.writeback.status().brake).to.equal(null);
    });

    it("puts what is above the minute's limit off", async () => {
      const agent = await start({ config: { maxPerMinute: 2 } });
      for (let i = 0; i < 3; i++) await agent.offer(await jobOf(i, agent));

      expect(agent.cloud.nacks).to.have.length(1);
      expect(agent.cloud.nacks[0]).to.include({ code: "RATE_LIMITED", retryAfterMs: 60_000 });
    });

    it("counts writes, not refusals", async () => {
      const agent = await start({ config: { maxPerHour: 2 } });
      agent.directory.account = () => Promise.resolve(account({ protected: true }));

      for (let i = 0; i < 5; i++) await agent.offer(await parties.job(agent.clock.now()));

      expect(agent.writeback.status()).to.include({ brake: null, writesLastHour: 0 });
    });
  });

  it("serves results on a full disk (F-20)", async () => {
    const agent = await start();
    const { applyPassword } = agent.directory;
    agent.directory.applyPassword = async (order, onSend) => {
      const verdict = await applyPassword(order, onSend);
      agent.files.faults.freeBytes = 0;
      return verdict;
    };

    await agent.offer(await parties.job(agent.clock.now()));
    await agent.offer(await parties.job(agent.clock.now()));

    expect(states(agent)).to.deep.equal(["applied"]);
    expect(agent.cloud.nacks[0]).to.include({ code: "JOURNAL_UNAVAILABLE" });
    expect(agent.writeback.status().journal).to.equal("unavailable");
    agent.files.faults.freeBytes = Infinity;
    await agent.offer(await parties.job(agent.clock.now()));
    expect(agent.writeback.status().journal).to.equal("ok");
  });

  it("keeps outcomes while the link is down and sends them with the next", async () => {
    const agent = await start();
    const { applyPassword } = agent.directory;
    agent.directory.applyPassword = async (order, onSend) => {
      const verdict = await applyPassword(order, onSend);
      agent.cloud.isConnected = false;
      return verdict;
    };
    await agent.offer(await parties.job(agent.clock.now()));
    expect(agent.cloud.receipts).to.deep.equal([]);

    agent.cloud.isConnected = true;
    agent.writeback.linkReady();

    expect(states(agent)).to.deep.equal(["applied"]);
  });

  it("finishes what is under way when it closes, and takes nothing new", async () => {
    const agent = await start();
    let end = (): void => undefined;
    let isWriting = false;
    const { applyPassword } = agent.directory;
    agent.directory.applyPassword = async (order, onSend) => {
      isWriting = true;
      await new Promise<void>((resolve) => (end = resolve));
      return applyPassword(order, onSend);
    };
    agent.writeback.offer(await parties.job(agent.clock.now()));
    await waitFor("the write", () => isWriting);

    const closed = agent.writeback.close();
    agent.writeback.offer(await parties.job(agent.clock.now()));
    end();
    await closed;

    expect(states(agent)).to.deep.equal(["applied"]);
    expect(agent.cloud.nacks[0]).to.include({ code: "AGENT_OFFLINE" });
  });

  it("writes no password anywhere but into the directory", async () => {
    const agent = await start();
    await agent.offer(await parties.job(agent.clock.now()));

    const disk = Buffer.concat([...agent.files.content.values()]);
    for (const encoding of ["utf8", "utf16le", "base64", "hex"] as const)
      expect(disk.includes(Buffer.from(PASSWORD).toString(encoding))).to.equal(false);
    expect(disk.includes(Buffer.from(PASSWORD, "utf16le"))).to.equal(false);
    expect(JSON.stringify([agent.cloud.claims, agent.cloud.receipts])).to.not.include(PASSWORD);
  });
});
