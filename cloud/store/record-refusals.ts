/**
 * Reports records without a valid MAC, which were altered, moved or made by a writer of Redis, or come from an earlier version.
 * Such a record is refused and never repaired in silence. Reports records that are older than this node has seen as well: Redis
 * lost its newest writes when a replica took over, or a writer of Redis has put the record back. Nothing tells the two apart.
 */
import type { Clock } from "../../shared/clock.ts";
import { HOUR_MS } from "../../shared/durations.ts";
import { AppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import { createTtlCache } from "../ttl-cache.ts";

/** Kinds of records that carry a MAC. They label the metric, so there is a fixed number of them. */
export const RECORD_KINDS = [
  "agent",
  "api_key",
  "attempt",
  "domain",
  "enrolment_token",
  "node_message",
  "notice",
  "policy",
  "presence",
  "registration",
  "session",
  "source",
  "tenant",
  "user",
] as const;
export type RecordKind = (typeof RECORD_KINDS)[number];

export interface RefusedRecord {
  readonly kind: RecordKind;
  /** Null for a record of the whole installation. */
  readonly tenantId: string | null;
  /** Names the record in the error, the log and the audit, so it must not contain a secret: its Redis key, and the field if any. */
  readonly key: string;
}

/** `isReported`: this refusal is logged and has to be audited. False for a repetition, which is only counted. */
export type RefusalHandler = (record: RefusedRecord, isReported: boolean) => void;

export interface RecordRefusals {
  /** Reports the record and returns RECORD_FORGED, for the caller to throw, or to drop where the record is only left out. */
  refuse(record: RefusedRecord): AppError;
  /** Calls the handler with each refusal from then on. */
  onRefusal(handler: RefusalHandler): void;
  /**
   * Reports a record with a valid MAC that is older than this node has seen. The caller does not use it. `goesOn`: what is in force
   * instead, and what an administrator can do.
   */
  older(record: RefusedRecord, goesOn: string): void;
  /** Calls the handler with each such record from then on. */
  onOlder(handler: (record: RefusedRecord) => void): void;
}

/** Time before a node reports the same record again. */
const REPORT_AGAIN_MS = HOUR_MS;
/** Records of one kind and tenant that a node reports within an hour. An upgrade may leave thousands without a MAC. */
const MOST_REPORTED = 20;
const MAX_REMEMBERED = 2_000;

export function createRecordRefusals({
  log,
  clock,
}: {
  readonly log: Logger;
  readonly clock: Pick<Clock, "monotonicMs">;
}): RecordRefusals {
  const handlers: RefusalHandler[] = [];
  const olderHandlers: ((record: RefusedRecord) => void)[] = [];
  const reported = createTtlCache<string, true>({
    ttlMs: REPORT_AGAIN_MS,
    maxEntries: MAX_REMEMBERED,
    clock,
  });
  const counts = createTtlCache<string, { count: number }>({
    ttlMs: REPORT_AGAIN_MS,
    maxEntries: MAX_REMEMBERED,
    clock,
  });

  function isToBeReported({ kind, tenantId, key }: RefusedRecord, problem: "forged" | "older"): boolean {
    const name = `${problem} ${key}`;
    if (reported.get(name) !== undefined) return false;
    const group = `${problem} ${kind} ${tenantId ?? ""}`;
    const present = counts.get(group);
    if (present !== undefined && present.count >= MOST_REPORTED) return false;
    if (present === undefined) counts.set(group, { count: 1 });
    else present.count += 1;
    reported.set(name, true);
    return true;
  }

  return {
    refuse(record) {
      const isReported = isToBeReported(record, "forged");
      const { kind, tenantId, key } = record;
      if (isReported) log.error("store.record.refused", { kind, tenantId, key });
      for (const handler of handlers) handler(record, isReported);
      return new AppError(
        "RECORD_FORGED",
        `The record ${key} has no valid authentication code, so it is not used.`,
        {
          details: { kind },
        },
      );
    },
    onRefusal(handler) {
      handlers.push(handler);
    },
    older(record, goesOn) {
      const { kind, tenantId, key } = record;
      if (isToBeReported(record, "older")) log.error("store.record.older", { kind, tenantId, key, goesOn });
      for (const handler of olderHandlers) handler(record);
    },
    onOlder(handler) {
      olderHandlers.push(handler);
    },
  };
}
