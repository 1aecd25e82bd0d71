import { expect } from "chai";
import { createPortalKeys } from "../../../../cloud/keys/portal-keys.ts";
import { TEXTS } from "../../../../cloud/portal/texts/all.ts";
import { createWordQuestions } from "../../../../cloud/portal/word-questions.ts";
import { newId } from "../../../../shared/ids.ts";
import { type Language, LANGUAGES } from "../../../../shared/language.ts";
import { toBase64url } from "../../../../shared/sealing/bytes.ts";
import { Secret } from "../../../../shared/secret.ts";
import { createManualClock } from "../../../support/manual-clock.ts";

const keysOf = (byte: number) => createPortalKeys(new Secret(toBase64url(Buffer.alloc(32, byte))));

function answer(language: Language, question: string): { readonly digits: string; readonly word: string } {
  const { numbers } = TEXTS[language].captcha;
  const terms = [...question.toLowerCase().matchAll(/[\p{L}-]+/gu)]
    .map(([word]) => numbers.indexOf(word))
    .filter((value) => value >= 0);
  expect(terms, question).to.have.length(2);
  const sum = terms.reduce((a, b) => a + b, 0);
  return { digits: String(sum), word: numbers[sum] ?? "" };
}

describe("questions in words", () => {
  const clock = createManualClock();
  const questions = createWordQuestions({ portalKeys: keysOf(1), lifeMs: 600_000, clock });

  for (const language of LANGUAGES)
    it(`can be answered in figures and in words (${language})`, () => {
      for (let i = 0; i < 50; i++) {
        const id = newId();
        const { text, token } = questions.ask(language, id);
        const { digits, word } = answer(language, text);

        expect(questions.rightAnswer(token, ` ${digits} `), text).to.equal(id);
        expect(questions.rightAnswer(token, word.toUpperCase()), text).to.equal(id);
        expect(questions.rightAnswer(token, String(Number(digits) + 1))).to.equal(null);
        expect(questions.rightAnswer(token, "")).to.equal(null);
      }
    });

  it("do not show the sum in the token", () => {
    const { token } = questions.ask("en", newId());

    expect(Buffer.from(token, "base64url").toString("latin1")).not.to.contain('"a"');
  });

  it("are good for a time, and only with a token of ours", () => {
    const { text, token } = questions.ask("en", newId());
    const { digits } = answer("en", text);
    const other = createWordQuestions({ portalKeys: keysOf(2), lifeMs: 600_000, clock });

    expect(other.rightAnswer(token, digits)).to.equal(null);
    for (const wrong of ["", "x", `${token}A`, token.slice(1), "\0"])
      expect(questions.rightAnswer(wrong, digits), wrong).to.equal(null);
    clock.setWall(clock.now() + 600_001);
    expect(questions.rightAnswer(token, digits)).to.equal(null);
  });
});
