/** Changes into batches, batches to the cloud, a few of them unacknowledged at a time. Waiting in `add` holds the feed back. */
import { MINUTE_MS } from "../../shared/durations.ts";
import type { AppError } from "../../shared/errors.ts";
import { toAppError } from "../../shared/errors.ts";
import type { SyncChange, SyncCounts } from "../../shared/protocol/frames.ts";
import { LIMITS } from "../../shared/protocol/limits.ts";
import type { Link } from "../link/link.ts";

/** What a sync run needs of the link. Frames leave in the order of the calls. */
export type SyncLink = Pick<Link, "request" | "send">;

export interface BatchSender {
  /** Resolves when there is room for more. Throws what made an earlier batch fail. */
  add(change: SyncChange): Promise<void>;
  /** Sends what is there with the cursor that covers everything added so far. */
  checkpoint(cursor: string): Promise<void>;
  /** Sends the rest and resolves when all of it is acknowledged, with the number of the last batch. */
  drain(): Promise<number>;
}

export interface BatchSenderOptions {
  readonly link: SyncLink;
  readonly runId: string;
  readonly onAck: (counts: SyncCounts) => void;
  /** At once, so that a feed which waits for the directory can be stopped. */
  readonly onFailure: (error: AppError) => void;
}

const BATCH_TIMEOUT_MS = MINUTE_MS;
/** Of JSON before compression: leaves room for a cursor below the largest frame, whatever the text is. */
const MAX_BATCH_BYTES = 128 * 1024;

export function createBatchSender({ link, runId, onAck, onFailure }: BatchSenderOptions): BatchSender {
  const inFlight = new Set<Promise<void>>();
  let changes: SyncChange[] = [];
  let bytes = 0;
  let sequence = 0;
  let failure: AppError | undefined;

  const flush = async (cursor: string | null): Promise<void> => {
    while (failure === undefined && inFlight.size >= LIMITS.syncWindow) await Promise.race(inFlight);
    if (failure !== undefined) throw failure;
    const body = { runId, sequence: ++sequence, changes, cursor };
    changes = [];
    bytes = 0;
    const sent = link
      .request("sync.batch", body, ["sync.ack"], BATCH_TIMEOUT_MS)
      .then((answer) => onAck(answer.body.counts))
      .catch((error: unknown) => {
        if (failure !== undefined) return;
        failure = toAppError(error);
        onFailure(failure);
      })
      .finally(() => inFlight.delete(sent));
    inFlight.add(sent);
  };

  return {
    async add(change) {
      const size = sizeOf(change);
      if (changes.length > 0 && bytes + size > MAX_BATCH_BYTES) await flush(null);
      changes.push(change);
      bytes += size;
      if (changes.length >= LIMITS.maxBatchChanges) await flush(null);
    },
    checkpoint: (cursor) => flush(cursor),
    async drain() {
      if (changes.length > 0) await flush(null);
      await Promise.all(inFlight);

      if (failure !== undefined) throw failure;
      return sequence;
    },
  };
}

const sizeOf = (change: SyncChange): number => Buffer.byteLength(JSON.stringify(change)) + 1;
