/**
 * Single-shot HPKE (RFC 9180, base mode) through @hpke/core: "seal now, open later" for one recipient. Runs in browsers too.
 * Suite 1 is DHKEM(X25519), suite 2 DHKEM(P-256) for browsers without X25519; both HKDF-SHA256 and AES-256-GCM.
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

/** What a seal is for, part of its key: one made for one purpose opens for no other. */
export const PASSWORD_INFO = "latchkey/v1/pw";
export const SIGN_IN_INFO = "latchkey/v1/sign-in";

export interface SealedBytes {
  /** The encapsulated key. */
  readonly enc: Uint8Array<ArrayBuffer>;
  readonly ciphertext: Uint8Array<ArrayBuffer>;
}

/** A CryptoKey, which Node and browsers declare in different places. */
type PublicKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** `publicKey`: serialized, 32 bytes for X25519, 65 for P-256. */
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

/** A buffer with these bytes and no others. */
export const bufferOf = (data: Uint8Array): ArrayBuffer => new Uint8Array(data).buffer;
