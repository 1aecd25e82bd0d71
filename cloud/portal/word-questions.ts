/** Sums in words, for who has no script: readable by every screen reader. The token holds the sum, sealed. */
import { randomInt } from "node:crypto";
import { z } from "zod";
import type { Clock } from "../../shared/clock.ts";
import { ulidSchema } from "../../shared/ids.ts";
import { type Language, LANGUAGES } from "../../shared/language.ts";
import { parseJson } from "../../shared/parse-json.ts";
import type { PortalKeys } from "../keys/portal-keys.ts";
import type { CaptchaQuestion } from "./captcha.ts";
import { TEXTS } from "./texts/all.ts";

export interface WordQuestions {
  ask(language: Language, id: string): CaptchaQuestion;
  /** The id of the question when the answer is right and in time, else null. */
  rightAnswer(token: string, answer: string): string | null;
}

const PURPOSE = "captcha-question";
const MAX_TERM = 10; // exclusive: sums go up to 18, for which there are words

const questionSchema = z.strictObject({
  id: ulidSchema,
  a: z.int().min(0).max(MAX_TERM),
  b: z.int().min(0).max(MAX_TERM),
  expiresAt: z.int().min(0),
});

export function createWordQuestions({
  portalKeys,
  lifeMs,
  clock,
}: {
  readonly portalKeys: Pick<PortalKeys, "seal" | "open">;
  readonly lifeMs: number;
  readonly clock: Pick<Clock, "now">;
}): WordQuestions {
  function open(token: string): z.infer<typeof questionSchema> | null {
    try {
      const bytes = portalKeys.open(PURPOSE, [], token);
      return questionSchema.parse(parseJson(bytes.toString("utf8")));
    } catch {
      return null; // not a token of ours: as wrong as a wrong answer
    }
  }
  return {
    ask(language, id) {
      const [a, b] = [randomInt(1, MAX_TERM), randomInt(1, MAX_TERM)];
      const { numbers, question } = TEXTS[language].captcha;
      const sum = JSON.stringify({ id, a, b, expiresAt: clock.now() + lifeMs });
      return {
        text: question(numbers[a] ?? String(a), numbers[b] ?? String(b)),
        token: portalKeys.seal(PURPOSE, [], Buffer.from(sum, "utf8")),
      };
    },
    rightAnswer(token, answer) {
      const question = open(token);
      if (question === null || question.expiresAt < clock.now()) return null;
      const sum = question.a + question.b;
      const right = LANGUAGES.map((language) => plain(TEXTS[language].captcha.numbers[sum] ?? ""));
      const given = plain(answer);
      return given === String(sum) || (given !== "" && right.includes(given)) ? question.id : null;
    },
  };
}

/** Without capitals, accents, spaces and signs; digits of other scripts as ours. */
const plain = (text: string): string =>
  text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/ß/g, "ss")
    .replace(/[^a-z0-9]/g, "");
