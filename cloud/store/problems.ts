/**
 * Reads what sync runs could not use: the list of each run, and the entries that a source's users are missing today. Only
 * functions/sync/ writes both. DNs are personal data: they are kept as long as the run, and in no log.
 */
import { AppError } from "../../shared/errors.ts";
import { type SyncProblem, syncProblemSchema } from "../../shared/protocol/frames.ts";
import { keys } from "./keys.ts";
import { sourceNumbers } from "./sources.ts";
import { guard, type Store } from "./store.ts";

export interface ProblemStore {
  /** Lists what a run could not use, sorted by DN. At most LIMITS.maxRunProblems. */
  ofRun(tenantId: string, runId: string): Promise<SyncProblem[]>;
  /**
   * Lists the entries in scope that cannot be used as of the last run that read them, by source. At most
   * LIMITS.maxRunProblems per source.
   */
  rejectedEntries(tenantId: string): Promise<(SyncProblem & { readonly source: number })[]>;
}

/**
 * Returns the field of a problem in its list, so that an entry that is read twice is listed once. Null when nothing says
 * which entry it is.
 */
export function problemField({ what, id, dn, attribute }: SyncProblem): string | null {
  const entry = id ?? dn;
  if (entry === null) return null;
  return what === "entry" ? `entry\0${entry}` : `value\0${entry}\0${attribute ?? ""}`;
}

/** Length of the id of the run that stands before a problem in the list of a source. */
const RUN_ID_LENGTH = 26;

export function createProblemStore({ store }: { store: Store }): ProblemStore {
  const { redis } = store;
  return {
    async ofRun(tenantId, runId) {
      const key = keys.syncRunProblems(tenantId, runId);
      const values = await guard(() => redis.hvals(key));
      return values.map((text) => parseProblem(key, text)).sort(byPlace);
    },
    async rejectedEntries(tenantId) {
      const lists = await Promise.all(
        (await sourceNumbers(store, tenantId)).map(async (source) => {
          const key = keys.syncRejected(tenantId, source);
          const values = await guard(() => redis.hvals(key));
          return values
            .map((text) => ({ ...parseProblem(key, text.slice(RUN_ID_LENGTH)), source }))
            .sort(byPlace);
        }),
      );
      return lists.flat();
    },
  };
}

function parseProblem(key: string, text: string): SyncProblem {
  try {
    return syncProblemSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new AppError("RECORD_CORRUPT", `The record ${key} is damaged.`, { cause: error });
  }
}

const placeOf = ({ dn, id, attribute }: SyncProblem): string => `${dn ?? id ?? ""}\0${attribute ?? ""}`;
/** Sorts by code units, the same on every node. */
function byPlace(one: SyncProblem, other: SyncProblem): number {
  const [a, b] = [placeOf(one), placeOf(other)];
  return a < b ? -1 : a > b ? 1 : 0;
}
