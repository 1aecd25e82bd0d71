/** The captcha by proof of work (altcha). A sum in words is the alternative for browsers without script. */
import { createHmac } from "node:crypto";
import { createChallenge, randomInt } from "altcha-lib";
import { deriveKey } from "altcha-lib/algorithms/sha";
import { z } from "zod";
import type { LimitRules } from "../../shared/api/limit-rules.ts";
import type { Clock } from "../../shared/clock.ts";
import { isEqualInConstantTime } from "../../shared/constant-time.ts";
import { HOUR_MS, MINUTE_MS } from "../../shared/durations.ts";
import { AppError } from "../../shared/errors.ts";
import { newId } from "../../shared/ids.ts";
import { addressRange } from "../../shared/ip-address.ts";
import type { Language } from "../../shared/language.ts";
import { parseJson } from "../../shared/parse-json.ts";
import type { PortalKeys } from "../keys/portal-keys.ts";
import { networkOf } from "../limits/network.ts";
import { rightWords, wrongWords } from "../limits/requests.ts";
import type { LimitRequest, Limits } from "../store/limits.ts";
import { createTtlCache, type TtlCache } from "../ttl-cache.ts";
import type { Captcha, CaptchaAnswer, CaptchaQuestion, VisitWork } from "./captcha.ts";
import { createWordQuestions, type WordQuestions } from "./word-questions.ts";

interface Secrets {
  readonly hmacSignatureSecret: string;
  readonly hmacKeySignatureSecret: string;
}

export interface WorkCaptchaDeps {
  readonly portalKeys: PortalKeys;
  readonly limits: Pick<Limits, "take" | "known">;
  /** The limits of a tenant. */
  readonly limitRules: (tenantId: string) => Promise<LimitRules>;
  /** True the first time for a key, on all nodes together. */
  readonly isFirstUse: (key: string, ttlMs: number) => Promise<boolean>;
  /** True while codes or passwords of this tenant are being guessed for many user names, or very many visits begin. */
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
/** The work doubles with every forty starts of an address in an hour, up to this factor: an office shares one address. */
const MAX_FACTOR = 16;
const STARTS_PER_DOUBLING = 40;
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
  readonly #questions: WordQuestions;
  /** Starts per address range in about the last hour, on this node only: they do no more than make the work harder. */
  readonly #starts: TtlCache<string, { count: number }>;

  constructor(deps: WorkCaptchaDeps) {
    const { portalKeys, clock } = deps;
    this.#deps = deps;
    this.#questions = createWordQuestions({ portalKeys, lifeMs: LIFE_MS, clock });
    this.#starts = createTtlCache({ ttlMs: HOUR_MS, clock, maxEntries: MAX_ADDRESS_RANGES });
  }

  async challenge(address: string, tenantId: string | null = null, work?: VisitWork): Promise<unknown> {
    const { tries, clock } = this.#deps;
    const isDear = work === undefined && (await this.#isUnderAttack(tenantId));
    const least = tries * (work === undefined ? this.#startFactor(address, isDear) : work.factor);
    return createChallenge({
      algorithm: "SHA-256",
      cost: ROUNDS,
      counter: randomInt(least * 2, least),
      deriveKey,
      expiresAt: Math.floor((clock.now() + LIFE_MS) / 1_000),
      ...this.#secretsFor(work ?? startWork(isDear)),
    });
  }

  #startFactor(address: string, isDear: boolean): number {
    const starts = this.#starts.get(addressRange(address))?.count ?? 0;
    const doublings = Math.floor(starts / STARTS_PER_DOUBLING);
    return Math.max(Math.min(MAX_FACTOR, 2 ** doublings), isDear ? ATTACK_FACTOR : 1);
  }

  #isUnderAttack(tenantId: string | null): Promise<boolean> {
    return tenantId === null ? Promise.resolve(false) : this.#deps.isUnderAttack(tenantId);
  }

