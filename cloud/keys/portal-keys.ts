/** Derives one key for each purpose of the portals from portal.key: HKDF-SHA256 (RFC 5869) with the purpose as info. */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";
import { AppError } from "../../shared/errors.ts";
import { fromBase64url, packFields, toBase64url } from "../../shared/sealing/bytes.ts";
import type { Secret } from "../../shared/secret.ts";

export interface PortalKeys {
  /** HMAC-SHA256 with the key of this purpose, 32 bytes. Digests of two purposes never match. */
  digest(purpose: string, fields: readonly (string | number)[]): Buffer;
  /** AES-256-GCM. `context` is authenticated and not stored. base64url. */
  seal(purpose: string, context: readonly string[], plaintext: Uint8Array): string;
  /** Throws RECORD_CORRUPT unless `seal` made the text for the same purpose and context. */
  open(purpose: string, context: readonly string[], sealed: string): Buffer;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export function createPortalKeys(seed: Secret): PortalKeys {
  const root = fromBase64url(seed.reveal());
  const derived = new Map<string, Buffer>();
  const keyFor = (purpose: string): Buffer => {
    const known = derived.get(purpose);
    if (known !== undefined) return known;
    const key = Buffer.from(hkdfSync("sha256", root, "", `latchkey/v1/portal/${purpose}`, 32));
    derived.set(purpose, key);
    return key;
  };
  return {
    digest: (purpose, fields) =>
      createHmac("sha256", keyFor(`digest/${purpose}`))
        .update(packFields(purpose, fields))
        .digest(),
    seal(purpose, context, plaintext) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", keyFor(`seal/${purpose}`), nonce);
      cipher.setAAD(packFields(purpose, context));
      const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
      return toBase64url(Buffer.concat([nonce, body, cipher.getAuthTag()]));
    },
    open(purpose, context, sealed) {
      try {
        const bytes = fromBase64url(sealed);
        const nonce = bytes.subarray(0, NONCE_BYTES);
        const decipher = createDecipheriv("aes-256-gcm", keyFor(`seal/${purpose}`), nonce, {
          authTagLength: TAG_BYTES,
        });
        decipher.setAAD(packFields(purpose, context));
        decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
        return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
      } catch (error) {
        throw new AppError("RECORD_CORRUPT", `A sealed record (${purpose}) cannot be opened.`, {
          cause: error,
        });
      }
    },
  };
}
