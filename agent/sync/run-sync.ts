/**
 * Makes one sync run, from `sync.begin` to `sync.finished`: reads the directory's feed, maps its entries, and sends batches
 * that the cloud commits together with the cursor. The agent stores nothing: a run that is cut short starts again from the
 * cursor that the cloud holds.
 */
import type { Clock } from "../../shared/clock.ts";
import { AppError, isAppError, toAppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import { type AgentBody, type CloudBody, NO_COUNTS, type SyncCounts } from "../../shared/protocol/frames.ts";
import { LIMITS } from "../../shared/protocol/limits.ts";
import { fingerprintUser, serializeUser } from "../../shared/user.ts";
import type { Directory, DirectoryEntry, FeedEvent } from "../directory/directory.ts";
import { adviseOnUnusable, describeUnusable } from "../directory/entries/unusable-entries.ts";
import { BatchSender, type SyncLink } from "./batch-sender.ts";
import type { MappedEntry } from "./map-entry.ts";
import { RunProblems } from "./run-problems.ts";
import type { SyncOrder, SyncProgress, SyncResult } from "./sync-result.ts";

export interface RunSyncDeps {
  readonly directory: Pick<Directory, "dialect" | "changes" | "readUsers" | "find" | "account">;
  readonly link: SyncLink;
  readonly mapEntry: (entry: DirectoryEntry) => MappedEntry;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onProgress?: (progress: SyncProgress) => void;
}

/** The cloud may have to wait for its store, and at the end of a run for a large set of deletes. */
const BEGIN_TIMEOUT_MS = 15_000;
const FINISH_TIMEOUT_MS = 300_000;
/** Time to tell the cloud that a run failed. Short, since the agent may be stopping. */
const TELL_TIMEOUT_MS = 3_000;
/** When the cloud's store made the run fail, the agent tries this long to have the failure stored. */
const TELL_AGAIN_FOR_MS = 15_000;
const TELL_PAUSE_MS = 500;
/** Largest number of reasons in the error of a run that can use nobody. */
const MAX_REASONS = 3;

/**
 * Resolves with the result of the run; a failed run is a result too. Never rejects. Aborting the signal makes the run fail, and
 * the cloud is told.
 */
export async function runSync(order: SyncOrder, deps: RunSyncDeps, signal: AbortSignal): Promise<SyncResult> {
  return await new Run(order, deps, signal).result();
}

class Run {
  readonly #order: SyncOrder;
  readonly #deps: RunSyncDeps;
  readonly #log: Logger;
  readonly #signal: AbortSignal;
  readonly #startedAt: number;
  /** Aborts the feed when a batch is refused while the feed is silent. */
  readonly #feed = new AbortController();
  readonly #stop: AbortSignal;
  readonly #problems = new RunProblems();
  /** Users whom the feed named as unchanged, and whom the cloud does not know. */
  #unknown: string[] = [];
  /** Users whom the cloud rejected, because another source has them. */
  readonly #otherSource = new Set<string>();
  /** Users whom a delta sent whole. A dry run stores nothing, so the cloud may not know them although they were sent. */
  readonly #sent = new Set<string>();
  #read = 0;
  #counts: SyncCounts = NO_COUNTS;
  #note: Omit<AgentBody<"sync.note">, "runId"> | null = null;

  constructor(order: SyncOrder, deps: RunSyncDeps, signal: AbortSignal) {
    this.#order = order;
    this.#deps = deps;
    this.#log = deps.log.child({ runId: order.runId });
    this.#signal = signal;
    this.#startedAt = deps.clock.now();
    this.#stop = AbortSignal.any([signal, this.#feed.signal]);
  }

  async result(): Promise<SyncResult> {
    let begun: CloudBody<"sync.begun">;
    try {
      begun = await this.#unlessStopped(this.#begin());
    } catch (error) {
      return this.#failed(error);
    }
    try {
      return this.#finished(await this.#unlessStopped(this.#transfer(begun)));
    } catch (error) {
      await this.#tellFailure(error);
      return this.#failed(error);
    }
  }

  async #begin(): Promise<CloudBody<"sync.begun">> {
    const { runId, policy, trigger, dryRun, user } = this.#order;
    const body = { runId, policy, trigger, dryRun, user };
    const { body: begun } = await this.#deps.link.request(
      "sync.begin",
      body,
      ["sync.begun"],
      BEGIN_TIMEOUT_MS,
    );
    return begun;
  }

  async #transfer(begun: CloudBody<"sync.begun">): Promise<CloudBody<"sync.finished">> {
    const sender = new BatchSender({
      link: this.#deps.link,
      runId: this.#order.runId,
      onAck: ({ counts, unknown, otherSource }) => {
        this.#counts = counts;
        this.#unknown.push(...unknown);
        for (const id of otherSource) this.#otherSource.add(id);
        this.#progress();
      },
      onFailure: (error) => this.#feed.abort(error),
    });
    const end =
      this.#order.user === null
        ? await this.#transferFeed(begun, sender)
        : await this.#transferUser(this.#order.user, begun, sender);
    await this.#transferOtherSource(sender);
    const sequence = await sender.drain();
    this.#checkUsable(begun);
    const answer = await this.#deps.link.request(
      "sync.finish",
      { runId: this.#order.runId, sequence: sequence + 1, ...end, read: this.#read },
      ["sync.finished"],
      FINISH_TIMEOUT_MS,
    );
    return answer.body;
  }

  async #transferFeed(
    begun: CloudBody<"sync.begun">,
    sender: BatchSender,
  ): Promise<{ sweep: boolean; cursor: string | null }> {
    const { policy, dryRun } = this.#order;
    const from = policy === "initial" ? null : begun.cursor;
    let isFull = from === null;
    let isAnybody = false;
    let end: { readonly sweep: boolean; readonly cursor: string | null } | null = null;

    for await (const event of this.#untilStopped(this.#deps.directory.changes(from, this.#stop))) {
      switch (event.kind) {
        case "start":
          isFull = event.full;
          this.#tellFeed(event);
          break;
        case "entry":
          isAnybody = true;
          if (!isFull && event.entry.id !== null) this.#sent.add(event.entry.id);
          await this.#transferEntry(event.entry, sender);
          break;
        case "present":
          isAnybody ||= event.ids.length > 0;
          this.#read += event.ids.length;
          for (const ids of chunks(event.ids, 1000)) await sender.add({ kind: "present", ids });
          break;
        case "gone":
          await sender.add({ kind: "gone", id: event.id, reason: event.reason });
          break;
        case "complete":
          if (event.sweep && !isAnybody && begun.users > 0) throw new AppError("SYNC_EMPTY");
          end = { sweep: event.sweep, cursor: dryRun ? null : event.cursor };
      }
    }
    if (end === null)
      throw new AppError(
        "SYNC_FAILED",
        "The directory's answer ended before it was complete; the cursor did not move.",
      );
    await this.#transferUnknown(sender);
    return end;
  }

  /**
   * Sends the users whom the feed named as unchanged and whom the cloud does not know. A user comes into scope without a
   * change of the entry when an OU is moved, a backup is restored, or the agent's account gets the right to read.
   */
  async #transferUnknown(sender: BatchSender): Promise<void> {
    await sender.drain();
    const ids = this.#unknown.filter((id) => !this.#sent.has(id));
    this.#read -= this.#unknown.length - ids.length;
    if (ids.length === 0) return;
    this.#log.info("sync.users.unknown", { count: ids.length });
    this.#read -= ids.length; // they are counted again when they are read
    for await (const entry of this.#untilStopped(this.#deps.directory.readUsers(ids, this.#stop)))
      await this.#transferEntry(entry, sender);
  }

  /**
   * Fails a run that can use none of the entries it read: it would look green, and nobody could reset. A delta of a source with
   * users is not judged by its few entries: it would fail for ever because of one new entry.
   */
  #checkUsable({ users }: CloudBody<"sync.begun">): void {
    const { read, rejected } = this.#counts;
    const isWhole = this.#order.user !== null || this.#note?.full === true || users === 0;
    if (!isWhole || read === 0 || rejected < read) return;
    const reasons = this.#problems.commonRejections;
    const [first] = reasons;
    if (first === undefined) return;
    const why = reasons.map((reason) => `${reason.count} ${describeUnusable(reason)}`).slice(0, MAX_REASONS);
    throw new AppError(
      "SYNC_NOBODY_USABLE",
      `None of the ${read} entries that the directory returned can be used: ${why.join("; ")}. ${adviseOnUnusable(first, this.#deps.directory.dialect)} List them: latchkey sync show ${this.#order.runId}`,
    );
  }

  /** Sends the DNs of the users whom the cloud rejected, because only the agent knows them. */
  async #transferOtherSource(sender: BatchSender): Promise<void> {
    await sender.drain();
    const ids = [...this.#otherSource].slice(0, LIMITS.maxRunProblems);
    if (ids.length === 0) return;
    for await (const entry of this.#untilStopped(this.#deps.directory.readUsers(ids, this.#stop)))
      if (entry.id !== null) await sender.add(this.#problems.rejectedByCloud(entry, entry.id));
  }

  /** Throws the reason of the abort instead of the error that the aborted feed throws. */
  async *#untilStopped<T>(items: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
    try {
      for await (const item of items) {
        this.#checkStop();
        yield item;
      }
    } catch (error) {
      this.#checkStop();
      throw error;
    }
    this.#checkStop();
  }

  async #transferUser(
    name: string,
    begun: CloudBody<"sync.begun">,
    sender: BatchSender,
  ): Promise<{ sweep: false; cursor: null }> {
    const { directory } = this.#deps;
    const found = await directory.find(name, this.#stop);
    const entries = new Map(found.map((entry) => [entry.id ?? entry.dn, entry]));
    if (entries.size > 1)
      throw new AppError(
        "USER_AMBIGUOUS",
        `${entries.size} users in the directory are called '${name}': ${[...entries.keys()].join(", ")}.`,
      );
    // The user that the cloud has under this name may have been renamed or deleted meanwhile.
    const { userId } = begun;
    if (userId !== null && !entries.has(userId)) {
      const [entry] = await directory.find(userId, this.#stop);
      if (entry === undefined) {
        const isDeleted = (await directory.account(userId)) === null;
        await sender.add({ kind: "gone", id: userId, reason: isDeleted ? "deleted" : "left_scope" });
      } else entries.set(userId, entry);
    } else if (entries.size === 0)
      throw new AppError("USER_UNKNOWN", `Neither the directory nor the cloud has a user '${name}'.`);

    for (const entry of entries.values()) await this.#transferEntry(entry, sender);
    this.#checkStop();
    return { sweep: false, cursor: null };
  }

  async #transferEntry(entry: DirectoryEntry, sender: BatchSender): Promise<void> {
    this.#read++;
    const mapped = this.#deps.mapEntry(entry);
    if (mapped.kind === "rejected") {
      await sender.add(this.#problems.reject(entry, mapped));
      return;
    }
    const { user } = mapped;
    const fingerprint = fingerprintUser(serializeUser(user));
    const unusableNumber = user.phoneProblems.length > 0;
    await sender.add(
      this.#order.dryRun
        ? { kind: "digest", id: user.id, fingerprint, unusableNumber }
        : { kind: "user", user, fingerprint },
    );
    for (const value of mapped.unusable) await sender.add(this.#problems.leaveOut(entry, user.id, value));
  }

  #tellFeed({ feed, full, reason }: Extract<FeedEvent, { kind: "start" }>): void {
    this.#note = { feed, full, reason: reason?.slice(0, 256) ?? null };
    this.#deps.link.send("sync.note", { runId: this.#order.runId, ...this.#note });
    this.#progress();
  }

  #progress(): void {
    this.#deps.onProgress?.({ runId: this.#order.runId, read: this.#read, counts: this.#counts });
  }

  #checkStop(): void {
    if (this.#stop.aborted) throw reasonToStop(this.#stop);
  }

  /** Gives up waiting for the cloud's answer when the agent stops. */
  async #unlessStopped<T>(work: Promise<T>): Promise<T> {
    const signal = this.#signal;
    let onAbort = (): void => undefined;
    const stopped = new Promise<never>((_, reject) => {
      onAbort = () => reject(reasonToStop(signal));
      if (signal.aborted) onAbort();
      else signal.addEventListener("abort", onAbort, { once: true });
    });
    try {
      return await Promise.race([work, stopped]);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** Sends nothing when the link itself failed, because the cloud notices that when the run's lease expires. */
  async #tellFailure(error: unknown): Promise<void> {
    const { code, message } = toAppError(error);
    if (code === "LINK_CLOSED" || code === "SYNC_LEASE_LOST") return;
    const { link, clock } = this.#deps;
    const body = { runId: this.#order.runId, code, reason: message.slice(0, 1024) };
    const deadline = clock.monotonicMs() + TELL_AGAIN_FOR_MS;
    for (;;)
      try {
        const answer = await link.request("sync.fail", body, ["sync.finished"], TELL_TIMEOUT_MS);
        this.#counts = answer.body.counts;
        return;
      } catch (reason) {
        // Otherwise the run would seem to be in progress as long as this agent is connected.
        const isWorthAnother = isAppError(reason, "STORE_UNAVAILABLE") && clock.monotonicMs() < deadline;
        if (!isWorthAnother || this.#signal.aborted) return;
        await clock.sleep(TELL_PAUSE_MS, this.#signal);
      }
  }

  #failed(error: unknown): SyncResult {
    const { code, message } = toAppError(error);
    const isOurs = isAppError(error) && code !== "INTERNAL";
    const isExpected = isOurs && (code === "SYNC_LEASE_LOST" || code === "LINK_CLOSED");
    const fields = { code, ...this.#facts(), ...(isOurs ? { reason: message } : { error }) };
    this.#log[isExpected ? "info" : "warn"]("sync.run.failed", fields);
    return this.#result("failed", 0, { code, message });
  }

  #finished({ state, counts, held }: CloudBody<"sync.finished">): SyncResult {
    this.#counts = counts;
    const attributes = this.#problems.valuesByAttribute;
    if (Object.keys(attributes).length > 0) this.#log.warn("sync.values.ignored", { attributes });
    const event = held > 0 ? "sync.run.held" : "sync.run.finished";
    this.#log[held > 0 ? "warn" : "info"](event, { state, held, ...this.#facts() });
    return this.#result(state, held, null);
  }

  #facts() {
    const { policy, trigger, dryRun } = this.#order;
    const ms = this.#deps.clock.now() - this.#startedAt;
    return { policy, trigger, dryRun, ...this.#note, counts: this.#counts, ms };
  }

  #result(state: SyncResult["state"], held: number, error: SyncResult["error"]): SyncResult {
    return {
      ...this.#order,
      state,
      feed: this.#note?.feed ?? null,
      full: this.#note?.full ?? null,
      reason: this.#note?.reason ?? null,
      counts: { ...this.#counts, read: Math.max(this.#counts.read, this.#read) },
      problems: this.#problems.result,
      held,
      startedAt: this.#startedAt,
      durationMs: this.#deps.clock.now() - this.#startedAt,
      error,
    };
  }
}

const reasonToStop = (signal: AbortSignal): AppError =>
  signal.reason instanceof AppError
    ? signal.reason
    : new AppError("SYNC_FAILED", "The agent is stopping; the cursor did not move.");

function* chunks<T>(items: readonly T[], size: number): Generator<T[], void, undefined> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
