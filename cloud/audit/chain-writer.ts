/**
 * Appends entries to one chain for this node. Several nodes may append to one chain: an append states the head that it follows,
 * and is repeated on the newer head when another node was faster.
 *
 *   idle ── append() ─► batching ──────────► committing ── nothing waits ─► idle
 *                          ▲                      │
 *                          └── more entries wait ─┘
 *
 *   batching     Waits up to BATCH_MS for further entries, while all waiting ones are of BATCHED_ACTIONS.
 *   committing   Up to MAX_ENTRIES_A_CALL entries are written by one call. Entries that arrive meanwhile wait.
 */
import type { Clock } from "../../shared/clock.ts";
import { AppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import type { SigningKey } from "../../shared/sealing/signing-key.ts";
import type { AuditChain, ChainHead, NewEntry } from "../store/audit-chain.ts";
import { type AuditEvent, BATCHED_ACTIONS } from "./audit.ts";
import { auditTextOf, hashAuditText } from "./audit-entry.ts";
import { SEAL_EVERY_ENTRIES, signAuditSeal } from "./audit-seal.ts";

export interface ChainWriterDeps {
  readonly tenantId: string | null;
  readonly chain: AuditChain;
  readonly serviceKey: SigningKey;
  readonly log: Logger;
  readonly clock: Clock;
  /** Entries are not batched any more once it is aborted. */
  readonly closing: AbortSignal;
}

const MAX_ENTRIES_A_CALL = 100;
/** Longest time that an entry of BATCHED_ACTIONS waits for further entries, so that one write stores several. */
const BATCH_MS = 50;
/** Far more tries than are needed: each failed one means that another node has appended. */
const MAX_TRIES = 100;

interface WaitingEntry {
  readonly event: AuditEvent;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class ChainWriter {
  readonly #deps: ChainWriterDeps;
  readonly #waiting: WaitingEntry[] = [];
  /** Undefined while idle. */
  #draining: Promise<void> | undefined;
  /** Ends the batching early. Undefined while no entries are being batched. */
  #batching: AbortController | undefined;
  /** The head after this node's last append. Undefined when it is not known. */
  #head: ChainHead | undefined;
  /** True when this node has appended entries that no seal covers yet. */
  #isUnsealed = false;

  constructor(deps: ChainWriterDeps) {
    this.#deps = deps;
  }

  /** Resolves when the entry is in the chain. */
  append(event: AuditEvent): Promise<void> {
    const done = new Promise<void>((resolve, reject) => this.#waiting.push({ event, resolve, reject }));
    if (!BATCHED_ACTIONS.has(event.action) || this.#waiting.length >= MAX_ENTRIES_A_CALL)
      this.#batching?.abort();
    this.#draining ??= this.#drain();
    return done;
  }

  /** Seals the chain's head if this node has appended since the last seal. Never rejects. */
  async sealTail(): Promise<void> {
    const { tenantId, chain, log } = this.#deps;
    if (!this.#isUnsealed) return;
    try {
      const head = await chain.head(tenantId);
      this.#isUnsealed = false;
      if (head.sequence > 0) await chain.seal(tenantId, head, this.#sealOf(head));
    } catch (error) {
      this.#isUnsealed = true;
      log.warn("audit.seal.failed", { tenantId, error });
    }
  }

  /** Ends the batching of the entries that wait now. */
  hurry(): void {
    this.#batching?.abort();
  }

  /** Resolves when no entry waits. */
  async drained(): Promise<void> {
    await this.#draining;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#batch();
      const entries = this.#waiting.splice(0, MAX_ENTRIES_A_CALL);
      try {
        await this.#commit(entries.map(({ event }) => event));
        for (const { resolve } of entries) resolve();
      } catch (error) {
        for (const { reject } of entries) reject(error);
      }
    }
    this.#draining = undefined;
  }

  async #batch(): Promise<void> {
    const { clock, closing } = this.#deps;
    const mayWait = this.#waiting.every(({ event }) => BATCHED_ACTIONS.has(event.action));
    if (closing.aborted || !mayWait) return;
    this.#batching = new AbortController();
    await clock.sleep(BATCH_MS, this.#batching.signal);
    this.#batching = undefined;
  }

  async #commit(events: readonly AuditEvent[]): Promise<void> {
    const { tenantId, chain } = this.#deps;
    let head = this.#head ?? (await chain.head(tenantId));
    this.#head = undefined; // unknown until the call below has answered
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const entries = this.#chainUp(head, events);
      const newer = await chain.append(tenantId, head, entries);
      const last = entries.at(-1);
      if (newer === null && last !== undefined) {
        this.#head = { sequence: head.sequence + entries.length, hash: last.hash };
        this.#isUnsealed = last.seal === null;
        return;
      }
      if (newer !== null) head = newer;
    }
    throw new AppError("STORE_UNAVAILABLE", "Too many nodes append to the audit chain at the same time.");
  }

  #chainUp(head: ChainHead, events: readonly AuditEvent[]): NewEntry[] {
    let { sequence, hash } = head;
    return events.map((event) => {
      sequence += 1;
      const text = auditTextOf(event, sequence, this.#deps.clock.now());
      hash = hashAuditText(hash, text);
      const seal = sequence % SEAL_EVERY_ENTRIES === 0 ? this.#sealOf({ sequence, hash }) : null;
      return { text, hash, seal };
    });
  }

  #sealOf({ sequence, hash }: ChainHead): string {
    const { tenantId, serviceKey, log, clock } = this.#deps;
    const seal = signAuditSeal(serviceKey, tenantId, { sequence, hash, at: clock.now() });
    // The log keeps a copy of the seal outside Redis. An attacker who rewrites the whole chain cannot rewrite logs that
    // have already been shipped.
    log.info("audit.chain.sealed", { tenantId, ...seal });
    return JSON.stringify(seal);
  }
}
