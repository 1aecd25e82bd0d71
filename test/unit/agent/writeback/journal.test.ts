import { expect } from "chai";
import { type Journal, openJournal } from "../../../../agent/writeback/journal.ts";
import { decodeRecords, encodeRecord } from "../../../../agent/writeback/journal-records.ts";
import { DAY_MS } from "../../../../shared/durations.ts";
import { newId } from "../../../../shared/ids.ts";
import { silentLogger } from "../../../../shared/logger.ts";
import type { JobOrder } from "../../../../shared/sealing/job.ts";
import { hashReceipt, type Receipt, signReceipt } from "../../../../shared/sealing/receipt.ts";
import { generateSigningKey } from "../../../../shared/sealing/signing-key.ts";
import { makeVerdict } from "../../../../shared/writeback.ts";
import { createManualClock, type ManualClock } from "../../../support/manual-clock.ts";
import { type MemoryFiles, memoryFiles } from "../../../support/memory-files.ts";
import { rejection } from "../../../support/rejection.ts";
import { TENANT, USER } from "../../../support/scripted-writeback.ts";

const agentId = newId();
const identityKey = generateSigningKey();
const LOG = "/state/journal.log";
const RESERVE = "/state/journal.reserve";
const mark = { server: "dc1", changed: "1", locked: "" };

const order = (jobId = newId()): JobOrder => ({
  jobId,
  tenantId: TENANT,
  operation: "reset",
  userId: USER,
  userSequence: 1,
  issuedAt: 1,
  notAfter: 2,
  mustChange: false,
  unlock: false,
  methods: ["text"],
});
const receiptFor = (jobId: string, journal: Journal, state: "applied" | "unknown" = "applied"): Receipt =>
  signReceipt(identityKey, {
    jobId,
    tenantId: TENANT,
    userId: USER,
    agentId,
    decidedAt: 5,
    previous: journal.lastReceipt,
    verdict: state === "applied" ? makeVerdict("applied", null) : makeVerdict("unknown", "VERDICT_UNKNOWN"),
  });
const open = (files: MemoryFiles, clock: ManualClock = createManualClock(), id = agentId): Promise<Journal> =>
  openJournal({ stateDirectory: "/state", agentId: id, log: silentLogger, clock, files });

/** Three jobs: one acknowledged, one sent, one intended. */
async function fill(files: MemoryFiles): Promise<{ acked: string; sent: string; intended: string }> {
  const journal = await open(files);
  const [acked, sent, intended] = [newId(), newId(), newId()];
  await journal.intent(order(acked), mark);
  await journal.sent(acked);
  await journal.outcome(receiptFor(acked, journal));
  journal.acked(acked);
  await journal.intent(order(sent), mark);
  await journal.intent(order(intended), mark);
  await journal.sent(sent);
  await journal.close();
  return { acked, sent, intended };
}
const asideOf = (files: MemoryFiles): string[] =>
  [...files.content.keys()].filter((path) => path.startsWith(`${LOG}.damaged-`));

