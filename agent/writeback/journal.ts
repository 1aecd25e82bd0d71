/**
 * The agent's memory of its writes: append-only, on disk before anything depends on it. It holds no password. A restarted
 * agent knows from it what it may have sent, which receipts the cloud has not acknowledged, and which jobs are done for good.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Clock } from "../../shared/clock.ts";
import { AppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import type { JobOrder } from "../../shared/sealing/job.ts";
import type { Receipt } from "../../shared/sealing/receipt.ts";
import type { AccountMark } from "../../shared/writeback.ts";
import type { BrakeLimit } from "./brakes.ts";
import { type JournalFile, type JournalFiles, systemFiles } from "./journal-files.ts";
import { decodeRecords, encodeRecord, type JournalRecord } from "./journal-records.ts";
import { type BrakeMemory, type JournalEntry, JournalState } from "./journal-state.ts";

export interface Journal {
  /** False after a failed write: no new jobs then. Every write tries again. */
  readonly isAvailable: boolean;
  readonly lastReceipt: string;
  readonly brake: BrakeMemory;
  find(jobId: string): JournalEntry | undefined;
  entries(): JournalEntry[];
  /** The highest `userSequence` of this user's writes that may have left; 0: none. */
  newestSent(userId: string): number;

  /** These two are on disk when they resolve. Throw JOURNAL_UNAVAILABLE: then they are not there, and the job must not go on. */
  intent(order: JobOrder, mark: AccountMark | null): Promise<void>;
  sent(jobId: string): Promise<void>;

  /** These count at once, in memory, and never throw: on a full disk they take the reserve, and else are written later. */
  outcome(receipt: Receipt): Promise<void>;
  closed(jobId: string): Promise<void>;
  setBrake(engaged: BrakeLimit | null): Promise<void>;

  /** Counts at once, and is on disk with the next of the others: until then, a restart would send the receipt once more. */
  acked(jobId: string): void;

  close(): Promise<void>;
}

export interface JournalOptions {
  readonly stateDirectory: string;
  readonly agentId: string;
  readonly log: Logger;
  readonly clock: Clock;
  readonly files?: JournalFiles | undefined;
}

const JOURNAL_FILE = "journal.log";
/** Space that is given back when the disk is full, so that what was done can still be written down. */
const RESERVE_FILE = "journal.reserve";
const RESERVE_BYTES = 1024 * 1024;
/** Compaction begins at this size, and when the file has doubled since the last one. */
const COMPACT_ABOVE_BYTES = 1024 * 1024;

