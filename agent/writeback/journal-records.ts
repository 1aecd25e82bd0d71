/** Defines the journal's records, encodes them, and finds the intact ones among damaged bytes. No I/O. */
import { crc32 } from "node:zlib";
import { z } from "zod";
import { agentIdSchema, base64url, jobIdSchema } from "../../shared/ids.ts";
import { jobOrderSchema } from "../../shared/sealing/job.ts";
import { receiptSchema } from "../../shared/sealing/receipt.ts";
import { accountMarkSchema } from "../../shared/writeback.ts";

export const JOURNAL_VERSION = 1;
export const BRAKE_LIMITS = ["hour", "day"] as const;

const at = z.int().min(0);

/** One record. `at` is epoch ms of the agent's clock. No record ever holds a password, sealed or open. */
export const journalRecordSchema = z.discriminatedUnion("kind", [
  /** The first record of every file. */
  z.strictObject({
    kind: z.literal("header"),
    at,
    version: z.literal(JOURNAL_VERSION),
    agentId: agentIdSchema,
  }),
  /**
   * The agent is about to ask for a grant. A second such record for the same job means that the modify was not sent
   * after all.
   */
  z.strictObject({
    kind: z.literal("intent"),
    at,
    jobId: jobIdSchema,
    order: jobOrderSchema,
    mark: accountMarkSchema.nullable(),
  }),
  /** The modify may have been sent. */
  z.strictObject({ kind: z.literal("sent"), at, jobId: jobIdSchema }),
  /** The job is decided. A later outcome of the same job replaces a verdict `unknown`. */
  z.strictObject({ kind: z.literal("outcome"), at, receipt: receiptSchema }),
  /** The cloud has the receipt. */
  z.strictObject({ kind: z.literal("acked"), at, jobId: jobIdSchema }),
  /** The cloud decided without this agent, which sent nothing. */
  z.strictObject({ kind: z.literal("closed"), at, jobId: jobIdSchema }),
  z.strictObject({ kind: z.literal("brake"), at, engaged: z.enum(BRAKE_LIMITS).nullable() }),
  /** Written at compaction: the hash that the next receipt builds on, whether or not the last receipt is still here. */
  z.strictObject({ kind: z.literal("chain"), at, lastReceipt: base64url(32) }),
]);
export type JournalRecord = z.infer<typeof journalRecordSchema>;

const PREFIX_BYTES = 8;
const MAX_RECORD_BYTES = 16 * 1024;

/** The checksum covers the length too, so that no flipped bit goes unnoticed. */
const checksum = (length: Buffer, json: Buffer): number => crc32(json, crc32(length));

/** `[u32 length][u32 crc][json]`, big endian. */
export function encodeRecord(record: JournalRecord): Buffer {
  const json = Buffer.from(JSON.stringify(record), "utf8");
  if (json.length > MAX_RECORD_BYTES) throw new RangeError(`a journal record of ${json.length} bytes`);
  const bytes = Buffer.alloc(PREFIX_BYTES + json.length);
  bytes.writeUInt32BE(json.length, 0);
  bytes.writeUInt32BE(checksum(bytes.subarray(0, 4), json), 4);
  json.copy(bytes, PREFIX_BYTES);
  return bytes;
}

export interface JournalContent {
  /** Every intact record, in order, including those after damaged bytes. */
  readonly records: readonly JournalRecord[];
  /** Number of bytes before the first damage. Appending continues there. */
  readonly goodBytes: number;
  /**
   * none: every byte belongs to a record. tail: no intact record follows the damage, as after a power cut in the middle
   * of a write. middle: intact records follow it, so the disk failed or the file was altered.
   */
  readonly damage: "none" | "tail" | "middle";
}

/** Never throws: bytes that cannot be read count as damage. */
export function decodeRecords(bytes: Buffer): JournalContent {
  const records: JournalRecord[] = [];
  let goodBytes = 0;
  let damage: JournalContent["damage"] = "none";
  let position = 0;
  while (position < bytes.length) {
    const found = recordAt(bytes, position);
    if (found !== null) {
      records.push(found.record);
      position = found.end;
      if (damage === "none") goodBytes = position;
      else damage = "middle";
    } else {
      if (damage === "none") damage = "tail";
      position++;
    }
  }
  return { records, goodBytes, damage };
}

function recordAt(bytes: Buffer, position: number): { record: JournalRecord; end: number } | null {
  const start = position + PREFIX_BYTES;
  if (start > bytes.length) return null;
  const length = bytes.readUInt32BE(position);
  const end = start + length;
  if (length === 0 || length > MAX_RECORD_BYTES || end > bytes.length) return null;
  const json = bytes.subarray(start, end);
  if (bytes.readUInt32BE(position + 4) !== checksum(bytes.subarray(position, position + 4), json))
    return null;
  const record = parse(json);
  return record === null ? null : { record, end };
}

function parse(json: Buffer): JournalRecord | null {
  try {
    return journalRecordSchema.parse(JSON.parse(json.toString("utf8")));
  } catch {
    return null; // intact bytes of an unknown form, e.g. of a newer version
  }
}
