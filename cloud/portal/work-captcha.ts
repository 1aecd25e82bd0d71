/** The captcha by proof of work (altcha). A sum in words is the alternative for browsers without script. */
import { createHmac } from "node:crypto";
import { createChallenge, randomInt } from "altcha-lib";
import { deriveKey } from "altcha-lib/algorithms/sha";
import { z } from "zod";
import type { Clock } from "../../shared/clock.ts";
import { isEqualInConstantTime } from "../../shared/constant-time.ts";
import { HOUR_MS, MINUTE_MS } from "../../shared/durations.ts";
import { AppError } from "../../shared/errors.ts";
import { newId } from "../../shared/ids.ts";
import type { Language } from "../../shared/language.ts";
import { parseJson } from "../../shared/parse-json.ts";
import type { PortalKeys } from "../keys/portal-keys.ts";
import { addressRange } from "../limits/address-range.ts";
import { wordQuestions } from "../limits/counters.ts";
import type { Limits } from "../store/limits.ts";
import { createTtlCache, type TtlCache } from "../ttl-cache.ts";
import type { Captcha, CaptchaAnswer, CaptchaQuestion } from "./captcha.ts";
import { createWordQuestions, type WordQuestions } from "./word-questions.ts";

export interface WorkCaptchaDeps {
  readonly portalKeys: PortalKeys;
  readonly limits: Pick<Limits, "take">;
  /** True the first time for a key, on all nodes together. */
  readonly isFirstUse: (key: string, ttlMs: number) => Promise<boolean>;
  /** True while codes of this tenant are being guessed for many user names at once. */
  readonly isUnderAttack: (tenantId: string) => Promise<boolean>;
  /** Smallest number of tries that a challenge takes; the largest is twice as many. */
  readonly tries: number;
  readonly clock: Pick<Clock, "now" | "monotonicMs">;
}

const LIFE_MS = 10 * MINUTE_MS;
/**
 * SHA-256 rounds of each try. 1,500 tries are about 36,000 hashes: about one second on a phone, a tenth of that on a
 * PC.
 */
const ROUNDS = 16;
/** The work doubles with every ten starts of an address in an hour, up to this factor. */
const MAX_FACTOR = 16;
const STARTS_PER_DOUBLING = 10;
/**
 * Smallest factor for all visitors while codes of the tenant are being guessed, so that each name costs the attacker
 * more.
 */
const ATTACK_FACTOR = 20;
const MAX_ADDRESS_RANGES = 10_000;
/** Counts questions for user names that belong to no tenant. No tenant id has an underscore. */
const NO_TENANT = "_installation";

const payloadSchema = z.object({
  challenge: z.object({
    parameters: z.strictObject({
      algorithm: z.literal("SHA-256"),
      cost: z.int().min(1).max(ROUNDS),
      expiresAt: z.int().min(0),
      keyLength: z.int().min(1).max(64),
      keyPrefix: z.string().regex(/^[0-9a-f]{2,64}$/),
      keySignature: z.string().regex(/^[0-9a-f]{64}$/),
      nonce: z.string().regex(/^[0-9a-f]{32}$/),
      salt: z.string().regex(/^[0-9a-f]{32}$/),
    }),
    signature: z.string().regex(/^[0-9a-f]{64}$/),
  }),
  solution: z.object({
    counter: z.int().min(0).max(0xffff_ffff),
    derivedKey: z.string().regex(/^(?:[0-9a-f]{2}){1,64}$/),
  }),
});

export class WorkCaptcha implements Captcha {
  readonly #deps: WorkCaptchaDeps;
  readonly #secrets: { readonly hmacSignatureSecret: string; readonly hmacKeySignatureSecret: string };
  readonly #questions: WordQuestions;
  /** Starts per address range in about the last hour, on this node only: they do no more than make the work harder. */
  readonly #starts: TtlCache<string, { count: number }>;

  constructor(deps: WorkCaptchaDeps) {
    const { portalKeys, clock } = deps;
    const secret = (purpose: string): string => portalKeys.digest("captcha", [purpose]).toString("hex");
    this.#deps = deps;
    this.#secrets = { hmacSignatureSecret: secret("challenge"), hmacKeySignatureSecret: secret("key") };
    this.#questions = createWordQuestions({ portalKeys, lifeMs: LIFE_MS, clock });
    this.#starts = createTtlCache({ ttlMs: HOUR_MS, clock, maxEntries: MAX_ADDRESS_RANGES });
  }

