/**
 * Builds the file that breached-filter.ts reads. Reads the list twice and keeps only the filter in memory, so a list may
 * have any length.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, realpath, rename, rm, stat } from "node:fs/promises";
import { AppError } from "../../shared/errors.ts";
import {
  bitsOf,
  BLOCK_BYTES,
  blockOf,
  type FilterShape,
  formatHeader,
  HEADER_BYTES,
  shapeFor,
} from "./breached-filter.ts";

export interface BuildOrder {
  /**
   * A file with one password per line, or its SHA-1 as 40 hex digits, alone or followed by `:count` as in the Have I Been Pwned
   * list. Lines with a count of 0 are padding of that list and are skipped.
   */
  readonly from: string;
  readonly to: string;
  /** The share of other passwords that are reported as breached, such as 0.001. */
  readonly falsePositives: number;
  /** Called from time to time with the share that is done, from 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

export interface BuiltFilter {
  readonly passwords: number;
  readonly bytes: number;
}

/** Largest Buffer of every supported Node. */
const MAX_BYTES = 4 * 1024 ** 3 - 1;
const READ_BYTES = 1024 * 1024;
const WRITE_BYTES = 64 * 1024 * 1024;
/** Longer lines are not passwords that a directory accepts. */
const MAX_LINE_BYTES = 1024;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const COLON = 0x3a;
const SHA1_DIGITS = 40;

/**
 * Throws USAGE when `from` cannot be read, is empty, or is `to`. `to` is created or replaced only when the filter is
 * complete.
 */
export async function buildBreachedFilter(order: BuildOrder): Promise<BuiltFilter> {
  const { from, to, falsePositives, onProgress = () => undefined } = order;
  const size = await sizeOf(from);
  if ((await realpath(to).catch(() => to)) === (await realpath(from)))
    throw new AppError("USAGE", "--from and --to are the same file.");
  const progress = (bytesRead: number, passesDone: number): void =>
    onProgress(Math.min(1, (passesDone + bytesRead / Math.max(size, 1)) / 2));

  let lines = 0;
  for await (const line of readLines(from, (read) => progress(read, 0))) if (!isPadding(line)) lines++;
  if (lines === 0) throw new AppError("USAGE", `${from} contains no passwords.`);
  const shape = shapeFor(lines, falsePositives);
  const bytes = shape.blocks * BLOCK_BYTES;
  if (bytes > MAX_BYTES)
    throw new AppError(
      "USAGE",
      `The filter would have ${bytes} bytes, which is too large. Raise --false-positives.`,
    );

  const blocks = Buffer.alloc(bytes);
  let passwords = 0;
  for await (const line of readLines(from, (read) => progress(read, 1))) {
    if (isPadding(line)) continue;
    add(blocks, listedDigest(line) ?? createHash("sha1").update(line).digest(), shape);
    passwords++;
  }
  await write(to, formatHeader(shape, passwords), blocks);
  return { passwords, bytes: HEADER_BYTES + bytes };
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    throw new AppError("USAGE", `${path} cannot be read.`, { cause: error });
  }
}

/**
 * Yields the lines without their line ends, and skips empty and too long ones. A line is valid until the next one is
 * requested.
 */
async function* readLines(path: string, onRead: (bytes: number) => void): AsyncGenerator<Buffer> {
  let read = 0;
  let rest: Buffer = Buffer.alloc(0);
  let skipping = false;
  const stream = createReadStream(path, { highWaterMark: READ_BYTES });
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      read += chunk.length;
      const isStart = read === chunk.length;
      const data = rest.length === 0 ? (isStart ? withoutMark(chunk) : chunk) : Buffer.concat([rest, chunk]);
      let start = 0;
      for (let end = data.indexOf(NEWLINE); end !== -1; end = data.indexOf(NEWLINE, start)) {
        const line = trimmed(data.subarray(start, end));
        start = end + 1;
        if (!skipping && line.length > 0 && line.length <= MAX_LINE_BYTES) yield line;
        skipping = false;
      }
      rest = data.subarray(start);
      if (rest.length > MAX_LINE_BYTES + 1) {
        skipping = true;
        rest = Buffer.alloc(0);
      }
      onRead(read);
    }
  } catch (error) {
    throw new AppError("USAGE", `${path} cannot be read.`, { cause: error });
  }
  const last = trimmed(rest);
  if (!skipping && last.length > 0 && last.length <= MAX_LINE_BYTES) yield last;
}

const BYTE_ORDER_MARK = Buffer.from("\ufeff");
const withoutMark = (start: Buffer): Buffer =>
  start.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)
    ? start.subarray(BYTE_ORDER_MARK.length)
    : start;

const trimmed = (line: Buffer): Buffer => (line.at(-1) === RETURN ? line.subarray(0, -1) : line);

/** Returns the digest that a line contains; null for a line that is a password. */
function listedDigest(line: Buffer): Buffer | null {
  if (line.length < SHA1_DIGITS || (line.length > SHA1_DIGITS && line[SHA1_DIGITS] !== COLON)) return null;
  const digest = Buffer.from(line.toString("latin1", 0, SHA1_DIGITS), "hex"); // decoding stops at the first character that is not a digit
  return digest.length === SHA1_DIGITS / 2 ? digest : null;
}

const isPadding = (line: Buffer): boolean =>
  line.length === SHA1_DIGITS + 2 && line[SHA1_DIGITS] === COLON && line[SHA1_DIGITS + 1] === 0x30;

function add(blocks: Buffer, digest: Buffer, shape: FilterShape): void {
  const start = blockOf(digest, shape) * BLOCK_BYTES;
  for (const bit of bitsOf(digest, shape)) {
    const at = start + (bit >> 3);
    blocks[at] = (blocks[at] ?? 0) | (1 << (bit & 7));
  }
}

/** Writes to another name first, so that no reader finds an incomplete filter. */
async function write(path: string, header: Buffer, blocks: Buffer): Promise<void> {
  const unfinished = `${path}.unfinished`;
  try {
    const file = await open(unfinished, "w", 0o644);
    try {
      await file.write(header);
      for (let at = 0; at < blocks.length; at += WRITE_BYTES)
        await file.write(blocks.subarray(at, at + WRITE_BYTES));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw new AppError("USAGE", `${path} cannot be written.`, { cause: error });
  }
}
