/**
 * Finds changes by uSNChanged, where DirSync is refused: every DC numbers its writes ([MS-ADTS] 3.1.1.1.9). The number says that
 * an object changed but not which attribute, so this feed reads more objects than DirSync. A number is valid for one DC only.
 */
import { z } from "zod";
import { AppError } from "../../../shared/errors.ts";
import type { FeedEvent } from "../directory.ts";
import { showDeleted } from "../ldap/controls.ts";
import { allOf, atLeast, equals, type Filter } from "../ldap/filters.ts";
import { guidToId } from "../ldap/guid.ts";
import { type LdapStream, searchPaged, type SearchRequest } from "../ldap/ldap-stream.ts";
import { domainOf } from "../ldap/root-dse.ts";
import {
  ANY_CONTAINER,
  ANY_PERSON,
  canSeeTombstones,
  deletedObjects,
  domainControllerIdentity,
  endDelta,
  fullFeed,
  listedNow,
  listedSchema,
  outsideDomain,
  rereadChanged,
} from "./active-directory-feeds.ts";
import type { Feed, FeedRun } from "./feed.ts";

const positionSchema = z.strictObject({ usn: z.string().regex(/^\d{1,19}$/), listed: listedSchema });

export const usnFeed: Feed = {
  name: "usn",
  identity: domainControllerIdentity,

  unavailable: (stream, scope) => {
    const reason =
      stream.rootDse.highestCommittedUsn === null
        ? "the rootDSE names no highestCommittedUSN"
        : outsideDomain(scope, stream.rootDse);
    return Promise.resolve(reason);
  },

  async *changes(run): AsyncGenerator<FeedEvent> {
    // Read before anything else: a change made meanwhile has a higher number and is found by the next run.
    const usn = (await highestUsn(run.stream)).toString();
    const position: z.infer<typeof positionSchema> = { usn, listed: listedNow(run.stream) };
    if (run.position === null) {
      yield* fullFeed(run, "usn", run.reason, position);
      return;
    }
    const last = positionSchema.safeParse(run.position);
    // A number above the current one: the DC was restored from a backup without a new invocationId.
    if (!last.success || BigInt(last.data.usn) > BigInt(position.usn)) {
      yield* fullFeed(run, "usn", "position_rejected", position);
      return;
    }
    const since = BigInt(last.data.usn) + 1n;
    if (await isAnyContainerChanged(run, since)) {
      yield* fullFeed(run, "usn", "container_moved", position);
      return;
    }
    yield { kind: "start", feed: "usn", full: false, reason: null };
    const deletesSeen = await canSeeTombstones(run.stream);
    const deleted = deletesSeen ? await deletedIds(run, since) : new Set<string>();
    yield* rereadChanged(run, await changedIds(run, since), deleted);
    yield* endDelta(run, { listed: last.data.listed, deletesSeen }, (listed) => ({ usn, listed }));
  },
};

async function highestUsn(stream: LdapStream): Promise<bigint> {
  const { highestCommittedUsn } = await stream.readRootDse();
  if (highestCommittedUsn === null)
    throw new AppError("DIRECTORY_UNSUPPORTED", "The rootDSE names no highestCommittedUSN.");
  return highestCommittedUsn;
}

const changedSince = (since: bigint, filter: Filter): Filter =>
  allOf([filter, atLeast("uSNChanged", since.toString())]);

/** Searches the whole domain, so that users that left the bases are found too. */
const changedIds = (run: FeedRun, since: bigint): Promise<Set<string>> =>
  collectIds(run, { base: domainOf(run.stream.rootDse), filter: changedSince(since, ANY_PERSON) });

const deletedIds = (run: FeedRun, since: bigint): Promise<Set<string>> => {
  const filter = changedSince(since, allOf([equals("isDeleted", "TRUE"), ANY_PERSON]));
  return collectIds(run, { base: deletedObjects(run.stream.rootDse), filter, controls: [showDeleted] });
};

/**
 * Tells whether a container changed. The users below a moved container do not change. Which attribute of the container changed
 * is not known, so any change counts, except for containers created since: their users have changed too.
 */
async function isAnyContainerChanged(run: FeedRun, since: bigint): Promise<boolean> {
  const base = domainOf(run.stream.rootDse);
  const request = {
    base,
    scope: "sub",
    filter: changedSince(since, ANY_CONTAINER),
    attributes: ["uSNCreated"],
  } as const;
  for await (const { attributes } of searchPaged(run.stream, request, run.pageSize, run.signal)) {
    const created = attributes.get("usncreated")?.[0]?.toString() ?? "";
    if (!/^\d{1,19}$/.test(created) || BigInt(created) < since) return true;
  }
  return false;
}

async function collectIds(
  run: FeedRun,
  request: Pick<SearchRequest, "base" | "filter" | "controls">,
): Promise<Set<string>> {
  const ids = new Set<string>();
  const search = { ...request, scope: "sub", attributes: ["objectGUID"] } as const;
  for await (const { attributes } of searchPaged(run.stream, search, run.pageSize, run.signal)) {
    const id = guidToId(attributes.get("objectguid")?.[0]);
    if (id !== null) ids.add(id);
  }
  return ids;
}
