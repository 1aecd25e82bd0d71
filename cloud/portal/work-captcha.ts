/** The captcha by proof of work (altcha), with a sum in words as the way around it. */
import { createHmac } from "node:crypto";
import { createChallenge, randomInt } from "altcha-lib";
import { deriveKey } from "altcha-lib/algorithms/sha";
import { z } from "zod";
import type { Clock } from "../../shared/clock.ts";
import { isEqualInConstantTime } from "../../shared/constant-time.ts";
import { HOUR_MS, MINUTE_MS } from "../../shared/durations.ts";
import { AppError } from "../../shared/errors.ts";
import { newId } from "../../shared/ids.ts";
import { parseJson } from "../../shared/parse-json.ts";
import type { PortalKeys } from "../keys/portal-keys.ts";
import { addressRange } from "../limits/address-range.ts";
import type { Limits } from "../store/limits.ts";
import { createTtlCache } from "../ttl-cache.ts";
import type { Captcha, CaptchaAnswer } from "./captcha.ts";
import { createWordQuestions } from "./word-questions.ts";

export interface WorkCaptchaDeps {
  readonly portalKeys: PortalKeys;
  readonly limits: Pick<Limits, "take">;
  /** True the first time for a key, on all nodes together. */
  readonly once: (key: string, ttlMs: number) => Promise<boolean>;
  /** Are codes of this tenant being guessed on many names at once (T-03)? Never when left out. */
  readonly underAttack?: (tenantId: string) => Promise<boolean>;
  /** The least number of tries; at most twice as many. */
  readonly tries: number;
  readonly clock: Pick<Clock, "now" | "monotonicMs">;
}

const LIFE_MS = 10 * MINUTE_MS;
/** SHA-256 rounds for each try: with 1,500 tries some 36,000 hashes, which a phone does in about a second, a PC in a tenth. */
const ROUNDS = 16;
/** With each ten starts of an address in an hour the work doubles, up to this much. */
const MAX_FACTOR = 16;
const STARTS_PER_DOUBLING = 10;
/** For everybody, while the tenant's breaker is open: a name costs a guesser this much more. */
const ATTACK_FACTOR = 20;
const MAX_BLOCKS = 10_000;
/** Questions are cheap to answer for a program that knows them, so few are taken. */
const QUESTIONS_PER_ADDRESS = 5;
const QUESTIONS_PER_TENANT = 100;
/** Counts for names that belong to no tenant; no tenant id has an underscore. */
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

export function createWorkCaptcha(deps: WorkCaptchaDeps): Captcha {
  const { portalKeys, limits, once, tries, clock } = deps;
  const secret = (purpose: string): string => portalKeys.digest("captcha", [purpose]).toString("hex");
  const secrets = { hmacSignatureSecret: secret("challenge"), hmacKeySignatureSecret: secret("key") };
  const questions = createWordQuestions({ portalKeys, lifeMs: LIFE_MS, clock });
  const starts = createStartCounts(clock);

  async function checkWork(text: string): Promise<void> {
    const payload = payloadSchema.safeParse(parseJson(Buffer.from(text, "base64").toString("utf8")));
    if (!payload.success) throw new AppError("CAPTCHA_INVALID");
    const { parameters } = payload.data.challenge;
    if (parameters.expiresAt * 1_000 < clock.now()) throw new AppError("CAPTCHA_INVALID");
    if (!isSolved(payload.data) || !(await once(`captcha:${parameters.nonce}`, LIFE_MS)))
      throw new AppError("CAPTCHA_INVALID");
  }

  /**
   * With the signature of the key that was looked for, checking costs two HMACs and no work. As verifySolution of altcha-lib does
   * it, whose HMACs go through WebCrypto's threads: ten times the cost.
   */
  function isSolved({
    challenge: { parameters, signature },
    solution,
  }: z.infer<typeof payloadSchema>): boolean {
    const inOrder = Object.entries(parameters).sort(([one], [other]) => (one < other ? -1 : 1));
    return (
      isSignedBy(secrets.hmacSignatureSecret, JSON.stringify(Object.fromEntries(inOrder)), signature) &&
      isSignedBy(
        secrets.hmacKeySignatureSecret,
        Buffer.from(solution.derivedKey, "hex"),
        parameters.keySignature,
      )
    );
  }

  async function checkQuestion(
    { captchaToken, captchaAnswer }: CaptchaAnswer,
    address: string,
    tenantId: string | null,
  ): Promise<void> {
    // Counted before it is looked at: wrong answers use the budget too, or all sums could be tried.
    const refusal = await limits.take(tenantId ?? NO_TENANT, [
      {
        key: `address:${addressRange(address)}:questions`,
        limit: QUESTIONS_PER_ADDRESS,
        windowMs: HOUR_MS,
      },
      { key: "tenant:questions", limit: QUESTIONS_PER_TENANT, windowMs: HOUR_MS },
    ]);
    if (refusal !== null)
      throw new AppError("RATE_LIMITED", undefined, { details: { until: refusal.until } });
    const id = questions.rightAnswer(captchaToken, captchaAnswer);
    if (id === null || !(await once(`captcha:${id}`, LIFE_MS))) throw new AppError("CAPTCHA_INVALID");
  }

  return {
    async challenge(address, tenantId = null) {
      const doublings = Math.floor(starts.of(addressRange(address)) / STARTS_PER_DOUBLING);
      const isAttacked = tenantId !== null && (await deps.underAttack?.(tenantId)) === true;
      const least = tries * Math.max(Math.min(MAX_FACTOR, 2 ** doublings), isAttacked ? ATTACK_FACTOR : 1);
      return createChallenge({
        algorithm: "SHA-256",
        cost: ROUNDS,
        counter: randomInt(least * 2, least),
        deriveKey,
        expiresAt: Math.floor((clock.now() + LIFE_MS) / 1_000),
        ...secrets,
      });
    },
    question: (language) => questions.ask(language, newId()),
    async check(answer, { address, tenantId }) {
      starts.add(addressRange(address));
      if (answer.captcha !== "") await checkWork(answer.captcha);
      else await checkQuestion(answer, address, tenantId);
    },
  };
}

/** `signature`: 64 hex digits. */
const isSignedBy = (secret: string, data: string | Buffer, signature: string): boolean =>
  isEqualInConstantTime(createHmac("sha256", secret).update(data).digest(), Buffer.from(signature, "hex"));

/** Of this node alone and of about the last hour: it only makes the work dearer. */
function createStartCounts(clock: Pick<Clock, "monotonicMs">) {
  const counts = createTtlCache<string, { starts: number }>({
    ttlMs: HOUR_MS,
    clock,
    maxEntries: MAX_BLOCKS,
  });
  return {
    of: (block: string): number => counts.get(block)?.starts ?? 0,
    add(block: string): void {
      const count = counts.get(block);
      if (count === undefined) counts.set(block, { starts: 1 });
      else count.starts += 1;
    },
  };
}