describe("journal", () => {
  it("tells after a restart what was intended, sent, decided and acknowledged", async () => {
    const files = memoryFiles();
    const { acked, sent, intended } = await fill(files);

    const journal = await open(files);

    expect(journal.find(acked)).to.include({ end: "acked" });
    expect(journal.find(acked)?.receipt?.verdict.state).to.equal("applied");
    expect(journal.find(sent)).to.include({ receipt: null, end: null });
    expect(journal.find(sent)?.sentAt).to.be.a("number");
    expect(journal.find(sent)?.mark).to.deep.equal(mark);
    expect(journal.find(intended)).to.include({ sentAt: null, receipt: null });
  });

  it("goes on with the chain of receipts after a restart", async () => {
    const files = memoryFiles();
    const { acked } = await fill(files);

    const journal = await open(files);

    const receipt = journal.find(acked)?.receipt;
    expect(journal.lastReceipt).to.equal(receipt == null ? null : hashReceipt(receipt));
  });

  it("takes an intent after SENT as proof that nothing had left", async () => {
    const journal = await open(memoryFiles());
    const mine = order();
    await journal.intent(mine, mark);
    await journal.sent(mine.jobId);

    await journal.intent(mine, mark);

    expect(journal.find(mine.jobId)?.sentAt).to.equal(null);
  });

  it("writes together what comes while the disk is busy", async () => {
    const files = memoryFiles();
    const journal = await open(files);
    await journal.intent(order(), mark); // makes the reserve
    let writes = 0;
    files.onWrite = () => writes++;
    const orders = [order(), order(), order(), order()];

    await Promise.all(orders.map((each) => journal.intent(each, mark)));
    expect(writes).to.equal(1);
    await Promise.all(orders.map(({ jobId }) => journal.sent(jobId)));
    expect(writes).to.equal(2);

    const reopened = await open(memoryFiles(files.content));
    for (const { jobId } of orders) expect(reopened.find(jobId)?.sentAt).to.be.a("number");
  });

  it("writes an acknowledgement with the next record, or when it is closed", async () => {
    const files = memoryFiles();
    const first = await open(files);
    const [one, other] = [order(), order()];
    for (const { jobId } of [one, other]) await first.outcome(receiptFor(jobId, first));
    const endOf = async ({ jobId }: JobOrder) => (await open(memoryFiles(files.content))).find(jobId)?.end;

    first.acked(one.jobId);
    expect(first.find(one.jobId)?.end).to.equal("acked");
    expect(await endOf(one)).to.equal(null);
    await first.intent(order(), mark);
    expect(await endOf(one)).to.equal("acked");

    first.acked(other.jobId);
    await first.close();
    expect(await endOf(other)).to.equal("acked");
  });

  it("knows the newest write of a user that may have left, and forgets one that has not", async () => {
    const files = memoryFiles();
    const journal = await open(files);
    const [first, second] = [order(), { ...order(), userSequence: 2 }];
    for (const each of [second, first]) {
      await journal.intent(each, mark);
      await journal.sent(each.jobId);
    }
    expect(journal.newestSent(USER)).to.equal(2);
    expect((await open(memoryFiles(files.content))).newestSent(USER)).to.equal(2);

    await journal.intent(second, mark);
    expect(journal.newestSent(USER)).to.equal(1);
    await journal.intent(first, mark);
    expect(journal.newestSent(USER)).to.equal(0);
    expect(journal.newestSent("d".repeat(32))).to.equal(0);
  });

  it("replaces an unknown verdict by the definite one", async () => {
    const files = memoryFiles();
    const first = await open(files);
    const { jobId } = order();
    await first.outcome(receiptFor(jobId, first, "unknown"));
    first.acked(jobId);
    await first.outcome(receiptFor(jobId, first));
    await first.close();

    const journal = await open(files);

    expect(journal.find(jobId)).to.include({ end: null });
    expect(journal.find(jobId)?.receipt?.verdict.state).to.equal("applied");
  });

  it("remembers the brake, and since when", async () => {
    const files = memoryFiles();
    const clock = createManualClock();
    const first = await open(files, clock);
    await first.setBrake("hour");
    await first.close();

    const journal = await open(files);

    expect(journal.brake).to.deep.equal({ engaged: "hour", at: clock.now() });
  });

  it("forgets decided jobs after thirty days but keeps unacknowledged receipts and the chain", async () => {
    const files = memoryFiles();
    const clock = createManualClock();
    const first = await open(files, clock);
    const [old, unacknowledged] = [newId(), newId()];
    await first.outcome(receiptFor(unacknowledged, first));
    await first.outcome(receiptFor(old, first));
    first.acked(old);
    const { lastReceipt } = first;
    await first.close();
    await clock.advance(29 * DAY_MS);
    // Every rewrite after a torn tail is a compaction.
    const tear = (): void =>
      void files.content.set(
        LOG,
        Buffer.concat([files.content.get(LOG) ?? Buffer.alloc(0), Buffer.from("torn")]),
      );
    tear();
    const second = await open(memoryFiles(files.content), clock);
    expect(second.find(old)).to.include({ end: "acked" });

    await clock.advance(2 * DAY_MS);
    const later = memoryFiles(files.content);
    const journal = await open(later, clock);
    await journal.close();
    const reopened = await open(later, clock);

    expect(reopened.find(old)).to.equal(undefined);
    expect(reopened.find(unacknowledged)?.receipt).to.not.equal(null);
    expect(reopened.lastReceipt).to.equal(lastReceipt);
  });

  it("does not grow for ever: it compacts itself while it runs", async () => {
    const files = memoryFiles();
    const journal = await open(files);
    const mine = order();
    for (let i = 0; i < 6_000; i++) await journal.intent(mine, mark);

    expect(files.content.get(LOG)?.length).to.be.lessThan(1024 * 1024 + 4_096);
    expect(journal.find(mine.jobId)?.order).to.deep.equal(mine);
  });

  describe("damage (F-21)", () => {
    it("shows a prefix of the truth for a cut at every byte, and never a job as unsent that it cannot prove", async () => {
      const files = memoryFiles();
      const { acked, sent } = await fill(files);
      const whole = files.content.get(LOG) ?? Buffer.alloc(0);
      const truth = (await open(memoryFiles(files.content))).entries();

      for (let length = 0; length < whole.length; length++) {
        const journal = await open(memoryFiles([[LOG, whole.subarray(0, length)]]));

        const isBoundary = decodeRecords(whole.subarray(0, length)).damage === "none";
        for (const entry of journal.entries()) {
          const original = truth.find(({ jobId }) => jobId === entry.jobId);
          if (entry.receipt !== null) expect(entry.receipt).to.deep.equal(original?.receipt);
          if (entry.order !== null) expect(entry.order).to.deep.equal(original?.order);
          if (!isBoundary && entry.receipt === null)
            expect(entry.sentAt, `cut at ${length}`).to.be.a("number");
        }
        if (length > whole.length - 100) expect(journal.find(acked)?.end).to.equal("acked");
        expect(journal.find(sent)?.receipt ?? null).to.equal(null);
      }
    });

    it("is noticed for flipped bits in every byte, is set aside, and never turns SENT into unsent", async () => {
      const files = memoryFiles();
      const { sent } = await fill(files);
      const whole = files.content.get(LOG) ?? Buffer.alloc(0);
      const truth = (await open(memoryFiles(files.content))).entries();

      for (let bit = 0; bit < whole.length * 8; bit += 3) {
        const bytes = Buffer.from(whole);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const damaged = memoryFiles([[LOG, bytes]]);
        const { damage } = decodeRecords(bytes);
        expect(damage, `bit ${bit}`).to.not.equal("none");

        const journal = await open(damaged);

        for (const entry of journal.entries()) {
          const original = truth.find(({ jobId }) => jobId === entry.jobId);
          expect(original, `bit ${bit}`).to.not.equal(undefined);
          if (entry.receipt !== null) expect(entry.receipt).to.deep.equal(original?.receipt);
          if (entry.receipt === null) expect(entry.sentAt).to.be.a("number");
        }
        if (journal.find(sent) !== undefined) expect(journal.find(sent)?.sentAt).to.be.a("number");
        if (damage === "middle") expect(asideOf(damaged)).to.have.length(1);
      }
    }).timeout(30_000);

    it("starts anew from an empty file", async () => {
      const files = memoryFiles([[LOG, Buffer.alloc(0)]]);

      expect((await open(files)).entries()).to.deep.equal([]);
      expect(asideOf(files)).to.deep.equal([]);
    });

    it("takes nothing from the journal of another agent", async () => {
      const files = memoryFiles();
      await fill(files);

      const journal = await open(files, createManualClock(), newId());

      expect(journal.entries()).to.deep.equal([]);
      expect(asideOf(files)).to.have.length(1);
    });

    it("sets a file of a newer format aside and keeps the records it understands", async () => {
      const files = memoryFiles();
      const { sent } = await fill(files);
      const header = { kind: "header", at: 1, version: 2 as 1, agentId } as const;
      const old = encodeRecord({ ...header, version: 1, at: createManualClock().now() });
      const records = (files.content.get(LOG) ?? Buffer.alloc(0)).subarray(old.length);
      const newer = memoryFiles([[LOG, Buffer.concat([encodeRecord(header), records])]]);

      const journal = await open(newer);

      expect(journal.find(sent)?.sentAt).to.be.a("number");
      expect(asideOf(newer)).to.have.length(1);
    });

    it("is the same after the damage was mended", async () => {
      const files = memoryFiles();
      const { sent, intended } = await fill(files);
      files.content.set(
        LOG,
        Buffer.concat([files.content.get(LOG) ?? Buffer.alloc(0), Buffer.from([0, 0, 0])]),
      );
      const mended = memoryFiles(files.content);
      await (await open(mended)).close();

      const journal = await open(mended);

      expect(decodeRecords(mended.content.get(LOG) ?? Buffer.alloc(0)).damage).to.equal("none");
      expect(journal.find(sent)?.sentAt).to.be.a("number");
      expect(journal.find(intended)?.sentAt, "it cannot prove that it was not sent").to.be.a("number");
    });
  });

  describe("a full or failing disk (F-20)", () => {
    it("refuses new jobs at a short write, leaves no torn bytes, and goes on when there is space", async () => {
      const files = memoryFiles();
      const journal = await open(files);
      await journal.intent(order(), mark);
      const length = files.content.get(LOG)?.length;
      files.faults.freeBytes = 50;
      const mine = order();

      expect((await rejection(journal.intent(mine, mark))).code).to.equal("JOURNAL_UNAVAILABLE");
      expect(journal.isAvailable).to.equal(false);
      expect(journal.find(mine.jobId)).to.equal(undefined);
      expect(files.content.get(LOG)?.length).to.equal(length);

      files.faults.freeBytes = Infinity;
      await journal.intent(mine, mark);
      expect(journal.isAvailable).to.equal(true);
      expect((await open(memoryFiles(files.content))).find(mine.jobId)).to.not.equal(undefined);
    });

    it("writes an outcome into the space it kept for that", async () => {
      const files = memoryFiles();
      const journal = await open(files);
      const mine = order();
      await journal.intent(mine, mark);
      await journal.sent(mine.jobId);
      files.faults.freeBytes = 0;

      await journal.outcome(receiptFor(mine.jobId, journal));

      expect(files.content.has(RESERVE)).to.equal(false);
      expect((await open(memoryFiles(files.content))).find(mine.jobId)?.receipt).to.not.equal(null);
    });

    it("takes no new job before the reserve is back", async () => {
      const files = memoryFiles();
      const journal = await open(files);
      const mine = order();
      await journal.intent(mine, mark);
      files.faults.freeBytes = 0;
      await journal.outcome(receiptFor(mine.jobId, journal));
      files.faults.freeBytes = 10_000;

      expect((await rejection(journal.intent(order(), mark))).code).to.equal("JOURNAL_UNAVAILABLE");
      expect(files.content.has(RESERVE), "half a reserve would only take space").to.equal(false);

      files.faults.freeBytes = Infinity;
      await journal.intent(order(), mark);
      expect(files.content.get(RESERVE)?.length).to.equal(1024 * 1024);
    });

    it("keeps an outcome in memory when even that fails, and writes it with the next record", async () => {
      const files = memoryFiles();
      const journal = await open(files);
      const mine = order();
      await journal.intent(mine, mark);
      files.faults.broken.add("write");

      await journal.outcome(receiptFor(mine.jobId, journal));

      expect(journal.find(mine.jobId)?.receipt).to.not.equal(null);
      expect((await open(memoryFiles(files.content))).find(mine.jobId)?.receipt).to.equal(null);
      files.faults.broken.clear();
      await journal.intent(order(), mark);
      expect((await open(memoryFiles(files.content))).find(mine.jobId)?.receipt).to.not.equal(null);
    });

    it("makes a new file when a failed write cannot be cut back", async () => {
      const files = memoryFiles();
      const journal = await open(files);
      const [first, second] = [order(), order()];
      await journal.intent(first, mark);
      files.faults.broken.add("write").add("truncate");
      await rejection(journal.intent(second, mark));
      files.faults.broken.clear();

      await journal.intent(second, mark);

      const reopened = await open(memoryFiles(files.content));
      expect(reopened.find(first.jobId)?.order).to.deep.equal(first);
      expect(reopened.find(second.jobId)?.order).to.deep.equal(second);
    });

    it("refuses every job that was waiting for one failed write, and takes them when they come again", async () => {
      const files = memoryFiles();
      const journal = await open(files);
      const orders = [order(), order(), order()];
      files.faults.broken.add("write");
      const refused = await Promise.all(orders.map((each) => rejection(journal.intent(each, mark))));
      expect(refused.map(({ code }) => code)).to.deep.equal(Array(3).fill("JOURNAL_UNAVAILABLE"));
      expect(journal.entries()).to.deep.equal([]);
      files.faults.broken.clear();

      await Promise.all(orders.map((each) => journal.intent(each, mark)));

      const reopened = await open(memoryFiles(files.content));
      expect(reopened.entries().map((entry) => entry.order)).to.deep.equal(orders);
    });

    it("starts on a read-only disk, serves what it knows and takes no job", async () => {
      const files = memoryFiles();
      const { acked } = await fill(files);
      for (const call of ["open", "write", "rename"] as const) files.faults.broken.add(call);

      const journal = await open(files);

      expect(journal.isAvailable).to.equal(false);
      expect(journal.find(acked)?.receipt).to.not.equal(null);
      expect((await rejection(journal.intent(order(), mark))).code).to.equal("JOURNAL_UNAVAILABLE");
    });
  });
});
