/**
 * Encrypts files of the state directory under a key that is stored elsewhere (systemd-creds, a TPM). Format:
 * `LKS1 | nonce | tag | ciphertext`.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

const MAGIC = Buffer.from("LKS1");
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = MAGIC.length + NONCE_BYTES + TAG_BYTES;

/** Derives the key from the credential, which may have any form. */
export const stateKeyFrom = (credential: Buffer): Buffer =>
  Buffer.from(hkdfSync("sha256", credential, Buffer.alloc(0), "latchkey/v1/state", 32));

export const isEncrypted = (content: Buffer): boolean =>
  content.length >= HEADER_BYTES && content.subarray(0, MAGIC.length).equals(MAGIC);

/** Binds the file's name in, so that no file can be put in another's place. */
export function encryptAtRest(key: Buffer, name: string, plaintext: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(name));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([MAGIC, nonce, cipher.getAuthTag(), ciphertext]);
}

/** Throws for another key or another name, and when a byte was changed. */
export function decryptAtRest(key: Buffer, name: string, content: Buffer): Buffer {
  const nonce = content.subarray(MAGIC.length, MAGIC.length + NONCE_BYTES);
  const tag = content.subarray(MAGIC.length + NONCE_BYTES, HEADER_BYTES);
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(name))
    .setAuthTag(tag);
  return Buffer.concat([decipher.update(content.subarray(HEADER_BYTES)), decipher.final()]);
}
