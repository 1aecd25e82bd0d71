import { z } from "zod";
import { instant } from "./instant.ts";

/** One entry of the audit chain. */
export const auditEntrySchema = z.object({
  sequence: z.int().min(1),
  at: instant,
  action: z.string(),
  /** `key:<id>`, `agent:<id>`, `system`. */
  actor: z.string(),
  subject: z.string().nullable(),
  outcome: z.enum(["done", "refused", "failed"]),
  code: z.string().nullable(),
  correlationId: z.string().nullable(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  /** SHA-256 over the previous hash and this entry, hex. */
  hash: z.string(),
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;

/** A page of entries, newest first. For the next page, `before` is the lowest sequence of this one. */
export const auditPageSchema = z.object({ items: z.array(auditEntrySchema) });

export const auditQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  before: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional(),
});

/** The answer for a chain that verifies. A chain that does not is the error AUDIT_BROKEN. */
export const auditVerificationSchema = z.object({
  entries: z.int().min(0),
  /** Hash of the last entry; null while the chain is empty. */
  head: z.string().nullable(),
  /** Last signed entry. Up to here, a removal at the end of the chain would be noticed too. */
  signedUpTo: z.int().min(0),
  signedAt: instant.nullable(),
});
export type AuditVerification = z.infer<typeof auditVerificationSchema>;
