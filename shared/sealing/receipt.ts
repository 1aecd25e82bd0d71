/** The agent's signed statement of a job's result. Receipts form a chain, so that a removed one is noticed. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { agentIdSchema, base64url, jobIdSchema, tenantIdSchema, userIdSchema } from "../ids.ts";
import { type Verdict, verdictSchema } from "../writeback.ts";
import { packFields, toBase64url } from "./bytes.ts";
import { type SigningKey, verifySignature } from "./signing-key.ts";

export const receiptSchema = z.strictObject({
  jobId: jobIdSchema,
  tenantId: tenantIdSchema,
  userId: userIdSchema,
  agentId: agentIdSchema,
  verdict: verdictSchema,
  /** Epoch ms on the agent's clock. For people only, never compared. */
  decidedAt: z.int().min(0),
  /** SHA-256 of the agent's previous receipt, base64url; 43 times "A" for the first. */
  previous: base64url(32),
  signature: base64url(64),
});
export type Receipt = z.infer<typeof receiptSchema>;

export const FIRST_RECEIPT = "A".repeat(43);

const verdictFields = (verdict: Verdict): (string | boolean)[] => [
  verdict.state,
  verdict.code ?? "",
  verdict.passwordSet,
  verdict.unlocked,
  verdict.mustChange,
  String(verdict.historyEnforced),
  verdict.possibleAt ?? "",
  verdict.rule === null
    ? ""
    : [
        verdict.rule.minLength,
        verdict.rule.historyLength,
        verdict.rule.complexity,
        verdict.rule.minAgeSeconds,
        verdict.rule.source,
      ].join(","),
  verdict.server ?? "",
  verdict.verified,
];

const receiptBytes = (receipt: Omit<Receipt, "signature">): Uint8Array =>
  packFields("latchkey/v1/receipt", [
    receipt.jobId,
    receipt.tenantId,
    receipt.userId,
    receipt.agentId,
    ...verdictFields(receipt.verdict),
    receipt.decidedAt,
    receipt.previous,
  ]);

export function signReceipt(identity: SigningKey, receipt: Omit<Receipt, "signature">): Receipt {
  return { ...receipt, signature: identity.sign(receiptBytes(receipt)) };
}
export const isReceiptAuthentic = (identityPublicKey: string, receipt: Receipt): boolean =>
  verifySignature(identityPublicKey, receiptBytes(receipt), receipt.signature);

/** The hash that the next receipt must have as `previous`. */
export const hashReceipt = (receipt: Receipt): string =>
  toBase64url(createHash("sha256").update(receiptBytes(receipt)).update(receipt.signature).digest());
