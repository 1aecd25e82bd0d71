/**
 * Authenticates records in Redis: HMAC-SHA256 (RFC 2104) under keys that only the nodes hold. A writer of Redis can delete
 * or delay a record, but cannot make one, change one, or move one to another key.
 */
import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import { fromBase64url } from "../../shared/sealing/bytes.ts";
import type { Secret } from "../../shared/secret.ts";

export interface RecordMac {
  /**
   * Authenticates `text` as the content of the record that `key` names: the Redis key, which holds the tenant, and where one
   * key holds several records, the field. 22 characters of base64url (132 bits).
   */
  sign(key: string, text: string): string;
  /** Checks a MAC in constant time under each key in use. */
  verify(key: string, text: string, mac: string): boolean;
}

/** Number of characters of a MAC. */
export const MAC_LENGTH = 22;

/** `seeds`: the key in use first, then earlier keys that are still accepted. */
export function createRecordMac(seeds: readonly [Secret, ...Secret[]]): RecordMac {
  const [current, ...earlier] = seeds.map((seed) =>
    Buffer.from(hkdfSync("sha256", fromBase64url(seed.reveal()), "", "latchkey/v1/records", 32)),
  ) as [Buffer, ...Buffer[]];
  const macUnder = (secret: Buffer, key: string, text: string): string =>
    createHmac("sha256", secret)
      // No key contains a zero byte, so key and text cannot be split in another way.
      .update(`${key}\0${text}`)
      .digest("base64url")
      .slice(0, MAC_LENGTH);
  return {
    sign: (key, text) => macUnder(current, key, text),
    verify: (key, text, mac) =>
      mac.length === MAC_LENGTH &&
      [current, ...earlier].some((secret) => {
        const expected = Buffer.from(macUnder(secret, key, text), "latin1");
        const given = Buffer.from(mac, "latin1");
        return given.length === expected.length && timingSafeEqual(expected, given);
      }),
  };
}
