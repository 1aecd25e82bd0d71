/** HPKE on Node: the suites of hpke-suite.ts with a faster HKDF, key pairs, and opening. */
import { createHmac, hkdfSync, type webcrypto } from "node:crypto";
import { type CipherSuite, HkdfSha256 } from "@hpke/core";
import { Secret } from "../secret.ts";
import { fromBase64url, toBase64url } from "./bytes.ts";
import { bufferOf, createSuite, sealBytes, type Suite } from "./hpke-suite.ts";

export { type Suite, SUITES } from "./hpke-suite.ts";

/**
 * HKDF-SHA256 with synchronous node:crypto. In WebCrypto each of its five steps runs on another thread, and together
 * they cost as much as the rest of a seal.
 */
class DirectHkdfSha256 extends HkdfSha256 {
  override extract(
    salt: ArrayBufferLike | ArrayBufferView,
    ikm: ArrayBufferLike | ArrayBufferView,
  ): Promise<ArrayBuffer> {
    const key = salt.byteLength === 0 ? new Uint8Array(this.hashSize) : viewOf(salt);
    return Promise.resolve(bufferOf(createHmac("sha256", key).update(viewOf(ikm)).digest()));
  }
  override extractAndExpand(
    salt: ArrayBufferLike | ArrayBufferView,
    ikm: ArrayBufferLike | ArrayBufferView,
    info: ArrayBufferLike | ArrayBufferView,
    length: number,
  ): Promise<ArrayBuffer> {
    return Promise.resolve(hkdfSync("sha256", viewOf(ikm), viewOf(salt), viewOf(info), length));
  }
}
const viewOf = (data: ArrayBufferLike | ArrayBufferView): Uint8Array =>
  ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);

const suites: Record<Suite, CipherSuite> = {
  x25519: createSuite("x25519", new DirectHkdfSha256()),
  p256: createSuite("p256", new DirectHkdfSha256()),
};

export interface SealingKeyPair {
  readonly suite: Suite;
  /** Serialized public key, base64url (32 bytes for X25519, 65 for P-256). */
  readonly publicKey: string;
  /** Serialized private key, base64url. */
  readonly privateKey: Secret;
}

export async function generateSealingKeyPair(suite: Suite): Promise<SealingKeyPair> {
  const { kem } = suites[suite];
  const pair = (await kem.generateKeyPair()) as webcrypto.CryptoKeyPair;
  return {
    suite,
    publicKey: toBase64url(new Uint8Array(await kem.serializePublicKey(pair.publicKey))),
    privateKey: new Secret(toBase64url(new Uint8Array(await kem.serializePrivateKey(pair.privateKey)))),
  };
}

export interface HpkeMessage {
  /** The encapsulated key, base64url. */
  readonly enc: string;
  readonly ciphertext: string;
}

export async function hpkeSeal(
  recipient: { readonly suite: Suite; readonly publicKey: string },
  info: Uint8Array,
  additionalData: Uint8Array,
  plaintext: Uint8Array,
): Promise<HpkeMessage> {
  const { enc, ciphertext } = await sealBytes(
    suites[recipient.suite],
    fromBase64url(recipient.publicKey),
    info,
    additionalData,
    plaintext,
  );
  return { enc: toBase64url(enc), ciphertext: toBase64url(ciphertext) };
}

/** Opens a message. Throws unless it was sealed to this key with the same info and additional data. */
export type HpkeOpen = (
  recipient: SealingKeyPair,
  info: Uint8Array,
  additionalData: Uint8Array,
  message: HpkeMessage,
) => Promise<Buffer>;

/**
 * Makes a function that parses each key pair only once, because parsing costs twice as much as opening a message. The
 * parsed key is garbage-collected together with its SealingKeyPair.
 */
export function createHpkeOpen(): HpkeOpen {
  const read = new WeakMap<SealingKeyPair, Promise<webcrypto.CryptoKeyPair>>();
  return async (recipient, info, additionalData, message) => {
    const recipientKey = read.get(recipient) ?? readKeyPair(recipient);
    read.set(recipient, recipientKey);
    const opened = await suites[recipient.suite].open(
      { recipientKey: await recipientKey, enc: bufferOf(fromBase64url(message.enc)), info: bufferOf(info) },
      bufferOf(fromBase64url(message.ciphertext)),
      bufferOf(additionalData),
    );
    return Buffer.from(opened);
  };
}

async function readKeyPair({
  suite,
  publicKey,
  privateKey,
}: SealingKeyPair): Promise<webcrypto.CryptoKeyPair> {
  const { kem } = suites[suite];
  return {
    publicKey: (await kem.deserializePublicKey(bufferOf(fromBase64url(publicKey)))) as webcrypto.CryptoKey,
    privateKey: (await kem.deserializePrivateKey(
      bufferOf(fromBase64url(privateKey.reveal())),
    )) as webcrypto.CryptoKey,
  };
}
