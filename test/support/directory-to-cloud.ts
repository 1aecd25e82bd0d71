/** Joins a real directory, the agent's sync run and a real cloud without a network: what a run does to the stored users. */
import type { SyncLink } from "../../agent/sync/batch-sender.ts";
import { mapEntry } from "../../agent/sync/map-entry.ts";
import { runSync } from "../../agent/sync/run-sync.ts";
import type { SyncOrder, SyncResult } from "../../agent/sync/sync-result.ts";
import { systemClock } from "../../shared/clock.ts";
import { newId } from "../../shared/ids.ts";
import { silentLogger } from "../../shared/logger.ts";
import type { AgentBody } from "../../shared/protocol/frames.ts";
import { directoryConfig, openDirectory, type TestDirectoryOptions } from "./directory.ts";
import { newSession, newTenant, type SyncCloud } from "./sync-cloud.ts";

export interface JoinedCloud {
  /** Makes a delta run, or another one, to its end. */
  readonly sync: (order?: Partial<SyncOrder>) => Promise<SyncResult>;
  /** Tells which of these users the cloud has. */
  readonly has: (...ids: readonly string[]) => Promise<boolean[]>;
  readonly mobileOf: (id: string) => Promise<string | null>;
  /** Closes the connections to the directory. */
  readonly close: () => Promise<void>;
}

export async function joinCloud(cloud: SyncCloud, options: TestDirectoryOptions): Promise<JoinedCloud> {
  const tenantId = await newTenant(cloud);
  const session = newSession(tenantId);
  const { sync, users } = cloud;
  const answers: Readonly<Record<string, (body: never) => Promise<unknown>>> = {
    "sync.begin": (body: AgentBody<"sync.begin">) => sync.begin(session, body),
    "sync.batch": (body: AgentBody<"sync.batch">) => sync.batch(session, body),
    "sync.finish": (body: AgentBody<"sync.finish">) => sync.finish(session, body),
    "sync.fail": (body: AgentBody<"sync.fail">) => sync.fail(session, body),
  };
  let noted: Promise<void> = Promise.resolve();
  const link: SyncLink = {
    send: ((_type: string, body: AgentBody<"sync.note">) => {
      noted = sync.note(session, body);
    }) as SyncLink["send"],
    request: (async (type: string, body: never) => {
      await noted;
      return { body: await answers[type]?.(body) };
    }) as unknown as SyncLink["request"],
  };
  const directory = await openDirectory(options);
  const { attributes } = directoryConfig(options);
  return {
    sync: (order = {}) =>
      runSync(
        {
          runId: newId(),
          policy: "delta",
          trigger: "agent",
          dryRun: false,
          user: null,
          ...order,
        },
        {
          directory,
          link,
          mapEntry: (entry) => mapEntry(entry, { attributes, regionOf: () => "BE" }),
          clock: systemClock,
          log: silentLogger,
        },
        new AbortController().signal,
      ),
    has: (...ids) => Promise.all(ids.map(async (id) => (await users.get(tenantId, id)) !== null)),
    mobileOf: async (id) => (await users.get(tenantId, id))?.mobile ?? null,
    close: () => directory.close(),
  };
}
