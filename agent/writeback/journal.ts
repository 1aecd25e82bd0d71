/**
 * Records what this agent writes: append-only, and on disk before anything depends on it. It holds no password. A
 * restarted agent reads from it what it may have sent, which receipts the cloud has not acknowledged, and which jobs
 * are done for good.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Clock } from "../../shared/clock.ts";
import { AppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import type { JobOrder } from "../../shared/sealing/job.ts";
import type { Receipt } from "../../shared/sealing/receipt.ts";
import type { Closable } from "../../shared/shutdown.ts";
import type { AccountMark } from "../../shared/writeback.ts";
import type { BrakeLimit } from "./brakes.ts";
import { type JournalFile, type JournalFiles, systemFiles } from "./journal-files.ts";
import { decodeRecords, encodeRecord, type JournalRecord } from "./journal-records.ts";
import { type BrakeMemory, type JournalEntry, JournalState } from "./journal-state.ts";

export interface JournalDeps {
  readonly stateDirectory: string;
  readonly agentId: string;
  readonly log: Logger;
  readonly clock: Clock;
  readonly files?: JournalFiles | undefined;
}

const JOURNAL_FILE = "journal.log";
/** A file that reserves space. It is deleted when the disk is full, so that completed work can still be recorded. */
const RESERVE_FILE = "journal.reserve";
const RESERVE_BYTES = 1024 * 1024;
/** Compaction begins at this size, and when the file has doubled since the last one. */
const COMPACT_ABOVE_BYTES = 1024 * 1024;

/** Throws JOURNAL_UNAVAILABLE when the file is there and cannot be read. Damage is set aside and logged, not thrown. */
export async function openJournal(deps: JournalDeps): Promise<Journal> {
  const journal = new Journal(deps);
  await journal.load();
  return journal;
}

/** Records that go to disk in one write. More may join until the write begins. */
interface Promised {
  readonly records: JournalRecord[];
  readonly written: Promise<void>;
}

/**
 *   available ──(a write fails)──► unavailable ──(a write succeeds)──► available          either ──(close)──► closed
 *
 * While it is unavailable the agent takes no new jobs, but every write tries again.
 *
 * A record reaches the disk in one of two ways:
 *
 *   promised (intent, sent)              before the action: on disk first, then in memory.
 *                                        The action happens only if the record is on disk.
 *   owed (outcome, closed, brake, ack)   after the action: in memory at once, then on disk.
 *                                        The action has happened even if the disk fails.
 */
class Journal implements Closable {
  readonly #agentId: string;
  readonly #stateDirectory: string;
  readonly #path: string;
  readonly #reservePath: string;
  readonly #files: JournalFiles;
  readonly #log: Logger;
  readonly #clock: Clock;

  readonly #state = new JournalState();
  /** Undefined when the file on disk cannot be trusted: then the next write makes a new one from memory. */
  #file: JournalFile | undefined;
  #length = 0;
  #compactAbove = COMPACT_ABOVE_BYTES;
  #hasReserve = false;
  #condition: "available" | "unavailable" | "closed" = "available";
  /** Records that count in memory and are not on disk yet. */
  readonly #owed: JournalRecord[] = [];
  #lastTurn: Promise<unknown> = Promise.resolve();
  #promised: Promised | undefined;
  #noted: Promise<void> | undefined;

  constructor({ stateDirectory, agentId, log, clock, files = systemFiles }: JournalDeps) {
    this.#agentId = agentId;
    this.#stateDirectory = stateDirectory;
    this.#path = join(stateDirectory, JOURNAL_FILE);
    this.#reservePath = join(stateDirectory, RESERVE_FILE);
    this.#files = files;
    this.#log = log;
    this.#clock = clock;
  }

  /** Reads the file. `openJournal` calls it once, before anything else. */
  async load(): Promise<void> {
    try {
      await this.#load();
    } catch (error) {
      throw new AppError("JOURNAL_UNAVAILABLE", `The journal ${this.#path} cannot be read.`, {
        cause: error,
      });
    }
  }

