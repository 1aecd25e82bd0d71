/** One line of the chain: its canonical text, and the hash that ties it to the line before. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { packFields } from "../../shared/sealing/bytes.ts";
import type { AuditEvent } from "./audit.ts";

/** What is hashed. The keys stand in this order, those of `details` in the order of the alphabet. */
export const auditTextSchema = z.strictObject({
  sequence: z.int().min(1),
  /** Epoch ms, the clock of the node that wrote it. */
  at: z.int().min(0),
  tenantId: z.string().nullable(),
  action: z.string(),
  actor: z.string(),
  subject: z.string().nullable(),
  outcome: z.enum(["done", "refused", "failed"]),
  code: z.string().nullable(),
  correlationId: z.string().nullable(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});

export function auditTextOf(event: AuditEvent, sequence: number, at: number): string {
  const details = Object.entries(event.details ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify({
    sequence,
    at,
    tenantId: event.tenantId,
    action: event.action,
    actor: event.actor,
    subject: event.subject,
    outcome: event.outcome,
    code: event.code ?? null,
    correlationId: event.correlationId ?? null,
    details: Object.fromEntries(details),
  } satisfies z.infer<typeof auditTextSchema>);
}

/** `previous` is the hash before, hex; empty for the first entry. */
export const hashAuditText = (previous: string, text: string): string =>
  createHash("sha256")
    .update(packFields("latchkey/v1/audit-entry", [previous, text]))
    .digest("hex");
