import { expect } from "chai";
import { QUESTION_IDS, QUESTION_TEXTS } from "../../../../cloud/methods/question-texts.ts";
import { LANGUAGES } from "../../../../shared/language.ts";

describe("the security questions", () => {
  for (const language of LANGUAGES)
    it(`are complete and distinct in ${language}`, () => {
      const texts = QUESTION_IDS.map((id) => QUESTION_TEXTS[language][id]);

      expect(new Set(texts).size).to.equal(QUESTION_IDS.length).and.at.least(15);
      for (const text of texts) expect(text).to.match(/\?$/);
    });
});
