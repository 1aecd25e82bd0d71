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

const sealBytes = (tenantId: string | null, seal: Omit<AuditSeal, "signature">): Buffer =>
  packFields("latchkey/v1/audit-seal", [tenantId ?? "", seal.sequence, seal.hash, seal.at]);

export function signAuditSeal(
  service: SigningKey,
  tenantId: string | null,
  seal: Omit<AuditSeal, "signature">,
): AuditSeal {
  return { ...seal, signature: service.sign(sealBytes(tenantId, seal)) };
}

export const isAuditSealAuthentic = (
  servicePublicKey: string,
  tenantId: string | null,
  seal: AuditSeal,
): boolean => verifySignature(servicePublicKey, sealBytes(tenantId, seal), seal.signature);
