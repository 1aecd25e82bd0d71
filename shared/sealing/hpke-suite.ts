/**
 * Single-shot HPKE (RFC 9180, base mode) with @hpke/core, for one recipient. Runs in browsers too. The first suite uses
 * DHKEM(X25519), the second DHKEM(P-256), for browsers without X25519. Both use HKDF-SHA256 and AES-256-GCM.
 */
import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core";

export const SUITES = ["x25519", "p256"] as const;
export type Suite = (typeof SUITES)[number];

export const createSuite = (suite: Suite, kdf: HkdfSha256 = new HkdfSha256()): CipherSuite =>
  new CipherSuite({
    kem: suite === "x25519" ? new DhkemX25519HkdfSha256() : new DhkemP256HkdfSha256(),
    kdf,
    aead: new Aes256Gcm(),
  });

/** The purpose of a seal. It is part of the key, so a seal made for one purpose cannot be opened for another. */
export const PASSWORD_INFO = "latchkey/v1/pw";
export const SIGN_IN_INFO = "latchkey/v1/sign-in";

export interface SealedBytes {
  /** The encapsulated key. */
  readonly enc: Uint8Array<ArrayBuffer>;
  readonly ciphertext: Uint8Array<ArrayBuffer>;
}

/** A CryptoKey. Node and browsers declare it in different places. */
type PublicKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** Seals a text to a serialized public key (32 bytes for X25519, 65 for P-256). */
export async function sealBytes(
  suite: CipherSuite,
  publicKey: Uint8Array,
  info: Uint8Array,
  additionalData: Uint8Array,
  plaintext: Uint8Array,
): Promise<SealedBytes> {
  const recipientPublicKey = (await suite.kem.deserializePublicKey(bufferOf(publicKey))) as PublicKey;
  const { enc, ct } = await suite.seal(
    { recipientPublicKey, info: bufferOf(info) },
    bufferOf(plaintext),
    bufferOf(additionalData),
  );
  return { enc: new Uint8Array(enc), ciphertext: new Uint8Array(ct) };
}

/** Copies the bytes into a buffer that contains nothing else. */
export const bufferOf = (data: Uint8Array): ArrayBuffer => new Uint8Array(data).buffer;
