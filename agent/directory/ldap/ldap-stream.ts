/** Streaming search: entries are given as their bytes arrive, in constant memory. `LdapConnection` implements it. */
import type { RequestControl } from "./controls.ts";
import { pagedResults, parsePagedCookie } from "./controls.ts";
import type { Filter } from "./filters.ts";
import type { DirectoryEntryRaw } from "./ldap-entry.ts";
import type { LdapResult } from "./ldap-result.ts";
import { LDAP_OID } from "./oids.ts";
import type { RootDse } from "./root-dse.ts";

/** Longer values are cut to one byte more than this, so that the code that maps them can see it and reject the entry. */
export const MAX_VALUE_BYTES = 4096;

export interface SearchRequest {
  /** A DN, or `<GUID=…>` where the server takes it. */
  readonly base: string;
  readonly scope: "base" | "one" | "sub";
  /** An object, never text built from data. `parseAdminFilter` makes it from a configured filter. */
  readonly filter: Filter;
  /** Attribute names; "1.1" for none. */
  readonly attributes: readonly string[];
  readonly controls?: readonly RequestControl[];
  /** 0: no limit. */
  readonly sizeLimit?: number;
  /** True for a search that lasts and is silent most of the time; the operation time-out does not end it. */
  readonly isPersistent?: boolean;
}

/** The items of a search. `done` is the last, and comes only after success. References are not followed. */
export type StreamItem =
  | { readonly kind: "entry"; readonly entry: DirectoryEntryRaw }
  | { readonly kind: "intermediate"; readonly oid: string | null; readonly value: Buffer }
  | { readonly kind: "done"; readonly result: LdapResult };

/** A bound connection for one search at a time. The caller that opened it must close it. */
export interface LdapStream {
  /** The host name of the server, with its port if that is not the default one. */
  readonly server: string;
  /** The rootDSE of the time when the connection was made. */
  readonly rootDse: RootDse;
  /** Reads the rootDSE again, for highestCommittedUSN and currentTime. */
  readRootDse(): Promise<RootDse>;
  /**
   * Pauses the socket while the consumer is busy. Leaving the loop early abandons the search. Throws DIRECTORY_* (with `ldapCode`
   * in its details when the server answered with a code); DIRECTORY_TIMEOUT when nothing came within the operation time-out.
   */
  search(request: SearchRequest, signal?: AbortSignal): AsyncIterable<StreamItem>;
  /** Searches as `LdapSession.search` does, over the same connection. Not while a streaming search runs. */
  read(request: SearchRequest, maxEntries?: number): Promise<DirectoryEntryRaw[]>;
  close(): void;
}

/**
 * Gives the entries of all pages. Continues while the server sends a cookie, also after an empty page: that is not the end, as a
 * filter may drop all candidates of a page. Where the server does not have the control, makes one search without pages.
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
