/** Answers to security questions: one form for all spellings, and hashes. */
import { randomBytes, scrypt } from "node:crypto";
import { isEqualInConstantTime } from "../../shared/constant-time.ts";
import { fromBase64url, toBase64url } from "../../shared/sealing/bytes.ts";
import type { PortalKeys } from "../keys/portal-keys.ts";

/** OWASP recommends at least 2^13 for scrypt. Less is enough here: the portal key is a pepper, and few answers may be tried. */
const COST = { N: 2 ** 12, r: 8, p: 1 } as const;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const FORMAT = /^scrypt\$(\d{1,7})\$(\d{1,2})\$(\d{1,2})\$([A-Za-z0-9_-]{22})\$([A-Za-z0-9_-]{43})$/;
/** Larger work factors in a record are not trusted. */
const MAX_N = 2 ** 16;

/**
 * Shorter answers can be guessed. The limit is in bytes, because two Chinese characters can be an answer but two
 * letters cannot.
 */
const MIN_ANSWER_BYTES = 3;
export const MAX_ANSWER_LENGTH = 128;

/** `  Éc. du Béguinage! ` → `ecdubeguinage`: letters and digits alone, in one form. */
export const normaliseAnswer = (answer: string): string =>
  answer
    .slice(0, MAX_ANSWER_LENGTH)
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll("ß", "ss")
    // Removes accents of Latin, Greek and Cyrillic. Vowel signs of other scripts work like letters and stay.
    .replace(/[\u0300-\u036F]/gu, "")
    .replace(/[^\p{L}\p{N}\p{M}]/gu, "")
    .normalize("NFKC");

export const isLongEnough = (answer: string): boolean =>
  Buffer.byteLength(normaliseAnswer(answer)) >= MIN_ANSWER_BYTES;

export interface Answers {
  hash(questionId: string, answer: string): Promise<string>;
  /** `answerHash` null stands for a question that is not registered. It causes the same work and never returns true. */
  isRight(questionId: string, answer: string, answerHash: string | null): Promise<boolean>;
  /** A hash of the same format that matches no answer, without the cost of making one. */
  madeUp(seed: Buffer): string;
}

export function createAnswers({ portalKeys }: { portalKeys: Pick<PortalKeys, "digest"> }): Answers {
  const peppered = (questionId: string, answer: string): Buffer =>
    portalKeys.digest("registration/answer", [questionId, normaliseAnswer(answer)]);
  const print = (salt: Buffer, hash: Buffer): string =>
    ["scrypt", COST.N, COST.r, COST.p, toBase64url(salt), toBase64url(hash)].join("$");

  return {
    async hash(questionId, answer) {
      const salt = randomBytes(SALT_BYTES);
      return print(salt, await derive(peppered(questionId, answer), salt, COST));
    },
    async isRight(questionId, answer, answerHash) {
      const [, N, r, p, salt, hash] = FORMAT.exec(answerHash ?? "") ?? [];
      const known = salt !== undefined && hash !== undefined && Number(N) <= MAX_N;
      const cost = known ? { N: Number(N), r: Number(r), p: Number(p) } : COST;
      const derived = await derive(
        peppered(questionId, answer),
        known ? fromBase64url(salt) : Buffer.alloc(SALT_BYTES),
        cost,
      );
      return isEqualInConstantTime(derived, known ? fromBase64url(hash) : Buffer.alloc(HASH_BYTES)) && known;
    },
    madeUp: (seed) =>
      print(
        portalKeys.digest("registration/answer/made-up/salt", [toBase64url(seed)]).subarray(0, SALT_BYTES),
        portalKeys.digest("registration/answer/made-up/hash", [toBase64url(seed)]),
      ),
  };
}

const derive = (
  password: Buffer,
  salt: Buffer,
  cost: { readonly N: number; readonly r: number; readonly p: number },
): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_BYTES, { ...cost, maxmem: 256 * cost.N * cost.r }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
