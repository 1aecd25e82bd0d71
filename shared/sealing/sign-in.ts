/** A password that is sealed to be tried only, and the signed order that the agent checks before it opens the seal. */
import { hash } from "node:crypto";
import { z } from "zod";
import { AppError } from "../errors.ts";
import { tenantIdSchema, ulidSchema } from "../ids.ts";
import { Secret } from "../secret.ts";
import { signInAdditionalData, signInOrderFields } from "./additional-data.ts";
import { packFields } from "./bytes.ts";
import { createHpkeOpen, type HpkeOpen, hpkeSeal, type SealingKeyPair } from "./hpke.ts";
import { SIGN_IN_INFO } from "./hpke-suite.ts";
import type { SealedPassword, SealingKeyRecord } from "./job.ts";
import { decodePasswords, encodePasswords, MAX_PASSWORD_UNITS } from "./password-plaintext.ts";
import { type SigningKey, verifySignature } from "./signing-key.ts";

/**
 * The order of a sign-in. It is fixed before the password is sealed, and the additional data of each seal binds all of
 * it.
 */
export const signInOrderSchema = z.strictObject({
  checkId: ulidSchema,
  tenantId: tenantIdSchema,
  /**
   * Stands for the user, see `signInSubject`. A browser without a proof of identity gets this and never the user's id.
   */
  subject: z.string().regex(/^[0-9a-f]{32}$/, "must be 32 lowercase hex digits"),
  /** Epoch ms, cloud time. */
  issuedAt: z.int().min(0),
  notAfter: z.int().min(0),
});
export type SignInOrder = z.infer<typeof signInOrderSchema>;

/**
 * Binds a check to a user without showing the id. A real id never changes and can be told from the made-up id of an
 * unknown name, so it would reveal which names exist. The subject is different for each check of the same user.
 */
export const signInSubject = (checkId: string, userId: string): string =>
  hash("sha256", packFields("latchkey/v1/sign-in-subject", [checkId, userId]), "hex").slice(0, 32);

export const isSignInFor = ({ checkId, subject }: SignInOrder, userId: string): boolean =>
  subject === signInSubject(checkId, userId);

const INFO = new TextEncoder().encode(SIGN_IN_INFO);
const tokenBytes = (order: SignInOrder): Uint8Array =>
  packFields("latchkey/v1/sign-in-order", signInOrderFields(order));

/**
 * Signs an order with the issuer key, so that write access to Redis or to the network is not enough to make an agent
 * try passwords.
 */
export const signSignInOrder = (issuer: SigningKey, order: SignInOrder): string =>
  issuer.sign(tokenBytes(order));
export const isSignInOrderAuthentic = (issuerPublicKey: string, order: SignInOrder, token: string): boolean =>
  verifySignature(issuerPublicKey, tokenBytes(order), token);

/** Throws PASSWORD_TOO_LONG. */
export async function sealSignIn(
  order: SignInOrder,
  recipient: Pick<SealingKeyRecord, "agentId" | "keyId" | "suite" | "publicKey">,
  password: Secret,
): Promise<SealedPassword> {
  if (password.reveal().length > MAX_PASSWORD_UNITS) throw new AppError("PASSWORD_TOO_LONG");
  const { agentId, keyId, suite } = recipient;
  const plaintext = encodePasswords(password.reveal());
  try {
    const message = await hpkeSeal(recipient, INFO, signInAdditionalData(order, recipient), plaintext);
    return { agentId, keyId, suite, ...message };
  } finally {
    plaintext.fill(0);
  }
}

/**
 * Throws SEAL_INVALID unless the seal was made for this order and this key. Pass one `open` to open many seals faster.
 */
export async function openSignIn(
  order: SignInOrder,
  sealed: SealedPassword,
  key: SealingKeyPair,
  open: HpkeOpen = createHpkeOpen(),
): Promise<Secret> {
  let plaintext: Buffer | undefined;
  try {
    plaintext = await open(key, INFO, signInAdditionalData(order, sealed), sealed);
    return new Secret(decodePasswords(plaintext).first);
  } catch (error) {
    throw new AppError("SEAL_INVALID", undefined, { cause: error });
  } finally {
    plaintext?.fill(0);
  }
}
