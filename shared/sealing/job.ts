/**
 * A writeback job as it is sent: the order, the password sealed to each agent, and the issuer's signature over both.
 * The additional data of each seal binds the whole order, so no field can be edited and no seal can be moved to another
 * job.
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import {
  agentIdSchema,
  base64url,
  base64urlUpTo,
  jobIdSchema,
  tenantIdSchema,
  ulidSchema,
  userIdSchema,
} from "../ids.ts";
import { OPERATIONS } from "../writeback.ts";
import { jobOrderFields } from "./additional-data.ts";
import { packFields } from "./bytes.ts";
import { SUITES } from "./hpke-suite.ts";
import { type SigningKey, verifySignature } from "./signing-key.ts";

/** Largest number of agents that a password can be sealed to. */
export const MAX_RECIPIENTS = 8;

/** The public record of an agent's sealing key. `signature` is made with the agent's identity key. */
export const sealingKeyRecordSchema = z.strictObject({
  agentId: agentIdSchema,
  keyId: ulidSchema,
  suite: z.enum(SUITES),
  publicKey: base64urlUpTo(65),
  createdAt: z.int().min(0),
  /**
   * No password is sealed to the key after this time. The agent keeps the private half until the last job has expired.
   */
  expiresAt: z.int().min(0),
  signature: base64url(64),
});
export type SealingKeyRecord = z.infer<typeof sealingKeyRecordSchema>;

const sealingKeyBytes = (record: Omit<SealingKeyRecord, "signature">): Uint8Array =>
  packFields("latchkey/v1/sealing-key", [
    record.agentId,
    record.keyId,
    record.suite,
    record.publicKey,
    record.createdAt,
    record.expiresAt,
  ]);

export function signSealingKey(
  identity: SigningKey,
  record: Omit<SealingKeyRecord, "signature">,
): SealingKeyRecord {
  return { ...record, signature: identity.sign(sealingKeyBytes(record)) };
}
export const isSealingKeyAuthentic = (identityPublicKey: string, record: SealingKeyRecord): boolean =>
  verifySignature(identityPublicKey, sealingKeyBytes(record), record.signature);

/** The order of a writeback. It is fixed before anything is sealed. */
export const jobOrderSchema = z.strictObject({
  jobId: jobIdSchema,
  tenantId: tenantIdSchema,
  operation: z.enum(OPERATIONS),
  userId: userIdSchema,
  /** Number of the writeback among those of the user. The higher one is newer. */
  userSequence: z.int().min(1),
  /** Epoch ms, cloud time. */
  issuedAt: z.int().min(0),
  /** Epoch ms, cloud time. The job is not granted after it. */
  notAfter: z.int().min(0),
  /** True when the user must choose another password at the next sign-in. */
  mustChange: z.boolean(),
  /** True when a reset also unlocks the account. Always true for the operation `unlock`. */
  unlock: z.boolean(),
  /**
   * The methods that the user has proved, such as ["text", "email"], or ["api"] for a service. For the audit on both
   * sides.
   */
  methods: z.array(z.string().regex(/^[a-z_]{1,32}$/)).max(8),
});
export type JobOrder = z.infer<typeof jobOrderSchema>;

/** A password sealed to the key of one agent. */
export const sealedPasswordSchema = z.strictObject({
  agentId: agentIdSchema,
  keyId: ulidSchema,
  suite: z.enum(SUITES),
  enc: base64urlUpTo(65),
  ciphertext: base64urlUpTo(2048 + 16),
});
export type SealedPassword = z.infer<typeof sealedPasswordSchema>;

export const signedJobSchema = z.strictObject({
  order: jobOrderSchema,
  /** One for each agent, none for `unlock`. */
  sealed: z.array(sealedPasswordSchema).max(MAX_RECIPIENTS),
  signature: base64url(64),
});
export type SignedJob = z.infer<typeof signedJobSchema>;

function jobBytes(order: JobOrder, sealed: readonly SealedPassword[]): Uint8Array {
  const digests = sealed.map((seal) =>
    createHash("sha256")
      .update(packFields("seal", [seal.agentId, seal.keyId, seal.suite, seal.enc, seal.ciphertext]))
      .digest(),
  );
  return packFields("latchkey/v1/job", [...jobOrderFields(order), ...digests]);
}

export function signJob(issuer: SigningKey, order: JobOrder, sealed: readonly SealedPassword[]): SignedJob {
  return { order, sealed: [...sealed], signature: issuer.sign(jobBytes(order, sealed)) };
}
export const isJobAuthentic = (issuerPublicKey: string, job: SignedJob): boolean =>
  verifySignature(issuerPublicKey, jobBytes(job.order, job.sealed), job.signature);
