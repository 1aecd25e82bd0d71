/** The service key's word that a chain had this hash at this place: what makes a removal at the end show. */
import { z } from "zod";
import { packFields } from "../../shared/sealing/bytes.ts";
import { type SigningKey, verifySignature } from "../../shared/sealing/signing-key.ts";

/** Every entry whose sequence this divides carries a seal; verifying relies on it. */
export const SEAL_EVERY_ENTRIES = 100;

export const auditSealSchema = z.strictObject({
  sequence: z.int().min(1),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  /** Epoch ms. */
  at: z.int().min(0),
  signature: z.string().max(128),
});
export type AuditSeal = z.infer<typeof auditSealSchema>;

type Label = "latchkey/v1/audit-seal" | "latchkey/v1/audit-anchor";
const bytesOf = (label: Label, tenantId: string | null, seal: Omit<AuditSeal, "signature">): Uint8Array =>
  packFields(label, [tenantId ?? "", seal.sequence, seal.hash, seal.at]);

export const signAuditSeal = (
  service: SigningKey,
  tenantId: string | null,
  seal: Omit<AuditSeal, "signature">,
): AuditSeal => ({ ...seal, signature: service.sign(bytesOf("latchkey/v1/audit-seal", tenantId, seal)) });

export const isAuditSealAuthentic = (
  servicePublicKey: string,
  tenantId: string | null,
  seal: AuditSeal,
): boolean =>
  verifySignature(servicePublicKey, bytesOf("latchkey/v1/audit-seal", tenantId, seal), seal.signature);

/** The same about the last entry that was taken off the old end: the chain goes on from this hash. */
export const signAuditAnchor = (
  service: SigningKey,
  tenantId: string | null,
  anchor: Omit<AuditSeal, "signature">,
): AuditSeal => ({
  ...anchor,
  signature: service.sign(bytesOf("latchkey/v1/audit-anchor", tenantId, anchor)),
});

export const isAuditAnchorAuthentic = (
  servicePublicKey: string,
  tenantId: string | null,
  anchor: AuditSeal,
): boolean =>
  verifySignature(servicePublicKey, bytesOf("latchkey/v1/audit-anchor", tenantId, anchor), anchor.signature);
