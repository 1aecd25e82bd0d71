import { malformed } from "./ber-reader.ts";

/** Largest message. The entry of a user has a few KiB; a group of 200,000 members has 16 MiB. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

const INITIAL_BYTES = 64 * 1024;

/**
 * Splits a byte stream into LDAP messages, each of which is one BER SEQUENCE. Uses one buffer, which grows when a message needs
 * it and is compacted once per chunk, so that the cost is linear in the bytes. A message that announces more than `maxBytes`
 * throws DIRECTORY_PROTOCOL before any of it is stored.
 */
export class MessageSplitter {
  readonly #maxBytes: number;
  #buffer = Buffer.allocUnsafe(INITIAL_BYTES);
  #length = 0;

  constructor(maxBytes = MAX_MESSAGE_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** The bytes so far of a message that is not complete. */
  get pendingBytes(): number {
    return this.#length;
  }

  /**
   * Calls `onMessage` with the bounds of every complete message. The buffer is reused afterwards: copy what must be kept.
   * When `onMessage` returns false, stops and drops the rest.
   */
  push(chunk: Buffer, onMessage: (buffer: Buffer, start: number, end: number) => boolean): void {
    this.#append(chunk);
    let start = 0;
    for (;;) {
      const size = this.#messageSize(start);
      if (size === null || start + size > this.#length) break;
      if (!onMessage(this.#buffer, start, start + size)) {
        this.#length = 0;
        return;
      }
      start += size;
    }
    this.#buffer.copy(this.#buffer, 0, start, this.#length);
    this.#length -= start;
  }

  #append(chunk: Buffer): void {
    const needed = this.#length + chunk.length;
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, needed));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    chunk.copy(this.#buffer, this.#length);
    this.#length = needed;
  }

  /** Returns the size of the message at `start`, header included; null while the header is not complete. */
  #messageSize(start: number): number | null {
    const available = this.#length - start;
    if (available < 2) return null;
    if (this.#buffer[start] !== 0x30) throw malformed("a message that is no sequence");
    const first = this.#buffer[start + 1] ?? 0;
    if (first < 0x80) return 2 + first;
    const count = first & 0x7f;
    if (count === 0 || count > 4) throw malformed("a length of unknown form");
    if (available < 2 + count) return null;
    const length = this.#buffer.readUIntBE(start + 2, count);
    if (length > this.#maxBytes) throw malformed(`a message of ${length} bytes`);
    return 2 + count + length;
  }
}
