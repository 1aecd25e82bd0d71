/**
 * Derives the state of each job from the journal's records. No I/O, so that the same rules apply to the file at the
 * start and to every appended record.
 */
import { DAY_MS } from "../../shared/durations.ts";
import type { JobOrder } from "../../shared/sealing/job.ts";
import { FIRST_RECEIPT, hashReceipt, type Receipt } from "../../shared/sealing/receipt.ts";
import type { AccountMark } from "../../shared/writeback.ts";
import type { BrakeLimit } from "./brakes.ts";
import { JOURNAL_VERSION, type JournalRecord } from "./journal-records.ts";

/**
 * The life of a job on this agent:
 *
 *   intent ──► sent ──► outcome ──► acked          intent ──► outcome (refused)          intent ──► closed
 *     ▲          │         └──► outcome (an `unknown` became definite) ──► acked
 *     └──────────┘ the modify was not sent after all
 */
export interface JournalEntry {
  readonly jobId: string;
  /** Null when the record was lost to damage. */
  readonly order: JobOrder | null;
  /** The account as it was before the first write. */
  readonly mark: AccountMark | null;
  /** Epoch ms. When it is set, the modify may have been sent, and only reading the account can tell. */
  readonly sentAt: number | null;
  readonly receipt: Receipt | null;
  /** acked: the cloud has the receipt. closed: decided without this agent. */
  readonly end: "acked" | "closed" | null;
  /** Epoch ms of its last record. */
  readonly at: number;
}

export interface BrakeMemory {
  readonly engaged: BrakeLimit | null;
  /** Epoch ms of engaging or releasing it; writes before a release do not count. */
  readonly at: number;
}

const KEEP_DECIDED_MS = 30 * DAY_MS;
const KEEP_UNDECIDED_MS = DAY_MS;

export class JournalState {
  readonly entries = new Map<string, JournalEntry>();
  /** The value that `previous` of the next receipt must have. */
  lastReceipt = FIRST_RECEIPT;
  brake: BrakeMemory = { engaged: null, at: 0 };
  /** User id → highest sequence of what was sent. */
  readonly #newestSent = new Map<string, number>();

  apply(record: JournalRecord): void {
    switch (record.kind) {
      case "header":
        return;
      case "brake":
        this.brake = { engaged: record.engaged, at: record.at };
        return;
      case "chain":
        this.lastReceipt = record.lastReceipt;
        return;
      case "intent":
        this.#update(record.jobId, record.at, {
          order: record.order,
          mark: record.mark,
          sentAt: null,
          end: null,
        });
        return;
      case "sent":
        this.#update(record.jobId, record.at, { sentAt: record.at });
        return;
      case "outcome":
        this.lastReceipt = hashReceipt(record.receipt);
        this.#update(record.receipt.jobId, record.at, { receipt: record.receipt, end: null });
        return;
      case "acked":
      case "closed":
        this.#update(record.jobId, record.at, { end: record.kind });
        return;
    }
  }

  /** The highest `userSequence` of this user's writes that may have been sent; 0: none. */
  newestSent(userId: string): number {
    return this.#newestSent.get(userId) ?? 0;
  }

  /** Counts undecided jobs as sent: a journal that lost records cannot prove that a modify was not sent. */
  distrust(): void {
    for (const entry of this.entries.values())
      if (entry.sentAt === null && entry.receipt === null)
        this.#update(entry.jobId, entry.at, { sentAt: entry.at });
  }

  /** Returns the same state in as few records as possible, and drops entries too old to matter. */
  compact(agentId: string, now: number): JournalRecord[] {
    for (const entry of this.entries.values()) {
      const keepMs = entry.receipt !== null || entry.sentAt !== null ? KEEP_DECIDED_MS : KEEP_UNDECIDED_MS;
      const isOpen = entry.receipt !== null && entry.end === null;
      if (!isOpen && now - entry.at > keepMs) this.entries.delete(entry.jobId);
    }
    return [
      { kind: "header", at: now, version: JOURNAL_VERSION, agentId },
      { kind: "brake", ...this.brake },
      ...[...this.entries.values()].flatMap(recordsOf),
      { kind: "chain", at: now, lastReceipt: this.lastReceipt },
    ];
  }

  #update(jobId: string, at: number, change: Partial<JournalEntry>): void {
    const known = this.entries.get(jobId) ?? {
      jobId,
      order: null,
      mark: null,
      sentAt: null,
      receipt: null,
      end: null,
    };
    const entry = { ...known, ...change, at };
    this.entries.set(jobId, entry);
    if (entry.order === null) return;
    const { userId, userSequence } = entry.order;
    const newest = this.newestSent(userId);
    if (entry.sentAt !== null && userSequence > newest) this.#newestSent.set(userId, userSequence);
    else if (entry.sentAt === null && userSequence === newest) this.#recount(userId);
  }

  /** Finds the newest sent write again after one that counted as sent turned out not to be. */
  #recount(userId: string): void {
    const sent = [...this.entries.values()].flatMap(({ order, sentAt }) =>
      order?.userId === userId && sentAt !== null ? [order.userSequence] : [],
    );
    this.#newestSent.set(userId, Math.max(0, ...sent));
  }
}

function recordsOf({ jobId, order, mark, sentAt, receipt, end, at }: JournalEntry): JournalRecord[] {
  return [
    ...(order === null ? [] : [{ kind: "intent" as const, at, jobId, order, mark }]),
    ...(sentAt === null ? [] : [{ kind: "sent" as const, at: sentAt, jobId }]),
    ...(receipt === null ? [] : [{ kind: "outcome" as const, at, receipt }]),
    ...(end === null ? [] : [{ kind: end, at, jobId }]),
  ];
}
