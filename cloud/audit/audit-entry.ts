/** One entry of the chain: its canonical text, and the hash that links it to the entry before. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { packFields } from "../../shared/sealing/bytes.ts";
import type { AuditEvent } from "./audit.ts";

/** The hashed text. Its keys are in this order, those of `details` in alphabetical order. */
export const auditTextSchema = z.strictObject({
  sequence: z.int().min(1),
  /** Epoch ms by the clock of the node that wrote the entry. */
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

/** `previous` is the hash of the entry before, hex; empty for the first entry. */
export const hashAuditText = (previous: string, text: string): string =>
  createHash("sha256")
    .update(packFields("latchkey/v1/audit-entry", [previous, text]))
    .digest("hex");
