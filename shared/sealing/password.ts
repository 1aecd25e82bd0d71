/** Seals a new password (and the old one, for a change) to one agent, and opens it there. */
import { AppError } from "../errors.ts";
import { Secret } from "../secret.ts";
import { MAX_PASSWORD_UNITS } from "../writeback.ts";
import { createHpkeOpen, type HpkeOpen, hpkeSeal, type SealingKeyPair } from "./hpke.ts";
import { type JobOrder, sealAdditionalData, type SealedPassword, type SealingKeyRecord } from "./job.ts";

export interface Passwords {
  readonly newPassword: Secret;
  /** Only for the operation `change`. */
  readonly oldPassword?: Secret;
}

const INFO = new TextEncoder().encode("latchkey/v1/pw");
/** Padded sizes in bytes, so that the length of a usual password does not show. */
const PADDED = [512, 1024, 2048] as const;

/** u16 length and UTF-8 of the new password, the same for the old one, zeros up to a padded size. As typed: no normalisation. */
function encode({ newPassword, oldPassword }: Passwords): Buffer {
  const parts = [newPassword.reveal(), oldPassword?.reveal() ?? ""].map((password) => {
    if (password.length > MAX_PASSWORD_UNITS) throw new AppError("PASSWORD_TOO_LONG");
    const utf8 = Buffer.from(password, "utf8");
    const length = Buffer.alloc(2);
    length.writeUInt16BE(utf8.length);
    return Buffer.concat([length, utf8]);
  });
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const plaintext = Buffer.alloc(PADDED.find((padded) => padded >= size) ?? size);
  let offset = 0;
  for (const part of parts) {
    part.copy(plaintext, offset);
    offset += part.length;
    part.fill(0);
  }
  return plaintext;
}

function decode(plaintext: Buffer): Passwords {
  const newLength = plaintext.readUInt16BE(0);
  const oldAt = 2 + newLength;
  const oldLength = plaintext.readUInt16BE(oldAt);
  const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const newPassword = new Secret(utf8.decode(plaintext.subarray(2, oldAt)));
  if (oldLength === 0) return { newPassword };
  return {
    newPassword,
    oldPassword: new Secret(utf8.decode(plaintext.subarray(oldAt + 2, oldAt + 2 + oldLength))),
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

/** Throws SEAL_INVALID unless this very seal was made for this very order and key. Whoever opens many keeps one `open`. */
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
