/** Sums in words for browsers without script, readable by every screen reader. The token holds the sum, encrypted. */
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
  /** Returns the id of the question if the answer is correct and in time, otherwise null. */
  rightAnswer(token: string, answer: string): string | null;
}

const PURPOSE = "captcha-question";
const MAX_TERM = 10; // exclusive; the catalogues have words for sums up to 18

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
      return null; // a token that this service did not make counts as a wrong answer
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

/**
 * Removes upper case, accents, spaces and symbols, and turns digits of compatibility forms (such as full-width) into
 * ASCII.
 */
const plain = (text: string): string =>
  text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/ß/g, "ss")
    .replace(/[^a-z0-9]/g, "");
