import type { TLSSocket } from "node:tls";
import type { AppError } from "../../../shared/errors.ts";
import { type BerReader, malformed } from "./ber-reader.ts";
import { decodeEntry, decodeIntermediate, decodeResult, type NameCache, OPERATION } from "./decode.ts";
import type { StreamItem } from "./ldap-stream.ts";

/** Unread bytes of a search at which the socket is paused, and at which it goes on. */
const PAUSE_AT_BYTES = 1024 * 1024;
const RESUME_AT_BYTES = 256 * 1024;
/** Items taken from the queue's front are dropped in lots of this, for a shift of each would cost the length of the queue. */
const FORGET_TAKEN_AT = 512;

/** Something that waits for answers to one message. */
export interface Pending {
  /** Gets the operation's tag and a reader that stands before it. */
  onMessage(operation: number, reader: BerReader, bytes: number): void;
  onFault(error: AppError): void;
}

/** What has arrived of a search and was not taken yet; stops the socket when that is much. */
export class SearchQueue implements Pending {
  readonly #socket: TLSSocket;
  readonly #names: NameCache = new Map();
  #items: { readonly item: StreamItem; readonly bytes: number }[] = [];
  #next = 0;
  #bytes = 0;
  #fault: AppError | null = null;
  #wake: (() => void) | null = null;
  /** The server has said its last word. */
  isDone = false;

  constructor(socket: TLSSocket) {
    this.#socket = socket;
  }

  onMessage(operation: number, reader: BerReader, bytes: number): void {
    if (operation === OPERATION.searchEntry)
      this.#add({ kind: "entry", entry: decodeEntry(reader, this.#names) }, bytes);
    else if (operation === OPERATION.intermediateResponse)
      this.#add({ kind: "intermediate", ...decodeIntermediate(reader) }, bytes);
    else if (operation === OPERATION.searchDone) {
      this.isDone = true;
      this.#add({ kind: "done", result: decodeResult(reader, operation) }, bytes);
    } else if (operation !== OPERATION.searchReference)
      throw malformed(`operation ${operation} within a search`);
  }

  onFault(error: AppError): void {
    this.#fault ??= error;
    this.#wake?.();
  }

  /** The next item; undefined when nothing is there yet. What arrived before a fault is still given. */
  take(): StreamItem | undefined {
    const entry = this.#items[this.#next];
    if (entry === undefined) {
      if (this.#fault !== null) throw this.#fault;
      return undefined;
    }
    this.#next += 1;
    this.#bytes -= entry.bytes;
    if (this.#next >= FORGET_TAKEN_AT || this.#next === this.#items.length) {
      this.#items.splice(0, this.#next);
      this.#next = 0;
    }
    if (this.#bytes < RESUME_AT_BYTES && this.#socket.isPaused()) this.#socket.resume();
    return entry.item;
  }

  get isAwaited(): boolean {
    return this.#wake !== null;
  }

  waitForMore(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = null;
        resolve();
      };
    });
  }

  close(): void {
    this.#items = [];
    if (this.#socket.isPaused()) this.#socket.resume();
  }

  #add(item: StreamItem, bytes: number): void {
    this.#items.push({ item, bytes });
    this.#bytes += bytes;
    if (this.#bytes > PAUSE_AT_BYTES) this.#socket.pause();
    this.#wake?.();
  }
}
