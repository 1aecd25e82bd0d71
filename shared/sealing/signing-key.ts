/** Ed25519 (RFC 8032) keys as raw 32-byte values in base64url, as they are on the wire, in files and in pins. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import { Secret } from "../secret.ts";
import { fromBase64url, toBase64url } from "./bytes.ts";

const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

export interface SigningKey {
  /** Raw public key, 32 bytes as base64url. */
  readonly publicKey: string;
  /** Raw seed, 32 bytes as base64url. */
  readonly seed: Secret;
  sign(message: Uint8Array): string;
}

export function signingKeyFromSeed(seed: Secret): SigningKey {
  const raw = fromBase64url(seed.reveal());
  if (raw.length !== 32) throw new RangeError("an Ed25519 seed has 32 bytes");
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, raw]),
    format: "der",
    type: "pkcs8",
  });
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return {
    publicKey: toBase64url(spki.subarray(-32)),
    seed,
    sign: (message) => toBase64url(sign(null, message, privateKey)),
  };
}

export function generateSigningKey(): SigningKey {
  const { privateKey } = generateKeyPairSync("ed25519");
  const pkcs8 = privateKey.export({ format: "der", type: "pkcs8" });
  return signingKeyFromSeed(new Secret(toBase64url(pkcs8.subarray(-32))));
}

/** Reads the key as a JWK (RFC 8037), because reading it as DER costs as much as the verification itself. */
const publicKeyObject = (publicKey: string): KeyObject =>
  createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: publicKey }, format: "jwk" });

/** Returns false for a wrong signature, and for anything that is not a key or a signature. */
export function verifySignature(publicKey: string, message: Uint8Array, signature: string): boolean {
  try {
    return verify(null, message, publicKeyObject(publicKey), fromBase64url(signature));
  } catch {
    return false; // a malformed key or signature verifies nothing
  }
}

/**
 * The fingerprint that people compare: the first 16 bytes of SHA-256 of the public key, as `3f2a-90c1-…` (8 groups of
 * 4).
 */
export function fingerprintKey(publicKey: string): string {
  const digest = createHash("sha256").update(fromBase64url(publicKey)).digest("hex").slice(0, 32);
  return (digest.match(/.{4}/g) ?? []).join("-");
}
