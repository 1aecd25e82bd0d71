/** Streaming search: entries as the bytes arrive, in flat memory. See `LdapConnection` for how it is done. */
import type { RequestControl } from "./controls.ts";
import { pagedResults, parsePagedCookie } from "./controls.ts";
import type { Filter } from "./filters.ts";
import type { DirectoryEntryRaw } from "./ldap-entry.ts";
import type { LdapResult } from "./ldap-result.ts";
import { LDAP_OID } from "./oids.ts";
import type { RootDse } from "./root-dse.ts";

/** Longer values are cut to one byte more than this, so that whoever maps them can see it and reject the entry. */
export const MAX_VALUE_BYTES = 4096;

export interface SearchRequest {
  /** A DN, or `<GUID=…>` where the server takes it. */
  readonly base: string;
  readonly scope: "base" | "one" | "sub";
  /** An object, never a string built from data. Admin-written filters: `parseAdminFilter`. */
  readonly filter: Filter;
  /** Names only; "1.1" for none. */
  readonly attributes: readonly string[];
  readonly controls?: readonly RequestControl[];
  /** 0: as many as there are. */
  readonly sizeLimit?: number;
}

/** What a search yields. `done` comes last, and only when the server said success. References are ignored. */
export type StreamItem =
  | { readonly kind: "entry"; readonly entry: DirectoryEntryRaw }
  | { readonly kind: "intermediate"; readonly oid: string | null; readonly value: Buffer }
  | { readonly kind: "done"; readonly result: LdapResult };

/** A bound connection for one search at a time. Whoever opened it closes it. */
export interface LdapStream {
  /** Host (and port, when it is not the usual one) of the server. */
  readonly server: string;
  /** As read when the connection was made. */
  readonly rootDse: RootDse;
  /** Reads the rootDSE again, for highestCommittedUSN and currentTime. */
  readRootDse(): Promise<RootDse>;
  /**
   * The socket is paused while the consumer is busy; leaving the loop early abandons the search. Throws DIRECTORY_* (with
   * `ldapCode` in details when the server answered with a code), DIRECTORY_TIMEOUT when nothing came for the operation timeout.
   */
  search(request: SearchRequest, signal?: AbortSignal): AsyncIterable<StreamItem>;
  /** Small reads over the same connection, as `LdapSession.search`; not while a streaming search runs. */
  read(request: SearchRequest, maxEntries?: number): Promise<DirectoryEntryRaw[]>;
  close(): void;
}

/**
 * Entries of all pages. Goes on while the server gives a cookie, even over an empty page: an empty page is not the end
 * (a filter may drop a whole page's worth of candidates). Without the control on the server: one unpaged search.
 */
export async function* searchPaged(
  stream: Pick<LdapStream, "search" | "rootDse">,
  request: SearchRequest,
  pageSize: number,
  signal?: AbortSignal,
): AsyncGenerator<DirectoryEntryRaw> {
  const paged = stream.rootDse.supportedControls.has(LDAP_OID.pagedResults);
  let cookie: Buffer = Buffer.alloc(0);
  do {
    const controls = [...(request.controls ?? []), ...(paged ? [pagedResults(pageSize, cookie)] : [])];
    for await (const item of stream.search({ ...request, controls }, signal)) {
      if (item.kind === "entry") yield item.entry;
      else if (item.kind === "done") cookie = parsePagedCookie(item.result.controls);
    }
  } while (cookie.length > 0);
}
