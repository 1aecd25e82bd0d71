import { AppError } from "../../../shared/errors.ts";

/** Tags of BER as LDAP uses it (RFC 4511 section 5.1). */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  octets: 0x04,
  enumerated: 0x0a,
  sequence: 0x30,
  set: 0x31,
} as const;

export const malformed = (what: string): AppError =>
  new AppError("DIRECTORY_PROTOCOL", `The directory sent something that is not LDAP: ${what}.`);

/**
 * Reads BER forward within bounds that are checked at every step: no length is used before it is known to fit into the
 * surrounding element. Anything malformed throws DIRECTORY_PROTOCOL. (ldapts' own reader does not check a sequence against its parent.)
 */
export class BerReader {
  readonly buffer: Buffer;
  offset: number;
  /** Where reading ends. `within` narrows it. */
  #end: number;

  constructor(buffer: Buffer, offset = 0, end = buffer.length) {
    this.buffer = buffer;
    this.offset = offset;
    this.#end = end;
  }

  get done(): boolean {
    return this.offset >= this.#end;
  }

  /** Returns the tag of the next element; null at the end. */
  peek(): number | null {
    return this.offset < this.#end ? (this.buffer[this.offset] ?? null) : null;
  }

  /** Steps into the next element, which must have this tag, and returns where its content ends. */
  open(tag: number): number {
    const found = this.peek();
    if (found !== tag) throw malformed(`tag ${String(found)} where ${String(tag)} belongs`);
    let at = this.offset + 1;
    let length = this.buffer[at++] ?? 0;
    if (length >= 0x80) {
      const count = length & 0x7f;
      if (count === 0 || count > 4) throw malformed("a length of unknown form");
      length = 0;
      for (let index = 0; index < count; index += 1) length = length * 256 + (this.buffer[at++] ?? 0);
    }
    if (at + length > this.#end) throw malformed("an element longer than what holds it");
    this.offset = at;
    return at + length;
  }

  /**
   * Leaves the element that `open` stepped into. For loops, where `within` would cost too much. Refuses content that ran
   * over its end.
   */
  leave(contentEnd: number): void {
    if (this.offset > contentEnd) throw malformed("an element longer than what holds it");
    this.offset = contentEnd;
  }

  /** Returns a reader over a copy of everything unread, for values that outlive the receive buffer. */
  detach(): BerReader {
    return new BerReader(Buffer.from(this.buffer.subarray(this.offset, this.#end)));
  }

  /** Runs `read` bounded by the next element's content, then continues after that element, however much was left unread. */
  within<T>(tag: number, read: () => T): T {
    const contentEnd = this.open(tag);
    const outerEnd = this.#end;
    this.#end = contentEnd;
    const value = read();
    this.#end = outerEnd;
    this.offset = contentEnd;
    return value;
  }

  /** Returns a view: copy it if it must outlive the receive buffer. */
  octets(tag: number = TAG.octets): Buffer {
    const end = this.open(tag);
    const value = this.buffer.subarray(this.offset, end);
    this.offset = end;
    return value;
  }

  text(tag: number = TAG.octets): string {
    const end = this.open(tag);
    const value = this.buffer.toString("utf8", this.offset, end);
    this.offset = end;
    return value;
  }

  integer(tag: number = TAG.integer): number {
    const end = this.open(tag);
    const length = end - this.offset;
    if (length < 1 || length > 4) throw malformed("an integer of unknown size");
    const value = this.buffer.readIntBE(this.offset, length);
    this.offset = end;
    return value;
  }

  boolean(tag: number = TAG.boolean): boolean {
    const end = this.open(tag);
    const value = this.buffer[this.offset] !== 0;
    this.offset = end;
    return value;
  }

  skip(): void {
    const tag = this.peek();
    if (tag !== null) this.offset = this.open(tag);
  }
}
