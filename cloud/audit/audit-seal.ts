/**
 * Seals of an audit chain. A seal is the service key's signature over the chain's hash at a sequence. It reveals the
 * removal of entries from the end.
 */
import { z } from "zod";
import { packFields } from "../../shared/sealing/bytes.ts";
import { type SigningKey, verifySignature } from "../../shared/sealing/signing-key.ts";

/** Every entry whose sequence is a multiple of this carries a seal. The verification relies on it. */
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

/** Signs an anchor: a seal of the last entry that retention has removed. The chain continues from its hash. */
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
