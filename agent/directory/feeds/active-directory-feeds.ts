/**
 * Shared by the two feeds of Active Directory: reading the scope, reading changed objects again, and the identity of a
 * DC.
 */
import { z } from "zod";
import { isWithin } from "../../../shared/dn.ts";
import { HOUR_MS } from "../../../shared/durations.ts";
import { AppError } from "../../../shared/errors.ts";
import type { FeedEvent } from "../directory.ts";
import { showDeleted } from "../ldap/controls.ts";
import { allOf, ANY_ENTRY, anyOf, equals, type Filter, not } from "../ldap/filters.ts";
import { guidToId, idToGuid } from "../ldap/guid.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import { ldapCodeOf } from "../ldap/ldap-errors.ts";
import { LDAP_CODE } from "../ldap/ldap-result.ts";
import type { LdapStream } from "../ldap/ldap-stream.ts";
import { domainOf, type RootDse } from "../ldap/root-dse.ts";
import type { FeedRun } from "./feed.ts";
import { chunks, namePresent, readEntries, readUsers } from "./read-scope.ts";
import type { ResolvedScope } from "./scope.ts";

/** Users and contacts, without computers, which are users too. By objectClass, which a tombstone keeps. */
export const ANY_PERSON = allOf([equals("objectClass", "person"), not(equals("objectClass", "computer"))]);

/** Containers of users. A group policy object is a container too, but holds no users and changes often. */
export const ANY_CONTAINER = anyOf([
  equals("objectClass", "organizationalUnit"),
  allOf([equals("objectClass", "container"), not(equals("objectClass", "groupPolicyContainer"))]),
]);

/** Returns null when every base is in the domain; otherwise a sentence that names the one that is not. */
export function outsideDomain(scope: ResolvedScope, rootDse: RootDse): string | null {
  const domain = domainOf(rootDse);
  const stray = scope.bases.find(({ dn }) => !isWithin(dn, domain));
  return stray === undefined ? null : `${stray.configured} is not in the domain of this server`;
}

/**
 * Identifies the DC. A restored or replaced DC gets another invocationId, and positions of the old one mean nothing to it
 * ([MS-ADTS] 3.1.1.1.9).
 */
export async function domainControllerIdentity(stream: LdapStream): Promise<string> {
  const { dsServiceName, dnsHostName } = stream.rootDse;
  if (dsServiceName === null)
    throw new AppError("DIRECTORY_UNSUPPORTED", "The rootDSE names no dsServiceName.");
  const settings = await readOne(stream, dsServiceName, ["invocationId"]);
  const invocationId = guidToId(settings?.attributes.get("invocationid")?.[0]);
  if (invocationId === null)
    throw new AppError("DIRECTORY_ACCESS_DENIED", `The invocationId of ${dsServiceName} cannot be read.`);
  return `${(dnsHostName ?? "").toLowerCase()}/${invocationId}`;
}

/**
 * Tells whether the account may list CN=Deleted Objects, without which it does not see deletes. Without the right the
 * server does not refuse the search, which then finds no tombstones. But the same grant (LCRP) makes the container's
 * own attributes readable, so this function tests those.
 */
export async function canSeeTombstones(stream: LdapStream): Promise<boolean> {
  try {
    const container = await readOne(stream, deletedObjects(stream.rootDse), ["objectClass"], true);
    return container?.attributes.has("objectclass") === true;
  } catch (error) {
    if (ldapCodeOf(error) === LDAP_CODE.insufficientAccess) return false;
    throw error;
  }
}

export const deletedObjects = (rootDse: RootDse): string => `CN=Deleted Objects,${domainOf(rootDse)}`;

async function readOne(
  stream: LdapStream,
  base: string,
  attributes: readonly string[],
  evenDeleted = false,
): Promise<DirectoryEntryRaw | null> {
  const request = {
    base,
    scope: "base",
    filter: ANY_ENTRY,
    attributes,
    controls: evenDeleted ? [showDeleted] : [],
  } as const;
  try {
    for await (const item of stream.search(request)) if (item.kind === "entry") return item.entry;
  } catch (error) {
    if (ldapCodeOf(error) !== LDAP_CODE.noSuchObject) throw error;
  }
  return null;
}

/** Tells whether one of these objects is a container of users. */
export async function isAnyContainer(run: FeedRun, ids: ReadonlySet<string>): Promise<boolean> {
  for (const some of chunks([...ids])) {
    const request = {
      base: domainOf(run.stream.rootDse),
      scope: "sub",
      filter: allOf([ANY_CONTAINER, hasId(some)]),
      attributes: ["1.1"],
    } as const;
    for await (const item of run.stream.search(request, run.signal)) if (item.kind === "entry") return true;
  }
  return false;
}

const hasId = (ids: readonly string[]): Filter => anyOf(ids.map((id) => equals("objectGUID", idToGuid(id))));

/** Every delta names changes only; this often one lists the ids of all users too. */
const LIST_EVERY_MS = HOUR_MS;

/** Part of a position: when all users were last listed, by the DC's clock; 0 where it shows none. */
export const listedSchema = z.int().min(0);
export const listedNow = ({ rootDse }: LdapStream): number => rootDse.currentTime ?? 0;

/**
 * Ends a delta. No delta names a user who was moved to a place that the account may not read, alone or with a container: neither
 * DirSync with OBJECT_SECURITY nor a search shows the object any more. So the ids of all users are compared once an hour, and every
 * time where deletes are not seen.
 */
export async function* endDelta(
  run: FeedRun,
  { listed, deletesSeen }: { readonly listed: number; readonly deletesSeen: boolean },
  positionOf: (listed: number) => unknown,
): AsyncGenerator<FeedEvent> {
  const now = listedNow(run.stream);
  const isFresh = deletesSeen && now >= listed && now - listed < LIST_EVERY_MS && now > 0;
  if (!isFresh) yield* namePresent(run);
  const cursor = run.toCursor(positionOf(isFresh ? listed : now));
  yield { kind: "complete", cursor, sweep: !isFresh };
}

/** Yields all users in scope, and the end of a full feed. `position` was taken before. */
export async function* fullFeed(
  run: FeedRun,
  feed: "dirsync" | "usn",
  reason: string | null,
  position: unknown,
): AsyncGenerator<FeedEvent> {
  yield { kind: "start", feed, full: true, reason };
  for await (const entry of readEntries(run, null)) yield { kind: "entry", entry };
  yield { kind: "complete", cursor: run.toCursor(position), sweep: true };
}

/** Reads changed objects again: the server's own base and filter decide whether they are in scope. */
export async function* rereadChanged(
  run: FeedRun,
  changed: ReadonlySet<string>,
  deleted: ReadonlySet<string>,
): AsyncGenerator<FeedEvent> {
  const missing = new Set([...changed].filter((id) => !deleted.has(id)));
  for await (const entry of readUsers(run, missing)) {
    if (entry.id !== null) missing.delete(entry.id);
    yield { kind: "entry", entry };
  }
  for (const id of missing) yield { kind: "gone", id, reason: "left_scope" };
  for (const id of deleted) yield { kind: "gone", id, reason: "deleted" };
}
