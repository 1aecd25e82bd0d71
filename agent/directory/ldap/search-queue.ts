import type { TLSSocket } from "node:tls";
import type { AppError } from "../../../shared/errors.ts";
import { type BerReader, malformed } from "./ber-reader.ts";
import { decodeEntry, decodeIntermediate, decodeResult, type NameCache, OPERATION } from "./decode.ts";
import type { StreamItem } from "./ldap-stream.ts";

/** Unread bytes of a search at which the socket is paused, and at which it is resumed. */
const PAUSE_AT_BYTES = 1024 * 1024;
const RESUME_AT_BYTES = 256 * 1024;
/**
 * Taken items are dropped from the front of the queue this many at a time: a shift for each would cost the queue's
 * length.
 */
const DROP_TAKEN_AT = 512;

/** Waits for the answers to one message. */
export interface Pending {
  /** Gets the operation's tag, and a reader that is positioned before the operation. */
  onMessage(operation: number, reader: BerReader, bytes: number): void;
  onFault(error: AppError): void;
}

/**
 * Queue of the answers to one search that have arrived and were not taken yet. Pauses the socket while the queue holds
 * many bytes.
 *
 *     receiving ──── the server's result ────► done
 *         └──── a fault, or an abort ────► failed
 *
 * The items that arrived before either end are still given. After a failure, `take` then throws.
 */
export class SearchQueue implements Pending {
  readonly #socket: TLSSocket;
  readonly #names: NameCache = new Map();
  #items: { readonly item: StreamItem; readonly bytes: number }[] = [];
  #next = 0;
  #bytes = 0;
  #state: "receiving" | "done" | { readonly failed: AppError } = "receiving";
  #wake: (() => void) | null = null;

  constructor(socket: TLSSocket) {
    this.#socket = socket;
  }

  get isDone(): boolean {
    return this.#state === "done";
  }

  /** True while the consumer waits for the server. */
  get isAwaited(): boolean {
    return this.#wake !== null;
  }

  onMessage(operation: number, reader: BerReader, bytes: number): void {
    if (operation === OPERATION.searchEntry)
      this.#add({ kind: "entry", entry: decodeEntry(reader, this.#names) }, bytes);
    else if (operation === OPERATION.intermediateResponse)
      this.#add({ kind: "intermediate", ...decodeIntermediate(reader) }, bytes);
    else if (operation === OPERATION.searchDone) {
      const result = decodeResult(reader, operation);
      if (this.#state === "receiving") this.#state = "done";
      this.#add({ kind: "done", result }, bytes);
    } else if (operation !== OPERATION.searchReference)
      throw malformed(`operation ${operation} within a search`);
  }

  onFault(error: AppError): void {
    if (this.#state === "receiving") this.#state = { failed: error };
    this.#wake?.();
  }

  /** Returns the next item; undefined when none has arrived. Throws the failure when all items were taken. */
  take(): StreamItem | undefined {
    const entry = this.#items[this.#next];
    if (entry === undefined) {
      if (typeof this.#state === "object") throw this.#state.failed;
      return undefined;
    }
    this.#next += 1;
    this.#bytes -= entry.bytes;
    if (this.#next >= DROP_TAKEN_AT || this.#next === this.#items.length) {
      this.#items.splice(0, this.#next);
      this.#next = 0;
    }
    if (this.#bytes < RESUME_AT_BYTES && this.#socket.isPaused()) this.#socket.resume();
    return entry.item;
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
