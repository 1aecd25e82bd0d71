/** The audit: a chain for each tenant and one for the installation. Several nodes may append to one chain. */
import type { AuditEntry, AuditVerification } from "../../shared/api/audit.ts";
import type { Clock } from "../../shared/clock.ts";
import { DAY_MS, MINUTE_MS } from "../../shared/durations.ts";
import { AppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import { parseJson } from "../../shared/parse-json.ts";
import type { SigningKey } from "../../shared/sealing/signing-key.ts";
import type { Closable } from "../../shared/shutdown.ts";
import type { AuditChain, ChainHead, NewEntry } from "../store/audit-chain.ts";
import { type Audit, type AuditEvent, PATIENT_ACTIONS } from "./audit.ts";
import { auditTextOf, auditTextSchema, hashAuditText } from "./audit-entry.ts";
import { SEAL_EVERY_ENTRIES, signAuditSeal } from "./audit-seal.ts";
import { trimChain } from "./trim-chain.ts";
import { verifyChain } from "./verify-chain.ts";

export interface AuditLog extends Audit, Closable {
  /** Newest first; `before` is the sequence the page before ended with. */
  list(
    tenantId: string | null,
    page: { readonly limit: number; readonly before?: number | undefined },
  ): Promise<AuditEntry[]>;
  /** Throws AUDIT_BROKEN with the first bad entry in `details.sequence`. */
  verify(tenantId: string | null): Promise<AuditVerification>;
}

export interface AuditLogDeps {
  readonly chain: AuditChain;
  readonly serviceKey: SigningKey;
  /** Entries older than this are taken off. */
  readonly keepMs: number;
  readonly log: Logger;
  readonly clock: Clock;
}

/** What no hundredth entry has sealed is sealed after this time. */
const SEAL_EVERY_MS = MINUTE_MS;
/** A chain that this node writes to is looked at this often for what is too old. */
const TRIM_EVERY_MS = DAY_MS;
/** Entries committed by one call; what comes while a call is under way waits for the next. */
const MAX_ENTRIES_A_CALL = 100;
/** So long an entry that nobody waits for waits for others, of which there is then one write together. */
const PATIENCE_MS = 50;
/** Every failed try means that another node's succeeded, so this many in a row do not happen. */
const MAX_TRIES = 100;

interface Waiting {
  readonly event: AuditEvent;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** One chain as this node writes it. */
interface Writer {
  waiting: Waiting[];
  busy: Promise<void> | undefined;
  /** While it waits for others: ends that. */
  hurry: AbortController | undefined;
  head: ChainHead | undefined;
  /** Has this node appended what no seal covers yet? */
  unsealed: boolean;
  /** Monotonic. */
  trimAt: number;
}

export function startAuditLog({ chain, serviceKey, keepMs, log, clock }: AuditLogDeps): AuditLog {
  const writers = new Map<string | null, Writer>();
  const stop = new AbortController();

  const sealOf = (tenantId: string | null, { sequence, hash }: ChainHead): string => {
    const seal = signAuditSeal(serviceKey, tenantId, { sequence, hash, at: clock.now() });
    // The log is the witness outside Redis: whoever rewrites the whole chain cannot rewrite what was shipped.
    log.info("audit.chain.sealed", { tenantId, ...seal });
    return JSON.stringify(seal);
  };

  function chainUp(tenantId: string | null, head: ChainHead, events: readonly AuditEvent[]): NewEntry[] {
    let { sequence, hash } = head;
    return events.map((event) => {
      sequence += 1;
      const text = auditTextOf(event, sequence, clock.now());
      hash = hashAuditText(hash, text);
      const seal = sequence % SEAL_EVERY_ENTRIES === 0 ? sealOf(tenantId, { sequence, hash }) : null;
      return { text, hash, seal };
    });
  }

  async function commit(
    tenantId: string | null,
    writer: Writer,
    events: readonly AuditEvent[],
  ): Promise<void> {
    let head = writer.head ?? (await chain.head(tenantId));
    writer.head = undefined; // unknown until the call below has answered
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const entries = chainUp(tenantId, head, events);
      const newer = await chain.append(tenantId, head, entries);
      const last = entries.at(-1);
      if (newer === null && last !== undefined) {
        writer.head = { sequence: head.sequence + entries.length, hash: last.hash };
        writer.unsealed = last.seal === null;
        return;
      }
      if (newer !== null) head = newer;
    }
    throw new AppError("STORE_UNAVAILABLE", "The audit chain is written to by too many nodes at once.");
  }

  async function drain(tenantId: string | null, writer: Writer): Promise<void> {
    while (writer.waiting.length > 0) {
      await othersToCome(writer);
      const batch = writer.waiting.splice(0, MAX_ENTRIES_A_CALL);
      try {
        await commit(
          tenantId,
          writer,
          batch.map(({ event }) => event),
        );
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    writer.busy = undefined;
  }

  /** Not for an entry that somebody waits for. */
  async function othersToCome(writer: Writer): Promise<void> {
    if (stop.signal.aborted || !writer.waiting.every(({ event }) => PATIENT_ACTIONS.has(event.action)))
      return;
    writer.hurry = new AbortController();
    await clock.sleep(PATIENCE_MS, writer.hurry.signal);
    writer.hurry = undefined;
  }

  async function sealTails(): Promise<void> {
    for (const [tenantId, writer] of writers) {
      if (!writer.unsealed) continue;
      try {
        const head = await chain.head(tenantId);
        writer.unsealed = false;
        if (head.sequence > 0) await chain.seal(tenantId, head, sealOf(tenantId, head));
      } catch (error) {
        writer.unsealed = true;
        log.warn("audit.seal.failed", { tenantId, error });
      }
    }
  }

  async function trimOldEnds(): Promise<void> {
    for (const [tenantId, writer] of writers) {
      const now = clock.monotonicMs();
      if (now < writer.trimAt) continue;
      writer.trimAt = now + TRIM_EVERY_MS;
      try {
        const last = await trimChain({ chain, serviceKey, keepMs, clock }, tenantId);
        if (last === null) continue;
        log.info("audit.chain.trimmed", { tenantId, last });
        await append({
          tenantId,
          action: "audit.trimmed",
          actor: "system",
          subject: null,
          outcome: "done",
          details: { last },
        });
      } catch (error) {
        log.warn("audit.trim.failed", { tenantId, error });
      }
    }
  }

  async function tendChains(): Promise<void> {
    for (;;) {
      await clock.sleep(SEAL_EVERY_MS, stop.signal);
      if (stop.signal.aborted) return;
      await sealTails();
      await trimOldEnds();
    }
  }
  const tending = tendChains();

  function append(event: AuditEvent): Promise<void> {
    let writer = writers.get(event.tenantId);
    if (writer === undefined) {
      writer = {
        waiting: [],
        busy: undefined,
        hurry: undefined,
        head: undefined,
        unsealed: false,
        trimAt: 0,
      };
      writers.set(event.tenantId, writer);
    }
    const { waiting } = writer;
    const done = new Promise<void>((resolve, reject) => waiting.push({ event, resolve, reject }));
    if (!PATIENT_ACTIONS.has(event.action) || waiting.length >= MAX_ENTRIES_A_CALL) writer.hurry?.abort();
    writer.busy ??= drain(event.tenantId, writer);
    return done;
  }

  return {
    append,
    async list(tenantId, { limit, before }) {
      const entries = await chain.readBackward(tenantId, before, limit);
      return entries.flatMap(({ text, hash }) => {
        const parsed = auditTextSchema.safeParse(parseJson(text));
        return parsed.success ? [{ ...parsed.data, hash }] : []; // verify names what does not parse
      });
    },
    verify: (tenantId) => verifyChain({ chain, servicePublicKey: serviceKey.publicKey }, tenantId),
    async close() {
      stop.abort();
      for (const { hurry } of writers.values()) hurry?.abort();
      await tending;
      for (const { busy } of writers.values()) await busy;
      await sealTails();
    },
  };
}
