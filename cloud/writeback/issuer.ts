/** Signs jobs and authenticates drafts with the issuer key. No other module uses that key for writeback. */
import { createHash, createHmac } from "node:crypto";
import { isEqualInConstantTime } from "../../shared/constant-time.ts";
import { jobOrderFields } from "../../shared/sealing/additional-data.ts";
import { fromBase64url, packFields } from "../../shared/sealing/bytes.ts";
import { type JobOrder, type SealedPassword, type SignedJob, signJob } from "../../shared/sealing/job.ts";
import type { SigningKey } from "../../shared/sealing/signing-key.ts";

export interface Issuer {
  /**
   * Makes a token that later proves that the order was made here, so that no draft has to be stored. A MAC suffices
   * instead of a signature, because only the holder of the key checks it.
   */
  draftToken(order: JobOrder): string;
  isOwnDraft(order: JobOrder, token: string): boolean;
  sign(order: JobOrder, sealed: readonly SealedPassword[]): SignedJob;
  /**
   * Digest that only the holder of the key can compute: a request with a password in it can be compared with an earlier one,
   * and an attacker who reads Redis cannot try passwords on it. base64url.
   */
  digest(purpose: string, fields: readonly string[]): string;
}

export function createIssuer(key: SigningKey): Issuer {
  const digestKey = createHash("sha256")
    .update(packFields("latchkey/v1/request-digest", [fromBase64url(key.seed.reveal())]))
    .digest();
  const draftDigest = (order: JobOrder): Buffer =>
    createHmac("sha512", digestKey).update(draftBytes(order)).digest();
  return {
    draftToken: (order) => draftDigest(order).toString("base64url"),
    isOwnDraft(order, token) {
      return isEqualInConstantTime(draftDigest(order), fromBase64url(token));
    },
    sign: (order, sealed) => signJob(key, order, sealed),
    digest: (purpose, fields) =>
      createHmac("sha256", digestKey).update(packFields(purpose, fields)).digest("base64url"),
  };
}

/** The label differs from that of a job. Otherwise the draft of an unlock could be used as the signed job. */
const draftBytes = (order: JobOrder): Uint8Array => packFields("latchkey/v1/draft", jobOrderFields(order));
