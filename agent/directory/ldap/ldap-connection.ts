import type { TLSSocket } from "node:tls";
import {
  AbandonRequest,
  BindRequest,
  ExtendedRequest,
  ModifyRequest,
  SearchRequest as SearchMessage,
  UnbindRequest,
} from "ldapts";
import { AppError } from "../../../shared/errors.ts";
import type { Secret } from "../../../shared/secret.ts";
import { BerReader, malformed, TAG } from "./ber-reader.ts";
import { EncodedControl, type RequestControl } from "./controls.ts";
import { decodeEntry, decodeNotificationName, decodeResult, type NameCache, OPERATION } from "./decode.ts";
import { ANY_ENTRY } from "./filters.ts";
import type { DirectoryEntryRaw } from "./ldap-entry.ts";
import { resultError, socketError } from "./ldap-errors.ts";
import { LDAP_CODE, type LdapResult } from "./ldap-result.ts";
import type { SearchRequest, StreamItem } from "./ldap-stream.ts";
import { MessageSplitter } from "./message-splitter.ts";
import { type Modification, toChange } from "./modification.ts";
import { LDAP_OID } from "./oids.ts";
import { parseRootDse, ROOT_DSE_ATTRIBUTES, type RootDse } from "./root-dse.ts";
import { type Pending, SearchQueue } from "./search-queue.ts";

/** Any of ldapts' requests. */
type Message = Pick<UnbindRequest, "write">;

/**
 * One LDAP connection from its socket to its end: never reconnects, never binds by itself. The first fault (socket, TLS, bytes
 * that are no LDAP, an answer that does not come) ends it and fails everything that waits on it. ldapts encodes the requests;
 * its own client is not used, for it goes on anonymously over a new connection after a drop.
 */
export class LdapConnection {
  readonly server: string;
  readonly #socket: TLSSocket;
  readonly #timeoutMs: number;
  readonly #splitter = new MessageSplitter();
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #isGathering = false;
  #fault: AppError | null = null;

  /** `timeoutMs`: for one answer, and for the next part of a search. Takes the socket over. */
  constructor(socket: TLSSocket, server: string, timeoutMs: number) {
    this.server = server;
    this.#socket = socket;
    this.#timeoutMs = timeoutMs;
    socket.on("data", (chunk: Buffer) => this.#onData(chunk));
    socket.on("error", (error) => this.#end(socketError(error, server)));
    socket.on("close", () => this.#end(socketError(new Error("closed"), server)));
  }

  get socket(): TLSSocket {
    return this.#socket;
  }
  get isOpen(): boolean {
    return this.#fault === null;
  }
  /** Does nobody wait for an answer? */
  get isQuiet(): boolean {
    return this.#pending.size === 0;
  }

  /** The answer is a value whatever its code. */
  bind(dn: string, password: Secret, controls?: readonly RequestControl[]): Promise<LdapResult> {
    return this.#ask(
      OPERATION.bindResponse,
      (messageId) =>
        new BindRequest({ messageId, dn, password: password.reveal(), controls: encoded(controls) }),
    );
  }

  modify(
    dn: string,
    changes: readonly Modification[],
    controls?: readonly RequestControl[],
  ): Promise<LdapResult> {
    return this.#ask(
      OPERATION.modifyResponse,
      (messageId) =>
        new ModifyRequest({ messageId, dn, changes: changes.map(toChange), controls: encoded(controls) }),
    );
  }

  extended(oid: string, value: Buffer | null, controls?: readonly RequestControl[]): Promise<LdapResult> {
    return this.#ask(
      OPERATION.extendedResponse,
      (messageId) =>
        new ExtendedRequest({
          messageId,
          oid,
          ...(value === null ? {} : { value }),
          controls: encoded(controls),
        }),
    );
  }

  async readRootDse(): Promise<RootDse> {
    const request = { base: "", scope: "base", filter: ANY_ENTRY, attributes: ROOT_DSE_ATTRIBUTES } as const;
    const [entry] = await this.read(request, 1);
    if (entry === undefined) throw new AppError("DIRECTORY_PROTOCOL", `${this.server} shows no rootDSE.`);
    return parseRootDse(entry);
  }

