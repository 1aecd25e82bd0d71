/**
 * Finds changes by the DirSync control ([MS-ADTS] 3.1.1.3.4.1.3) with OBJECT_SECURITY, which needs no replication right. The
 * control works on the head of a naming context only, and returns changed attributes only. So the feed uses it to learn which
 * objects changed, and reads these again under the configured bases and filter.
 */
import { z } from "zod";
import { AppError } from "../../../shared/errors.ts";
import type { FeedEvent } from "../directory.ts";
import { dirSync, DIRSYNC_OBJECT_SECURITY, parseDirSync } from "../ldap/controls.ts";
import { anyOf, equals, filterAttributes } from "../ldap/filters.ts";
import { guidToId } from "../ldap/guid.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import { ldapCodeOf } from "../ldap/ldap-errors.ts";
import { LDAP_CODE } from "../ldap/ldap-result.ts";
import type { LdapStream, SearchRequest } from "../ldap/ldap-stream.ts";
import { LDAP_OID } from "../ldap/oids.ts";
import { domainOf } from "../ldap/root-dse.ts";
import {
  ANY_CONTAINER,
  ANY_PERSON,
  canSeeTombstones,
  domainControllerIdentity,
  endDelta,
  fullFeed,
  isAnyContainer,
  listedNow,
  listedSchema,
  outsideDomain,
  rereadChanged,
} from "./active-directory-feeds.ts";
import type { Feed, FeedRun } from "./feed.ts";

const positionSchema = z.strictObject({ cookie: z.base64().max(100_000), listed: listedSchema });

/** Matches only the head of the domain, for a search whose entries are not used, only the control's answer. */
const DOMAIN_HEAD_ONLY = equals("objectClass", "domainDNS");

/**
 * Codes for a missing right and for an unknown cookie: for both, Samba answers as if it had no such control, and a DC is
 * unwilling.
 */
const REFUSALS: readonly (number | null)[] = [
  LDAP_CODE.unavailableCriticalExtension,
  LDAP_CODE.unwillingToPerform,
  LDAP_CODE.insufficientAccess,
  LDAP_CODE.protocolError,
];

export const dirSyncFeed: Feed = {
  name: "dirsync",
  identity: domainControllerIdentity,

  async unavailable(stream, scope) {
    if (!stream.rootDse.supportedControls.has(LDAP_OID.dirSync)) return "the server has no DirSync control";
    const stray = outsideDomain(scope, stream.rootDse);
    if (stray !== null) return stray;
    try {
      const probe = { filter: DOMAIN_HEAD_ONLY, attributes: ["objectGUID"] };
      for await (const answer of dirSyncAnswers(stream, probe, Buffer.alloc(0)))
        if (answer.kind === "page") break;
      return null;
    } catch (error) {
      if (!REFUSALS.includes(ldapCodeOf(error))) throw error;
      return `the server refuses DirSync to this account: ${error instanceof Error ? error.message : ""}`;
    }
  },

  async *changes(run): AsyncGenerator<FeedEvent> {
    if (run.position === null) {
      yield* full(run, run.reason);
      return;
    }
    const position = positionSchema.safeParse(run.position);
    const delta = position.success ? await readDelta(run, Buffer.from(position.data.cookie, "base64")) : null;
    if (delta === null || !position.success) {
      yield* full(run, "cookie_rejected");
      return;
    }
    if (delta.containerMoved) {
      yield* fullFeed(run, "dirsync", "container_moved", toPosition(delta.cookie, listedNow(run.stream)));
      return;
    }
    yield { kind: "start", feed: "dirsync", full: false, reason: null };
    yield* rereadChanged(run, delta.changed, delta.deleted);
    const deletesSeen = await canSeeTombstones(run.stream);
    yield* endDelta(run, { listed: position.data.listed, deletesSeen }, (listed) =>
      toPosition(delta.cookie, listed),
    );
  },
};

const toPosition = (cookie: Buffer, listed: number): z.infer<typeof positionSchema> => ({
  cookie: cookie.toString("base64"),
  listed,
});