  /** False after a failed write: the agent takes no new jobs then. Every write tries again. */
  get isAvailable(): boolean {
    return this.#condition === "available";
  }
  get lastReceipt(): string {
    return this.#state.lastReceipt;
  }
  get brake(): BrakeMemory {
    return this.#state.brake;
  }
  find(jobId: string): JournalEntry | undefined {
    return this.#state.entries.get(jobId);
  }
  entries(): JournalEntry[] {
    return [...this.#state.entries.values()];
  }
  /** The highest `userSequence` of this user's writes that may have been sent; 0: none. */
  newestSent(userId: string): number {
    return this.#state.newestSent(userId);
  }

  // These two records are on disk when the calls resolve. If they throw JOURNAL_UNAVAILABLE, the record is not on disk
  // and the job must not continue.
  intent(order: JobOrder, mark: AccountMark | null): Promise<void> {
    return this.#promise({ kind: "intent", at: this.#clock.now(), jobId: order.jobId, order, mark });
  }
  sent(jobId: string): Promise<void> {
    return this.#promise({ kind: "sent", at: this.#clock.now(), jobId });
  }

  // These records count at once, in memory, and the calls never throw. On a full disk the reserved space is used,
  // otherwise they are written later.
  outcome(receipt: Receipt): Promise<void> {
    return this.#note({ kind: "outcome", at: this.#clock.now(), receipt });
  }
  closed(jobId: string): Promise<void> {
    return this.#note({ kind: "closed", at: this.#clock.now(), jobId });
  }
  setBrake(engaged: BrakeLimit | null): Promise<void> {
    return this.#note({ kind: "brake", at: this.#clock.now(), engaged });
  }

  /** Counts at once, but reaches the disk with the next other record. A restart before that sends the receipt once more. */
  acked(jobId: string): void {
    this.#owe({ kind: "acked", at: this.#clock.now(), jobId });
  }

  async close(): Promise<void> {
    // If the disk fails now, the agent sends the receipt once more after its next start.
    await this.#inTurn(() => (this.#owed.length === 0 ? Promise.resolve() : this.#append())).catch(
      () => undefined,
    );
    this.#condition = "closed";
    await this.#file?.close();
    this.#file = undefined;
  }

  /** Runs one piece of work after the other, because all of them write to the end of the file. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#lastTurn.then(work);
    this.#lastTurn = turn.catch(() => undefined); // the caller that waits for the turn handles it
    return turn;
  }

  #setCondition(condition: "available" | "unavailable", error?: unknown): void {
    if (condition === this.#condition || this.#condition === "closed") return;
    this.#condition = condition;
    if (condition === "available") this.#log.info("writeback.journal.recovered");
    else this.#log.error("writeback.journal.failed", { code: "JOURNAL_UNAVAILABLE", error });
  }

  /** Replaces the file atomically by a new one with the same meaning. */
  async #rewrite(): Promise<void> {
    const covered = this.#owed.length;
    const bytes = Buffer.concat(this.#state.compact(this.#agentId, this.#clock.now()).map(encodeRecord));
    const temporary = `${this.#path}.new`;
    await this.#files.remove(temporary);
    const fresh = await this.#files.open(temporary);
    try {
      await writeAll(fresh, bytes, 0);
      await this.#files.rename(temporary, this.#path);
      await this.#files.syncDirectory(this.#stateDirectory);
    } catch (error) {
      await fresh.close().catch(() => undefined); // the first error says more
      throw error;
    }
    await this.#file?.close().catch(() => undefined); // the journal writes to the old file no more
    this.#file = fresh;
    this.#length = bytes.length;
    this.#compactAbove = Math.max(COMPACT_ABOVE_BYTES, this.#length * 2);
    this.#owed.splice(0, covered);
  }

