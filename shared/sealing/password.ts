/** Seals a new password (and the current one, for a change) to one agent, and opens it there. */
import { AppError } from "../errors.ts";
import { Secret } from "../secret.ts";
import { sealAdditionalData } from "./additional-data.ts";
import { createHpkeOpen, type HpkeOpen, hpkeSeal, type SealingKeyPair } from "./hpke.ts";
import { PASSWORD_INFO } from "./hpke-suite.ts";
import type { JobOrder, SealedPassword, SealingKeyRecord } from "./job.ts";
import { decodePasswords, encodePasswords, MAX_PASSWORD_UNITS } from "./password-plaintext.ts";

export interface Passwords {
  readonly newPassword: Secret;
  /** Only for the operation `change`. */
  readonly oldPassword?: Secret;
}

const INFO = new TextEncoder().encode(PASSWORD_INFO);

function encode({ newPassword, oldPassword }: Passwords): Uint8Array {
  const passwords = [newPassword.reveal(), oldPassword?.reveal() ?? ""] as const;
  if (passwords.some((password) => password.length > MAX_PASSWORD_UNITS))
    throw new AppError("PASSWORD_TOO_LONG");
  return encodePasswords(...passwords);
}

function decode(plaintext: Uint8Array): Passwords {
  const { first, second } = decodePasswords(plaintext);
  return {
    newPassword: new Secret(first),
    ...(second === null ? {} : { oldPassword: new Secret(second) }),
  };
}

export async function sealPassword(
  order: JobOrder,
  recipient: SealingKeyRecord,
  passwords: Passwords,
): Promise<SealedPassword> {
  const { agentId, keyId, suite } = recipient;
  const plaintext = encode(passwords);
  try {
    const message = await hpkeSeal(recipient, INFO, sealAdditionalData(order, recipient), plaintext);
    return { agentId, keyId, suite, ...message };
  } finally {
    plaintext.fill(0);
  }
}

/**
 * Throws SEAL_INVALID unless the seal was made for this order and this key. Pass one `open` to open many seals faster.
 */
export async function openPassword(
  order: JobOrder,
  sealed: SealedPassword,
  key: SealingKeyPair,
  open: HpkeOpen = createHpkeOpen(),
): Promise<Passwords> {
  let plaintext: Buffer | undefined;
  try {
    plaintext = await open(key, INFO, sealAdditionalData(order, sealed), sealed);
    return decode(plaintext);
  } catch (error) {
    throw new AppError("SEAL_INVALID", undefined, { cause: error });
  } finally {
    plaintext?.fill(0);
  }
}