/** Throws JOURNAL_UNAVAILABLE when the file is there and cannot be read. Damage is set aside and logged, not thrown. */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { stateDirectory, agentId, log, clock, files = systemFiles } = options;
  const path = join(stateDirectory, JOURNAL_FILE);
  const reservePath = join(stateDirectory, RESERVE_FILE);

  const state = new JournalState();
  /** Undefined when the file on disk cannot be trusted: then the next write makes a new one from memory. */
  let file: JournalFile | undefined;
  let length = 0;
  let compactAbove = COMPACT_ABOVE_BYTES;
  let hasReserve = false;
  let isAvailable = true;
  /** Counted in memory and not on disk yet. */
  const owed: JournalRecord[] = [];
  let last: Promise<unknown> = Promise.resolve();
  /** What waits for its turn, and more may join until then. */
  let promised: { readonly records: JournalRecord[]; readonly written: Promise<void> } | undefined;
  let noted: Promise<void> | undefined;
  let isClosed = false;

  /** One after the other: the file has one end. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    const mine = last.then(work);
    last = mine.catch(() => undefined); // whoever waits for it handles it
    return mine;
  }

  function setAvailable(available: boolean, error?: unknown): void {
    if (available === isAvailable) return;
    isAvailable = available;
    if (available) log.info("writeback.journal.recovered");
    else log.error("writeback.journal.failed", { code: "JOURNAL_UNAVAILABLE", error });
  }

  /** A new file with the same meaning takes the place of the old one, at once or not at all. */
  async function rewrite(): Promise<void> {
    const covered = owed.length;
    const bytes = Buffer.concat(state.compact(agentId, clock.now()).map(encodeRecord));
    const temporary = `${path}.new`;
    await files.remove(temporary);
    const fresh = await files.open(temporary);
    try {
      await writeAll(fresh, bytes, 0);
      await files.rename(temporary, path);
      await files.syncDirectory(stateDirectory);
    } catch (error) {
      await fresh.close().catch(() => undefined); // the first error says more
      throw error;
    }
    await file?.close().catch(() => undefined); // nothing is written to the old one any more
    file = fresh;
    length = bytes.length;
    compactAbove = Math.max(COMPACT_ABOVE_BYTES, length * 2);
    owed.splice(0, covered);
  }

  /** What is owed, then these, in one write. */
  async function append(...records: readonly JournalRecord[]): Promise<void> {
    if (isClosed) throw new Error("the journal is closed");
    if (file === undefined) await rewrite();
    const covered = owed.length;
    const bytes = Buffer.concat([...owed, ...records].map(encodeRecord));
    if (file === undefined || bytes.length === 0) return;
    try {
      await writeAll(file, bytes, length);
    } catch (error) {
      await cutBack(file);
      throw error;
    }
    length += bytes.length;
    owed.splice(0, covered);
  }

  /** Nothing torn may stay behind the last good record, or it would hide what is appended later. */
  async function cutBack(torn: JournalFile): Promise<void> {
    try {
      await torn.truncate(length);
    } catch {
      file = undefined;
      await torn.close().catch(() => undefined); // it is given up already
    }
  }

  async function keepReserve(): Promise<void> {
    if (hasReserve) return;
    const reserve = await files.open(reservePath);
    try {
      await writeAll(reserve, randomBytes(RESERVE_BYTES), 0);
      hasReserve = true;
    } finally {
      await reserve.close();
      if (!hasReserve) await files.remove(reservePath);
    }
  }

  /** Before the deed: without it on disk there is no deed. Those that come while the disk is busy go in one write. */
  function promise(record: JournalRecord): Promise<void> {
    if (promised !== undefined) {
      promised.records.push(record);
      return promised.written;
    }
    const records = [record];
    const written = inTurn(async () => {
      promised = undefined;
      try {
        await keepReserve();
        await append(...records);
      } catch (error) {
        setAvailable(false, error);
        throw new AppError("JOURNAL_UNAVAILABLE", undefined, { cause: error });
      }
      for (const each of records) state.apply(each);
      setAvailable(true);
      if (length > compactAbove) await rewrite().catch((error: unknown) => setAvailable(false, error));
    });
    promised = { records, written };
    return written;
  }

  /** After the deed: it happened, whether the disk takes it or not. */
  function owe(record: JournalRecord): void {
    state.apply(record);
    owed.push(record);
  }
  function note(record: JournalRecord): Promise<void> {
    owe(record);
    noted ??= inTurn(async () => {
      noted = undefined;
      try {
        await append().catch(async (error: unknown) => {
          if (!hasReserve) throw error;
          hasReserve = false;
          await files.remove(reservePath);
          await append();
        });
      } catch (error) {
        setAvailable(false, error);
      }
    });
    return noted;
  }

  async function load(): Promise<void> {
    const bytes = await files.read(path);
    hasReserve = (await files.read(reservePath))?.length === RESERVE_BYTES;
    const { records, goodBytes, damage } = decodeRecords(bytes ?? Buffer.alloc(0));
    const header = records[0]?.kind === "header" ? records[0] : undefined;
    const isForeign = header !== undefined && header.agentId !== agentId;
    if (!isForeign) for (const record of records) state.apply(record);
    if (damage !== "none") state.distrust();
    if (damage === "tail") log.warn("writeback.journal.truncated", { goodBytes, bytes: bytes?.length });

    // A full or read-only disk is no reason not to start: what is known is still served, and every write tries again.
    try {
      const isEmpty = bytes === null || bytes.length === 0;
      if (isForeign || damage === "middle" || (header === undefined && !isEmpty)) {
        const aside = `${path}.damaged-${clock.now()}`;
        await files.rename(path, aside);
        const reason = isForeign ? "it belongs to another agent" : "records in it were altered";
        log.error("writeback.journal.set_aside", { file: aside, reason, kept: state.entries.size });
        await rewrite();
      } else if (isEmpty || damage === "tail" || goodBytes > compactAbove) {
        await rewrite();
      } else {
        file = await files.open(path);
        length = goodBytes;
      }
    } catch (error) {
      setAvailable(false, error);
    }
  }

  try {
    await load();
  } catch (error) {
    throw new AppError("JOURNAL_UNAVAILABLE", `The journal ${path} cannot be read.`, { cause: error });
  }

  return {
    get isAvailable() {
      return isAvailable;
    },
    get lastReceipt() {
      return state.lastReceipt;
    },
    get brake() {
      return state.brake;
    },
    find: (jobId) => state.entries.get(jobId),
    entries: () => [...state.entries.values()],
    newestSent: (userId) => state.newestSent(userId),
    intent: (order, mark) => promise({ kind: "intent", at: clock.now(), jobId: order.jobId, order, mark }),
    sent: (jobId) => promise({ kind: "sent", at: clock.now(), jobId }),
    outcome: (receipt) => note({ kind: "outcome", at: clock.now(), receipt }),
    acked: (jobId) => owe({ kind: "acked", at: clock.now(), jobId }),
    closed: (jobId) => note({ kind: "closed", at: clock.now(), jobId }),
    setBrake: (engaged) => note({ kind: "brake", at: clock.now(), engaged }),
    async close() {
      // What the disk does not take now, the next life sends once more.
      await inTurn(() => (owed.length === 0 ? Promise.resolve() : append())).catch(() => undefined);
      isClosed = true;
      await file?.close();
      file = undefined;
    },
  };
}

/** On disk when it resolves. A short write is a full disk that has not said so yet. */
async function writeAll(file: JournalFile, bytes: Buffer, position: number): Promise<void> {
  const written = await file.write(bytes, position);
  if (written !== bytes.length)
    throw new Error(`${written} of ${bytes.length} bytes were written: is the disk full?`);
}