  /** Writes the owed records, then these, in one write. */
  async #append(...records: readonly JournalRecord[]): Promise<void> {
    if (this.#condition === "closed") throw new Error("the journal is closed");
    if (this.#file === undefined) await this.#rewrite();
    const covered = this.#owed.length;
    const bytes = Buffer.concat([...this.#owed, ...records].map(encodeRecord));
    if (this.#file === undefined || bytes.length === 0) return;
    try {
      await writeAll(this.#file, bytes, this.#length);
    } catch (error) {
      await this.#cutBack(this.#file);
      throw error;
    }
    this.#length += bytes.length;
    this.#owed.splice(0, covered);
  }

  /** Removes a torn record from the end, or it would hide what is appended later. */
  async #cutBack(torn: JournalFile): Promise<void> {
    try {
      await torn.truncate(this.#length);
    } catch {
      this.#file = undefined;
      await torn.close().catch(() => undefined); // the file has already been given up
    }
  }

  async #keepReserve(): Promise<void> {
    if (this.#hasReserve) return;
    const reserve = await this.#files.open(this.#reservePath);
    try {
      await writeAll(reserve, randomBytes(RESERVE_BYTES), 0);
      this.#hasReserve = true;
    } finally {
      await reserve.close();
      if (!this.#hasReserve) await this.#files.remove(this.#reservePath);
    }
  }

  /** Records that come while the disk is busy go in one write. */
  #promise(record: JournalRecord): Promise<void> {
    if (this.#promised !== undefined) {
      this.#promised.records.push(record);
      return this.#promised.written;
    }
    const records = [record];
    const written = this.#inTurn(() => this.#writePromised(records));
    this.#promised = { records, written };
    return written;
  }
  async #writePromised(records: readonly JournalRecord[]): Promise<void> {
    this.#promised = undefined;
    try {
      await this.#keepReserve();
      await this.#append(...records);
    } catch (error) {
      this.#setCondition("unavailable", error);
      throw new AppError("JOURNAL_UNAVAILABLE", undefined, { cause: error });
    }
    for (const record of records) this.#state.apply(record);
    this.#setCondition("available");
    if (this.#length > this.#compactAbove)
      await this.#rewrite().catch((error: unknown) => this.#setCondition("unavailable", error));
  }

  #owe(record: JournalRecord): void {
    this.#state.apply(record);
    this.#owed.push(record);
  }
  #note(record: JournalRecord): Promise<void> {
    this.#owe(record);
    this.#noted ??= this.#inTurn(() => this.#writeOwed());
    return this.#noted;
  }
  async #writeOwed(): Promise<void> {
    this.#noted = undefined;
    try {
      await this.#append().catch(async (error: unknown) => {
        if (!this.#hasReserve) throw error;
        this.#hasReserve = false;
        await this.#files.remove(this.#reservePath);
        await this.#append();
      });
    } catch (error) {
      this.#setCondition("unavailable", error);
    }
  }

  async #load(): Promise<void> {
    const bytes = await this.#files.read(this.#path);
    this.#hasReserve = (await this.#files.read(this.#reservePath))?.length === RESERVE_BYTES;
    const { records, goodBytes, damage } = decodeRecords(bytes ?? Buffer.alloc(0));
    const header = records[0]?.kind === "header" ? records[0] : undefined;
    const isForeign = header !== undefined && header.agentId !== this.#agentId;
    if (!isForeign) for (const record of records) this.#state.apply(record);
    if (damage !== "none") this.#state.distrust();
    if (damage === "tail") this.#log.warn("writeback.journal.truncated", { goodBytes, bytes: bytes?.length });

    // The agent starts even with a full or read-only disk: it still answers what it knows, and every write tries again.
    try {
      const isEmpty = bytes === null || bytes.length === 0;
      if (isForeign || damage === "middle" || (header === undefined && !isEmpty)) {
        const aside = `${this.#path}.damaged-${this.#clock.now()}`;
        await this.#files.rename(this.#path, aside);
        const reason = isForeign ? "it belongs to another agent" : "records in it were altered";
        this.#log.error("writeback.journal.set_aside", {
          file: aside,
          reason,
          kept: this.#state.entries.size,
        });
        await this.#rewrite();
      } else if (isEmpty || damage === "tail" || goodBytes > this.#compactAbove) {
        await this.#rewrite();
      } else {
        this.#file = await this.#files.open(this.#path);
        this.#length = goodBytes;
      }
    } catch (error) {
      this.#setCondition("unavailable", error);
    }
  }
}
export type { Journal };

/** Resolves when all bytes are on disk. A short write means that the disk is full but has not reported it yet. */
async function writeAll(file: JournalFile, bytes: Buffer, position: number): Promise<void> {
  const written = await file.write(bytes, position);
  if (written !== bytes.length)
    throw new Error(`${written} of ${bytes.length} bytes were written: is the disk full?`);
}
