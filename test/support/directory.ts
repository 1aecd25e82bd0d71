/** Creates a directory like the agent, from a configuration as an administrator writes it, and collects its feed. */
import { type AgentConfig, agentConfigSchema } from "../../agent/config.ts";
import { createDirectory } from "../../agent/directory/create-directory.ts";
import type {
  Directory,
  DirectoryEntry,
  FeedEvent,
  FeedName,
  NameMemory,
} from "../../agent/directory/directory.ts";
import { type Clock, systemClock } from "../../shared/clock.ts";
import { silentLogger } from "../../shared/logger.ts";

interface Account {
  readonly dn: string;
  readonly password: string;
}

export interface TestDirectoryOptions {
  readonly server: {
    readonly url: string;
    readonly caFile: string;
    readonly syncAccount: Account;
    readonly writebackAccount: Account;
  };
  readonly bases: readonly string[];
  /** Merged into `directory`: `{ feed: "entrycsn", pageSize: 10 }`. */
  readonly directory?: Readonly<Record<string, unknown>>;
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** Merged into `writeback`. */
  readonly writeback?: Readonly<Record<string, unknown>>;
  /** What is remembered of the configured names; by this directory alone when left out. */
  readonly memory?: NameMemory;
  readonly clock?: Clock;
}

export function directoryConfig(options: TestDirectoryOptions): AgentConfig {
  const { server, bases } = options;
  return agentConfigSchema.parse({
    cloud: { url: "https://cloud.example" },
    attributes: options.attributes ?? {},
    writeback: options.writeback ?? {},
    directory: {
      servers: [server.url],
      caFile: server.caFile,
      bind: server.syncAccount,
      writebackBind: server.writebackAccount,
      bases: bases.map((dn) => ({ dn })),
      ...options.directory,
    },
  });
}

export function openDirectory(options: TestDirectoryOptions): Promise<Directory> {
  const config = directoryConfig(options);
  return createDirectory({
    config: config.directory,
    attributes: config.attributes,
    protectedGroups: config.writeback.protectedGroups,
    deny: config.writeback.deny,
    log: silentLogger,
    clock: options.clock ?? systemClock,
    ...(options.memory === undefined ? {} : { memory: options.memory }),
  });
}

/** The events of a whole feed run, sorted by kind. */
export interface FeedResult {
  readonly feed: FeedName | null;
  readonly full: boolean;
  readonly reason: string | null;
  readonly entries: readonly DirectoryEntry[];
  /** Sorted ids of the entries. */
  readonly ids: readonly string[];
  readonly present: readonly string[];
  readonly gone: readonly string[];
  readonly sweep: boolean;
  /** Null when the feed ended without `complete`. */
  readonly cursor: string | null;
  readonly events: readonly FeedEvent[];
}

export async function collectFeed(directory: Directory, cursor: string | null): Promise<FeedResult> {
  const events: FeedEvent[] = [];
  for await (const event of directory.changes(cursor, new AbortController().signal)) events.push(event);
  return summarizeFeed(events);
}

export function summarizeFeed(events: readonly FeedEvent[]): FeedResult {
  const ofKind = <K extends FeedEvent["kind"]>(kind: K): Extract<FeedEvent, { kind: K }>[] =>
    events.filter((event): event is Extract<FeedEvent, { kind: K }> => event.kind === kind);
  const [start] = ofKind("start");
  const [complete] = ofKind("complete");
  const entries = ofKind("entry").map(({ entry }) => entry);
  return {
    feed: start?.feed ?? null,
    full: start?.full ?? false,
    reason: start?.reason ?? null,
    entries,
    ids: entries.map(({ id }) => id ?? "").sort(),
    present: ofKind("present").flatMap(({ ids }) => ids),
    gone: ofKind("gone")
      .map(({ id }) => id)
      .sort(),
    sweep: complete?.sweep ?? false,
    cursor: complete?.cursor ?? null,
    events,
  };
}

export const textOf = (entry: DirectoryEntry | undefined, attribute: string): string | null =>
  entry?.attributes.get(attribute.toLowerCase())?.[0]?.toString("utf8") ?? null;