  /** See `LdapSession.search`. */
  async read(request: SearchRequest, maxEntries: number): Promise<DirectoryEntryRaw[]> {
    const entries: DirectoryEntryRaw[] = [];
    const names: NameCache = new Map();
    const result = await this.#ask(
      OPERATION.searchDone,
      (id) => toSearchMessage(id, { sizeLimit: maxEntries + 1, ...request }),
      (operation, reader) => {
        if (!PARTS_OF_A_SEARCH.has(operation)) throw malformed(`operation ${operation} within a search`);
        if (operation === OPERATION.searchEntry && entries.length <= maxEntries)
          entries.push(decodeEntry(reader, names));
      },
    );
    if (entries.length > maxEntries)
      throw new AppError("DIRECTORY_ERROR", `More than ${maxEntries} entries answer one small search.`);
    if (result.code !== LDAP_CODE.success && result.code !== LDAP_CODE.noSuchObject)
      throw resultError(result, this.server);
    return entries;
  }

  /** See `LdapStream.search`. */
  async *search(request: SearchRequest, signal?: AbortSignal): AsyncGenerator<StreamItem> {
    const queue = new SearchQueue(this.#socket);
    const messageId = this.#send(queue, (id) => toSearchMessage(id, request));
    const onAbort = (): void =>
      queue.onFault(new AppError("DIRECTORY_UNAVAILABLE", "The search was stopped."));
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted === true) onAbort();
    const silence = setTimeout(() => {
      if (queue.isAwaited) this.#end(this.#silent()); // otherwise it is the consumer who takes his time
    }, this.#timeoutMs);
    try {
      for (;;) {
        const item = queue.take();
        if (item === undefined) {
          silence.refresh();
          await queue.waitForMore();
        } else if (item.kind === "done") {
          if (item.result.code !== 0) throw resultError(item.result, this.server);
          yield item;
          return;
        } else {
          yield item;
        }
      }
    } finally {
      clearTimeout(silence);
      signal?.removeEventListener("abort", onAbort);
      queue.close();
      if (this.#pending.delete(messageId) && !queue.isDone && this.isOpen)
        this.#write(new AbandonRequest({ messageId: this.#nextId(), abandonId: messageId }));
    }
  }

  /** Says goodbye and ends; idempotent. */
  close(): void {
    if (!this.isOpen) return;
    this.#write(new UnbindRequest({ messageId: this.#nextId() }));
    this.#socket.destroySoon();
    this.#end(new AppError("DIRECTORY_UNAVAILABLE", "The connection was closed."));
  }

  /** `onPart`: what comes before the answer itself. */
  async #ask(
    operation: number,
    make: (messageId: number) => Message,
    onPart: (operation: number, reader: BerReader) => void = refusePart,
  ): Promise<LdapResult> {
    // An answer that does not come ends the connection: what it would still send belongs to nobody.
    const timer = setTimeout(() => this.#end(this.#silent()), this.#timeoutMs);
    const answer = new Promise<LdapResult>((resolve, reject) => {
      const messageId = this.#send(
        {
          onMessage: (tag, reader) => {
            if (tag !== operation) {
              timer.refresh();
              onPart(tag, reader);
              return;
            }
            const result = decodeResult(reader, operation);
            this.#pending.delete(messageId);
            resolve(result);
          },
          onFault: reject,
        },
        make,
      );
    });
    try {
      return await answer;
    } finally {
      clearTimeout(timer);
    }
  }

  #silent(): AppError {
    return new AppError("DIRECTORY_TIMEOUT", `${this.server} did not answer within ${this.#timeoutMs} ms.`, {
      details: { server: this.server },
    });
  }

  #nextId(): number {
    this.#lastId = this.#lastId === 0x7fffffff ? 1 : this.#lastId + 1;
    return this.#lastId;
  }

  #send(pending: Pending, make: (messageId: number) => Message): number {
    if (this.#fault !== null) throw this.#fault;
    const messageId = this.#nextId();
    this.#pending.set(messageId, pending);
    this.#write(make(messageId));
    return messageId;
  }

  /** What is asked in one turn leaves in one write: encryption and the system call cost more than the message. */
  #write(message: Message): void {
    if (!this.#isGathering) {
      this.#isGathering = true;
      this.#socket.cork();
      process.nextTick(() => {
        this.#isGathering = false;
        this.#socket.uncork();
      });
    }
    this.#socket.write(message.write());
  }

  #onData(chunk: Buffer): void {
    try {
      this.#splitter.push(chunk, (buffer, start, end) => {
        this.#onMessage(new BerReader(buffer, start, end), end - start);
        return this.isOpen;
      });
    } catch (error) {
      this.#end(error instanceof AppError ? error : malformed("an answer that cannot be read"));
    }
  }

  #onMessage(reader: BerReader, bytes: number): void {
    reader.within(TAG.sequence, () => {
      const id = reader.integer();
      const operation = reader.peek() ?? 0;
      const pending = this.#pending.get(id);
      if (pending !== undefined) pending.onMessage(operation, reader, bytes);
      else if (id === 0 && operation === OPERATION.extendedResponse) this.#onNotification(reader);
      else if (id < 1 || id > this.#lastId)
        throw malformed(`an answer to message ${id}, which was never sent`);
      // An id that was sent: the rest of an abandoned search.
    });
  }

  #onNotification(reader: BerReader): void {
    if (decodeNotificationName(reader) === LDAP_OID.noticeOfDisconnection)
      this.#end(new AppError("DIRECTORY_UNAVAILABLE", `${this.server} is closing its connections.`));
  }

  #end(error: AppError): void {
    if (this.#fault !== null) return;
    this.#fault = error;
    for (const pending of this.#pending.values()) pending.onFault(error);
    this.#pending.clear();
    if (!this.#socket.writableEnded) this.#socket.destroy();
  }
}

const PARTS_OF_A_SEARCH: ReadonlySet<number> = new Set([
  OPERATION.searchEntry,
  OPERATION.searchReference,
  OPERATION.intermediateResponse,
]);

const refusePart = (operation: number): never => {
  throw malformed(`operation ${operation} as an answer`);
};

const encoded = (controls: readonly RequestControl[] = []): EncodedControl[] =>
  controls.map((control) => new EncodedControl(control));

const toSearchMessage = (messageId: number, request: SearchRequest): SearchMessage =>
  new SearchMessage({
    messageId,
    baseDN: request.base,
    scope: request.scope,
    filter: request.filter,
    attributes: [...request.attributes],
    controls: encoded(request.controls),
    sizeLimit: request.sizeLimit ?? 0,
    timeLimit: 0, // ldapts would send ten seconds
  });
