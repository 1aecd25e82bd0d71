/**
 * A file that tells whether a password is breached. It is a Bloom filter, so the whole Have I Been Pwned list fits in under 2 GB,
 * and no password of the list is missed. One read of 512 bytes gives the answer.
 *
 *   offset 0   "LKBREACH", 8 bytes
 *          8   u8 version (1), u8 bits set per password, 6 zero bytes
 *         16   u64 number of blocks, u64 number of passwords, zeros up to 64
 *         64   the blocks, 512 bytes each
 *
 * A password is represented by the SHA-1 of its UTF-8, as in that list. The first 6 bytes, modulo the number of blocks, select the
 * block. Its bits there are a + i·b + i²·c modulo 4096, where a, b and c are the three numbers of 4 bytes from the ninth byte on,
 * and b is made odd (after Kirsch and Mitzenmacher, "Less Hashing, Same Performance", 2006; two numbers are too few for a block
 * this small). All numbers are big-endian.
 */
import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { AppError } from "../../shared/errors.ts";
import type { Closable } from "../../shared/shutdown.ts";

export const BLOCK_BYTES = 512;
export const HEADER_BYTES = 64;
const BLOCK_BITS = BLOCK_BYTES * 8;
const MAGIC = "LKBREACH";
const VERSION = 1;
const MAX_BITS_EACH = 32;

export interface FilterShape {
  readonly blocks: number;
  /** The number of bits set per password. */
  readonly bitsEach: number;
}

export interface BreachedFilter extends Closable {
  readonly passwords: number;
  /** True for every password of the list, and for a few others. Throws STATE_UNREADABLE when the disk fails. */
  has(password: string): Promise<boolean>;
}

/** Opens a filter. A file that replaces it takes effect at the next start. Throws CONFIG_INVALID. */
export async function openBreachedFilter(path: string): Promise<BreachedFilter> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (error) {
    throw unusable(path, "it cannot be read", error);
  }
  try {
    const header = await readAt(file, HEADER_BYTES, 0);
    const shape = parseHeader(header);
    const { size } = await file.stat();
    if (shape === null)
      throw unusable(path, "it is not a filter. Make one with: latchkey-agent breached build");
    if (size !== HEADER_BYTES + shape.blocks * BLOCK_BYTES) throw unusable(path, "it is incomplete");
    return {
      passwords: shape.passwords,
      async has(password) {
        const digest = sha1(password);
        const at = HEADER_BYTES + blockOf(digest, shape) * BLOCK_BYTES;
        const block = await readAt(file, BLOCK_BYTES, at).catch((error: unknown) => {
          throw new AppError("STATE_UNREADABLE", `${path} can no longer be read.`, { cause: error });
        });
        return bitsOf(digest, shape).every((bit) => ((block[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0);
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

const sha1 = (password: string): Buffer => createHash("sha1").update(password, "utf8").digest();

/** Computes the best shape for a number of passwords and a share of false positives, such as 0.001. */
export function shapeFor(passwords: number, falsePositives: number): FilterShape {
  const bits = (Math.max(passwords, 1) * -Math.log(falsePositives)) / Math.LN2 ** 2;
  // Blocks are not filled evenly: 4 % more room keeps the share that was asked for.
  const blocks = Math.max(1, Math.ceil((bits * 1.04) / BLOCK_BITS));
  return { blocks, bitsEach: Math.min(MAX_BITS_EACH, Math.max(1, Math.round(-Math.log2(falsePositives)))) };
}

export function formatHeader({ blocks, bitsEach }: FilterShape, passwords: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write(MAGIC, "latin1");
  header.writeUInt8(VERSION, 8);
  header.writeUInt8(bitsEach, 9);
  header.writeBigUInt64BE(BigInt(blocks), 16);
  header.writeBigUInt64BE(BigInt(passwords), 24);
  return header;
}

function parseHeader(header: Buffer): (FilterShape & { readonly passwords: number }) | null {
  if (header.length < HEADER_BYTES || header.toString("latin1", 0, 8) !== MAGIC) return null;
  const [version, bitsEach] = [header.readUInt8(8), header.readUInt8(9)];
  const blocks = Number(header.readBigUInt64BE(16));
  if (version !== VERSION || bitsEach < 1 || bitsEach > MAX_BITS_EACH || blocks < 1) return null;
  return { blocks, bitsEach, passwords: Number(header.readBigUInt64BE(24)) };
}

/** `digest`: SHA-1. */
export const blockOf = (digest: Buffer, { blocks }: Pick<FilterShape, "blocks">): number =>
  digest.readUIntBE(0, 6) % blocks;

export function bitsOf(digest: Buffer, { bitsEach }: Pick<FilterShape, "bitsEach">): number[] {
  const first = digest.readUInt32BE(8);
  const step = (digest.readUInt32BE(12) | 1) >>> 0;
  const growth = digest.readUInt32BE(16);
  return Array.from(
    { length: bitsEach },
    (_, index) => (first + index * step + index * index * growth) & (BLOCK_BITS - 1),
  );
}

async function readAt(file: FileHandle, length: number, position: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}

const unusable = (path: string, why: string, cause?: unknown): AppError =>
  new AppError("CONFIG_INVALID", `writeback.breachedFilter: ${path} cannot be used: ${why}.`, { cause });