  /** Keys of their own for each visit and amount, so that a cheap challenge does not pass for a dear one. */
  #secretsFor({ visitId, factor }: VisitWork): Secrets {
    const about = [visitId, factor];
    const secret = (purpose: string): string =>
      this.#deps.portalKeys.digest("captcha", [purpose, ...about]).toString("hex");
    return { hmacSignatureSecret: secret("challenge"), hmacKeySignatureSecret: secret("key") };
  }

  question(language: Language): CaptchaQuestion {
    return this.#questions.ask(language, newId());
  }

  async check(
    answer: CaptchaAnswer,
    { address, tenantId }: { readonly address: string; readonly tenantId: string | null },
    work?: VisitWork,
  ): Promise<void> {
    if (work === undefined) this.#countStart(addressRange(address));
    if (answer.captcha === "") return this.#checkQuestion(answer, address, tenantId);
    if (work !== undefined) return this.#checkWork(answer.captcha, [work]);
    // The tenant is known by now. Its own page had a cheap challenge if the user name was not typed yet, see start-form.ts.
    const dear = startWork(true);
    const enough = (await this.#isUnderAttack(tenantId)) ? [dear] : [startWork(false), dear];
    return this.#checkWork(answer.captcha, enough);
  }

  #countStart(range: string): void {
    const starts = this.#starts.get(range);
    if (starts === undefined) this.#starts.set(range, { count: 1 });
    else starts.count += 1;
  }

  async #checkWork(text: string, enough: readonly VisitWork[]): Promise<void> {
    const { clock, isFirstUse } = this.#deps;
    const payload = payloadSchema.safeParse(parseJson(Buffer.from(text, "base64").toString("utf8")));
    if (!payload.success) throw new AppError("CAPTCHA_INVALID");
    const { parameters } = payload.data.challenge;
    if (parameters.expiresAt * 1_000 < clock.now()) throw new AppError("CAPTCHA_INVALID");
    const isSolved = enough.some((work) => this.#isSolved(payload.data, work));
    if (!isSolved || !(await isFirstUse(`captcha:${parameters.nonce}`, LIFE_MS)))
      throw new AppError("CAPTCHA_INVALID");
  }

  /**
   * Checks a solution with two HMACs and no work, because the challenge carries a signature of the key that solves
   * it. Does what verifySolution of altcha-lib does, whose HMACs go through the threads of WebCrypto at ten times the
   * cost.
   */
  #isSolved(
    { challenge: { parameters, signature }, solution }: z.infer<typeof payloadSchema>,
    work: VisitWork,
  ): boolean {
    const inOrder = Object.entries(parameters).sort(([one], [other]) => (one < other ? -1 : 1));
    const key = Buffer.from(solution.derivedKey, "hex");
    const { hmacSignatureSecret, hmacKeySignatureSecret } = this.#secretsFor(work);
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
    const { limits, limitRules, isFirstUse } = this.#deps;
    const counted = tenantId ?? NO_TENANT;
    const network =
      tenantId === null ? addressRange(address) : networkOf(address, await limitRules(tenantId)).name;
    const take = async (wants: readonly LimitRequest[]): Promise<void> => {
      const refusal = await limits.take(counted, wants);
      if (refusal !== null)
        throw new AppError("RATE_LIMITED", undefined, { details: { until: refusal.until } });
    };
    // Counted as wrong before the answer is read, so that many answers at once do not exceed the limit.
    await take([wrongWords(network, 1)]);
    const id = this.#questions.rightAnswer(captchaToken, captchaAnswer);
    if (id === null || !(await isFirstUse(`captcha:${id}`, LIFE_MS))) throw new AppError("CAPTCHA_INVALID");
    const [known, isUnderAttack] = await Promise.all([
      limits.known(counted, "", network),
      this.#isUnderAttack(tenantId),
    ]);
    await take([wrongWords(network, -1)]);
    await take(rightWords(network, { isKnown: known.network, isUnderAttack }));
  }
}

/** The work of a start, which belongs to no visit yet. Only whether it is that of an attack counts. */
const startWork = (isDear: boolean): VisitWork => ({ visitId: "", factor: isDear ? ATTACK_FACTOR : 1 });

/** `signature`: 64 hex digits. */
const isSignedBy = (secret: string, data: string | Buffer, signature: string): boolean =>
  isEqualInConstantTime(createHmac("sha256", secret).update(data).digest(), Buffer.from(signature, "hex"));
