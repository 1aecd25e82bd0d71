/** Makes the file that breached-filter.ts reads, from a list of any length: read twice, never held; the filter itself is. */
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
   * A password a line, or the SHA-1 of one as 40 hex digits, alone or with `:count` behind it as in the Have I Been Pwned
   * list. Lines with a count of 0 are that list's padding and left out.
   */
  readonly from: string;
  readonly to: string;
  /** Share of other passwords that are taken for breached ones, e.g. 0.001. */
  readonly falsePositives: number;
  /** Of 1; called now and then. */
  readonly onProgress?: (share: number) => void;
}

export interface BuiltFilter {
  readonly passwords: number;
  readonly bytes: number;
}

/** What one Buffer holds on every Node we run on. */
const MAX_BYTES = 4 * 1024 ** 3 - 1;
const READ_BYTES = 1024 * 1024;
const WRITE_BYTES = 64 * 1024 * 1024;
/** Longer lines are no passwords that anybody could set. */
const MAX_LINE_BYTES = 1024;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const COLON = 0x3a;
const SHA1_DIGITS = 40;

/** Throws USAGE when `from` cannot be read, holds nothing, or is `to`. `to` appears, or is replaced, when all is done. */
export async function buildBreachedFilter(order: BuildOrder): Promise<BuiltFilter> {
  const { from, to, falsePositives, onProgress = () => undefined } = order;
  const size = await sizeOf(from);
  if ((await realpath(to).catch(() => to)) === (await realpath(from)))
    throw new AppError("USAGE", "--from and --to are the same file.");
  const progress = (bytesRead: number, passesDone: number): void =>
    onProgress(Math.min(1, (passesDone + bytesRead / Math.max(size, 1)) / 2));

  let lines = 0;
  for await (const line of readLines(from, (read) => progress(read, 0))) if (!isPadding(line)) lines++;
  if (lines === 0) throw new AppError("USAGE", `There is no password in ${from}.`);
  const shape = shapeFor(lines, falsePositives);
  const bytes = shape.blocks * BLOCK_BYTES;
  if (bytes > MAX_BYTES)
    throw new AppError("USAGE", `The filter would have ${bytes} bytes; raise --false-positives.`);

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

/** Without their line ends; empty ones and those that are too long left out. A line is good until the next one is asked for. */
async function* readLines(path: string, onRead: (bytes: number) => void): AsyncGenerator<Buffer> {
  let read = 0;
  let rest: Buffer = Buffer.alloc(0);
  let skipping = false;
  const stream = createReadStream(path, { highWaterMark: READ_BYTES });
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      read += chunk.length;
      const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
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

const trimmed = (line: Buffer): Buffer => (line.at(-1) === RETURN ? line.subarray(0, -1) : line);

/** Null for a line that is a password. */
function listedDigest(line: Buffer): Buffer | null {
  if (line.length < SHA1_DIGITS || (line.length > SHA1_DIGITS && line[SHA1_DIGITS] !== COLON)) return null;
  const digest = Buffer.from(line.toString("latin1", 0, SHA1_DIGITS), "hex"); // ends where no digit is
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

/** Under another name first: nobody reads half a filter. */
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
