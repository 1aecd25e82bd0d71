/** Plays a sync run of the agent with a scripted feed and a scripted cloud. */
import { type DirectoryEntry, type FeedEvent } from "../../agent/directory/directory.ts";
import type { MappedEntry } from "../../agent/sync/map-entry.ts";
import { runSync } from "../../agent/sync/run-sync.ts";
import { type SyncOrder, type SyncProgress, syncResultSchema } from "../../agent/sync/sync-result.ts";
import { systemClock } from "../../shared/clock.ts";
import { newId } from "../../shared/ids.ts";
import { silentLogger } from "../../shared/logger.ts";
import { cursorSchema, syncChangeSchema } from "../../shared/protocol/frames.ts";
import { type CloudScript, recordingCloud } from "./recording-cloud.ts";

export const idOf = (n: number): string => n.toString(16).padStart(32, "0");
export const entryOf = (n: number): DirectoryEntry => ({
  id: idOf(n),
  dn: `uid=u${n},dc=example`,
  base: "dc=example",
  names: { userName: `u${n}`, aliases: [], unusable: [] },
  enabled: true,
  protected: false,
  attributes: new Map(),
});
export const START: FeedEvent = { kind: "start", feed: "syncrepl", full: false, reason: null };
export const FULL: FeedEvent = { kind: "start", feed: "syncrepl", full: true, reason: "no cursor yet" };
export const entries = (from: number, count: number): FeedEvent[] =>
  Array.from({ length: count }, (_, i) => ({ kind: "entry", entry: entryOf(from + i) }));
export const complete = (sweep: boolean): FeedEvent => ({ kind: "complete", cursor: "end", sweep });

function mapEntry(entry: DirectoryEntry): MappedEntry {
  if (entry.id === null || entry.id === idOf(666))
    return { kind: "rejected", id: entry.id, reason: "invalid_text", attribute: "displayName" };
  return {
    kind: "user",
    user: {
      id: entry.id,
      userName: `user-${entry.id}`,
      aliases: [],
      displayName: "J".repeat(200),
      mobile: "+32470123456",
      officePhone: null,
      alternateEmail: null,
      mail: null,
      enabled: true,
      protected: false,
      phoneProblems: [],
      valueProblems: [],
    },
    unusable: [],
  };
}

export interface Script extends CloudScript {
  readonly feed?: readonly FeedEvent[] | ((signal: AbortSignal) => AsyncIterable<FeedEvent>);
  readonly found?: Readonly<Record<string, readonly DirectoryEntry[]>>;
  /** Users in scope by id, for users whom the cloud does not know. */
  readonly byId?: Readonly<Record<string, DirectoryEntry>>;
  /** Ids that are in the directory, in scope or not. */
  readonly accounts?: readonly string[];
  readonly order?: Partial<SyncOrder>;
  readonly signal?: AbortSignal;
}

export async function play({
  feed = [],
  found = {},
  byId = {},
  accounts = [],
  order,
  signal,
  ...cloudScript
}: Script) {
  const link = recordingCloud(cloudScript);
  const progress: SyncProgress[] = [];
  let askedFrom: string | null | undefined;
  const asked: string[] = [];
  const result = await runSync(
    {
      runId: newId(),
      policy: "delta",
      trigger: "agent",
      dryRun: false,
      user: null,
      ...order,
    },
    {
      directory: {
        dialect: "openldap",
        async *changes(cursor, feedSignal) {
          askedFrom = cursor;
          yield* typeof feed === "function" ? feed(feedSignal) : feed;
        },
        async *readUsers(ids) {
          asked.push(...ids);
          yield* await Promise.resolve(ids.flatMap((id) => byId[id] ?? []));
        },
        find: (name) => Promise.resolve([...(found[name] ?? [])]),
        account: (id) => Promise.resolve(accounts.includes(id) ? ({ id } as never) : null),
      },
      link,
      mapEntry,
      clock: systemClock,
      log: silentLogger,
      onProgress: (item) => progress.push(item),
    },
    signal ?? new AbortController().signal,
  );
  syncResultSchema.parse(result);
  for (const change of link.changes) syncChangeSchema.parse(change);
  for (const { cursor } of link.batches) cursorSchema.nullable().parse(cursor);
  return { result, link, progress, askedFrom, asked, types: link.frames.map((frame) => frame.type) };
}
