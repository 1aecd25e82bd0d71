import { TEXTS } from "../../cloud/portal/texts/all.ts";

/** Answers the captcha's question in words, e.g. "three plus four", in English. */
export function answerInWords(question: string): string {
  const { numbers } = TEXTS.en.captcha;
  const terms = [...question.toLowerCase().matchAll(/[a-z]+/g)]
    .map(([word]) => numbers.findIndex((number) => number.toLowerCase() === word))
    .filter((value) => value >= 0);
  if (terms.length !== 2) throw new Error(`not two numbers: ${question}`);
  return String((terms[0] ?? 0) + (terms[1] ?? 0));
}