  async challenge(address: string, tenantId: string | null = null): Promise<unknown> {
    const { tries, clock, isUnderAttack } = this.#deps;
    const starts = this.#starts.get(addressRange(address))?.count ?? 0;
    const doublings = Math.floor(starts / STARTS_PER_DOUBLING);
    const isAttacked = tenantId !== null && (await isUnderAttack(tenantId));
    const least = tries * Math.max(Math.min(MAX_FACTOR, 2 ** doublings), isAttacked ? ATTACK_FACTOR : 1);
    return createChallenge({
      algorithm: "SHA-256",
      cost: ROUNDS,
      counter: randomInt(least * 2, least),
      deriveKey,
      expiresAt: Math.floor((clock.now() + LIFE_MS) / 1_000),
      ...this.#secrets,
    });
  }

  question(language: Language): CaptchaQuestion {
    return this.#questions.ask(language, newId());
  }

  async check(
    answer: CaptchaAnswer,
    { address, tenantId }: { readonly address: string; readonly tenantId: string | null },
  ): Promise<void> {
    this.#countStart(addressRange(address));
    if (answer.captcha !== "") await this.#checkWork(answer.captcha);
    else await this.#checkQuestion(answer, address, tenantId);
  }

  #countStart(range: string): void {
    const starts = this.#starts.get(range);
    if (starts === undefined) this.#starts.set(range, { count: 1 });
    else starts.count += 1;
  }

  async #checkWork(text: string): Promise<void> {
    const { clock, isFirstUse } = this.#deps;
    const payload = payloadSchema.safeParse(parseJson(Buffer.from(text, "base64").toString("utf8")));
    if (!payload.success) throw new AppError("CAPTCHA_INVALID");
    const { parameters } = payload.data.challenge;
    if (parameters.expiresAt * 1_000 < clock.now()) throw new AppError("CAPTCHA_INVALID");
    if (!this.#isSolved(payload.data) || !(await isFirstUse(`captcha:${parameters.nonce}`, LIFE_MS)))
      throw new AppError("CAPTCHA_INVALID");
  }

  /**
   * Checks a solution with two HMACs and no work, because the challenge carries a signature of the key that solves
   * it. Does what verifySolution of altcha-lib does, whose HMACs go through the threads of WebCrypto at ten times the
   * cost.
   */
  #isSolved({ challenge: { parameters, signature }, solution }: z.infer<typeof payloadSchema>): boolean {
    const inOrder = Object.entries(parameters).sort(([one], [other]) => (one < other ? -1 : 1));
    const key = Buffer.from(solution.derivedKey, "hex");
    const { hmacSignatureSecret, hmacKeySignatureSecret } = this.#secrets;
    return (
      isSignedBy(hmacSignatureSecret, JSON.stringify(Object.fromEntries(inOrder)), signature) &&
      isSignedBy(hmacKeySignatureSecret, key, parameters.keySignature)
    );
  }

  async #checkQuestion(
    { captchaToken, captchaAnswer }: CaptchaAnswer,
    address: string,
    tenantId: string | null,
  ): Promise<void> {
    const { limits, isFirstUse } = this.#deps;
    // Counted before the answer is read: wrong answers use the budget too, or a program could try all sums.
    const refusal = await limits.take(tenantId ?? NO_TENANT, wordQuestions(address));
    if (refusal !== null)
      throw new AppError("RATE_LIMITED", undefined, { details: { until: refusal.until } });
    const id = this.#questions.rightAnswer(captchaToken, captchaAnswer);
    if (id === null || !(await isFirstUse(`captcha:${id}`, LIFE_MS))) throw new AppError("CAPTCHA_INVALID");
  }
}

/** `signature`: 64 hex digits. */
const isSignedBy = (secret: string, data: string | Buffer, signature: string): boolean =>
  isEqualInConstantTime(createHmac("sha256", secret).update(data).digest(), Buffer.from(signature, "hex"));
