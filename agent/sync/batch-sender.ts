/** Packs changes into batches and sends them to the cloud, a few unacknowledged at a time. Waiting in `add` holds the feed back. */
import { MINUTE_MS } from "../../shared/durations.ts";
import type { AppError } from "../../shared/errors.ts";
import { toAppError } from "../../shared/errors.ts";
import type { CloudBody, SyncChange } from "../../shared/protocol/frames.ts";
import { LIMITS } from "../../shared/protocol/limits.ts";
import type { Link } from "../link/link.ts";

/** The part of the link that a sync run needs. Frames leave in the order of the calls. */
export type SyncLink = Pick<Link, "request" | "send">;

export interface BatchSenderDeps {
  readonly link: SyncLink;
  readonly runId: string;
  readonly onAck: (answer: CloudBody<"sync.ack">) => void;
  /** Called at once, so that a feed which waits for the directory can be stopped. */
  readonly onFailure: (error: AppError) => void;
}

const BATCH_TIMEOUT_MS = MINUTE_MS;
/**
 * Largest JSON size of a batch before compression. Leaves room for the cursor within the frame limit, whatever the text is. It also
 * keeps a batch below LIMITS.maxBatchIds: an id takes 35 bytes.
 */
const MAX_BATCH_BYTES = 128 * 1024;

/**
 *   sending ──(the cloud refuses a batch, or the link is gone)──► failed: everything throws that error from then on
 */
export class BatchSender {
  readonly #deps: BatchSenderDeps;
  readonly #inFlight = new Set<Promise<void>>();
  #changes: SyncChange[] = [];
  #bytes = 0;
  #sequence = 0;
  #failure: AppError | undefined;

  constructor(deps: BatchSenderDeps) {
    this.#deps = deps;
  }

  /** Resolves when there is room for more. Throws what made an earlier batch fail. */
  async add(change: SyncChange): Promise<void> {
    const size = sizeOf(change);
    if (this.#changes.length > 0 && this.#bytes + size > MAX_BATCH_BYTES) await this.#flush();
    this.#changes.push(change);
    this.#bytes += size;
    if (this.#changes.length >= LIMITS.maxBatchChanges) await this.#flush();
  }

  /** Sends the rest and resolves when all of it is acknowledged, with the number of the last batch. */
  async drain(): Promise<number> {
    if (this.#changes.length > 0) await this.#flush();
    await Promise.all(this.#inFlight);
    this.#throwFailure();
    return this.#sequence;
  }

  async #flush(): Promise<void> {
    while (this.#failure === undefined && this.#inFlight.size >= LIMITS.syncWindow)
      await Promise.race(this.#inFlight);
    this.#throwFailure();
    const { link, runId, onAck } = this.#deps;
    const body = { runId, sequence: ++this.#sequence, changes: this.#changes, cursor: null };
    this.#changes = [];
    this.#bytes = 0;
    const sent = link
      .request("sync.batch", body, ["sync.ack"], BATCH_TIMEOUT_MS)
      .then((answer) => onAck(answer.body))
      .catch((error: unknown) => this.#fail(toAppError(error)))
      .finally(() => this.#inFlight.delete(sent));
    this.#inFlight.add(sent);
  }

  #fail(error: AppError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#deps.onFailure(error);
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}

const sizeOf = (change: SyncChange): number => Buffer.byteLength(JSON.stringify(change)) + 1;
