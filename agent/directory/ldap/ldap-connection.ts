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
import { EncodedControl, pagedResults, parsePagedCookie, type RequestControl } from "./controls.ts";
import { decodeEntry, decodeNotificationName, decodeResult, type NameCache, OPERATION } from "./decode.ts";
import { ANY_ENTRY } from "./filters.ts";
import type { DirectoryEntryRaw } from "./ldap-entry.ts";
import { resultError, socketError } from "./ldap-errors.ts";
import { LDAP_CODE, type LdapResult } from "./ldap-result.ts";
import type { SearchRequest, StreamItem } from "./ldap-stream.ts";
import type { AskedServer } from "./limit-advice.ts";
import { MessageSplitter } from "./message-splitter.ts";
import { type Modification, toChange } from "./modification.ts";
import { LDAP_OID } from "./oids.ts";
import { parseRootDse, ROOT_DSE_ATTRIBUTES, type RootDse } from "./root-dse.ts";
import { type Pending, SearchQueue } from "./search-queue.ts";

/** Any request of ldapts. */
type Message = Pick<UnbindRequest, "write">;

/**
 * One LDAP connection over one socket. It never reconnects and never binds by itself.
 *
 *     open ──── the first fault, or close() ────► ended
 *
 * Faults are those of the socket and of TLS, bytes that are not LDAP, an answer that does not come in time, and the server's
 * notice of disconnection. The end fails every operation that waits for an answer. ldapts encodes the requests. Its own client
 * is not used, because after a drop it continues anonymously over a new connection.
 */
export class LdapConnection {
  readonly server: string;
  readonly #socket: TLSSocket;
  readonly #timeoutMs: number;
  readonly #splitter = new MessageSplitter();
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  /** True while writes of the current turn are held back to be sent together. */
  #isCorked = false;
  /** The account and the server, for errors that say what to grant. */
  #asked: AskedServer = { account: null, rootDse: null };
  /** Why the connection ended; null while it is open. */
  #fault: AppError | null = null;

  /** Takes over the socket. `timeoutMs`: time-out for one answer, and for the next part of a search. */
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
  /** True when no operation waits for an answer. */
  get isQuiet(): boolean {
    return this.#pending.size === 0;
  }

  /** Returns the server's answer, whatever its code. */
  async bind(dn: string, password: Secret, controls?: readonly RequestControl[]): Promise<LdapResult> {
    const result = await this.#ask(
      OPERATION.bindResponse,
      (messageId) =>
        new BindRequest({ messageId, dn, password: password.reveal(), controls: encoded(controls) }),
    );
    if (result.code === LDAP_CODE.success) this.#asked = { account: dn, rootDse: null };
    return result;
  }

  /** Signs in as the owner of the client certificate of this connection. Returns the server's answer, whatever its code. */
  bindExternal(controls?: readonly RequestControl[]): Promise<LdapResult> {
    // Empty credentials: the identity is the certificate's own (RFC 4422 appendix A). Without any, the server asks once more.
    return this.#ask(
      OPERATION.bindResponse,
      (messageId) => new BindRequest({ messageId, mechanism: "EXTERNAL", controls: encoded(controls) }),
    );
  }

  /** Keeps the account that the server has named, for errors that say what to grant. */
  signedInAs(account: string): void {
    this.#asked = { account, rootDse: this.#asked.rootDse };
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
    const rootDse = parseRootDse(entry);
    this.#asked = { account: this.#asked.account, rootDse };
    return rootDse;
  }

  /** See `LdapSession.search`. */
  async read(request: SearchRequest, maxEntries: number): Promise<DirectoryEntryRaw[]> {
    return (await this.#readPage(request, maxEntries)).entries;
  }

  /** See `LdapSession.searchAll`. Continues while the server sends a cookie, also after an empty page. */
  async readPages(
    request: SearchRequest,
    pageSize: number,
    maxEntries: number,
  ): Promise<DirectoryEntryRaw[]> {
    const entries: DirectoryEntryRaw[] = [];
    let cookie: Buffer = Buffer.alloc(0);
    do {
      const controls = [...(request.controls ?? []), pagedResults(pageSize, cookie)];
      const page = await this.#readPage({ sizeLimit: 0, ...request, controls }, pageSize);
      for (const entry of page.entries) entries.push(entry);
      if (entries.length > maxEntries) throw tooMany(maxEntries);
      cookie = parsePagedCookie(page.result.controls);
    } while (cookie.length > 0);
    return entries;
  }

  async #readPage(
    request: SearchRequest,
    maxEntries: number,
  ): Promise<{ readonly entries: DirectoryEntryRaw[]; readonly result: LdapResult }> {
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
    if (entries.length > maxEntries) throw tooMany(maxEntries);
    if (result.code !== LDAP_CODE.success && result.code !== LDAP_CODE.noSuchObject)
      throw resultError(result, this.server, this.#asked);
    return { entries, result };
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
      if (queue.isAwaited && request.isPersistent !== true) this.#end(this.#timedOut()); // if nothing is awaited, the consumer is slow and not the server
    }, this.#timeoutMs);
    try {
      for (;;) {
        const item = queue.take();
        if (item === undefined) {
          silence.refresh();
          await queue.waitForMore();
        } else if (item.kind === "done") {
          if (item.result.code !== 0) throw resultError(item.result, this.server, this.#asked);
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

  /** Sends an unbind request and ends the connection. Idempotent. */
  close(): void {
    if (!this.isOpen) return;
    this.#write(new UnbindRequest({ messageId: this.#nextId() }));
    this.#socket.destroySoon();
    this.#end(new AppError("DIRECTORY_UNAVAILABLE", "The connection was closed."));
  }

  /** Sends a request and waits for its answer. `onPart` gets the messages that come before it. */
  async #ask(
    operation: number,
    make: (messageId: number) => Message,
    onPart: (operation: number, reader: BerReader) => void = refusePart,
  ): Promise<LdapResult> {
    // A missing answer ends the connection, because a late one could no longer be matched to a request.
    const timer = setTimeout(() => this.#end(this.#timedOut()), this.#timeoutMs);
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

  #timedOut(): AppError {
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

  /**
   * Writes the requests of one turn of the event loop together, because encryption and the system call cost more than
   * the message.
   */
  #write(message: Message): void {
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#socket.cork();
      process.nextTick(() => {
        this.#isCorked = false;
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
      // Otherwise the id was sent before, and this is the rest of an abandoned search.
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

const tooMany = (maxEntries: number): AppError =>
  new AppError("DIRECTORY_ERROR", `More than ${maxEntries} entries answer one small search.`);

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
    timeLimit: 0, // the default of ldapts is ten seconds
  });