/** Takes the position before reading, so that a change made meanwhile is reported once more and never lost. */
async function* full(run: FeedRun, reason: string | null): AsyncGenerator<FeedEvent> {
  let cookie: Buffer = Buffer.alloc(0);
  const request = { filter: DOMAIN_HEAD_ONLY, attributes: ["objectGUID"] };
  for await (const answer of dirSyncAnswers(run.stream, request, cookie, run.signal))
    if (answer.kind === "page") cookie = answer.cookie;
  yield* fullFeed(run, "dirsync", reason, toPosition(cookie, listedNow(run.stream)));
}

interface Delta {
  readonly changed: ReadonlySet<string>;
  readonly deleted: ReadonlySet<string>;
  readonly containerMoved: boolean;
  readonly cookie: Buffer;
}

/** Returns null when the server does not accept the cookie. */
async function readDelta(run: FeedRun, from: Buffer): Promise<Delta | null> {
  const changed = new Set<string>();
  const deleted = new Set<string>();
  const moved = new Set<string>();
  let cookie = from;
  const request = {
    filter: anyOf([ANY_PERSON, ANY_CONTAINER]),
    attributes: watchedAttributes(run),
  };
  try {
    for await (const answer of dirSyncAnswers(run.stream, request, from, run.signal)) {
      if (answer.kind === "page") {
        cookie = answer.cookie;
        continue;
      }
      const id = guidToId(answer.entry.attributes.get("objectguid")?.[0]);
      if (id === null) continue;
      if (isDeleted(answer.entry)) deleted.add(id);
      else changed.add(id);
      if (isMoved(answer.entry)) moved.add(id);
    }
  } catch (error) {
    // The control was accepted when the feed was chosen, so this refusal concerns the cookie.
    if (REFUSALS.includes(ldapCodeOf(error))) return null;
    throw error;
  }
  return { changed, deleted, containerMoved: await isAnyContainer(run, moved), cookie };
}

const isDeleted = (entry: DirectoryEntryRaw): boolean =>
  entry.attributes.get("isdeleted")?.[0]?.toString().toUpperCase() === "TRUE";

/**
 * Tells whether an object was moved or renamed, and is not new: only a new one comes with its class. The users below it
 * are not reported.
 */
const isMoved = ({ attributes }: DirectoryEntryRaw): boolean =>
  (attributes.has("parentguid") || attributes.has("name")) && !attributes.has("objectclass");

/** Lists every attribute that can change what is sent about a user, or whether the user is in scope. */
function watchedAttributes(run: FeedRun): string[] {
  const names = [...run.attributes, ...filterAttributes(run.scope.filter), ...ALWAYS_WATCHED];
  return [...new Set(names.map((name) => name.toLowerCase()))];
}
const ALWAYS_WATCHED = ["objectGUID", "objectClass", "name", "parentGUID", "isDeleted", "userAccountControl"];

type DirSyncAnswer =
  | { readonly kind: "entry"; readonly entry: DirectoryEntryRaw }
  | { readonly kind: "page"; readonly cookie: Buffer };

/** Yields all pages. The server says whether there are more; a page may be empty. */
async function* dirSyncAnswers(
  stream: LdapStream,
  request: Pick<SearchRequest, "filter" | "attributes">,
  from: Buffer,
  signal?: AbortSignal,
): AsyncGenerator<DirSyncAnswer> {
  let cookie = from;
  for (let more = true; more;) {
    const controls = [dirSync(cookie, DIRSYNC_OBJECT_SECURITY)];
    const search = { ...request, base: domainOf(stream.rootDse), scope: "sub", controls } as const;
    for await (const item of stream.search(search, signal)) {
      if (item.kind === "entry") yield { kind: "entry", entry: item.entry };
      if (item.kind !== "done") continue;
      const answer = parseDirSync(item.result.controls);
      if (answer === null)
        throw new AppError("DIRECTORY_PROTOCOL", `${stream.server} answered DirSync without its control.`);
      cookie = answer.cookie;
      more = answer.more;
      yield { kind: "page", cookie };
    }
  }
}
