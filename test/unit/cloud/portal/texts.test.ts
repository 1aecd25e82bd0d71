import { expect } from "chai";
import { TEXTS } from "../../../../cloud/portal/texts/all.ts";
import { LANGUAGES } from "../../../../shared/language.ts";

/** Every sentence, with its place; functions are called with figures. */
function* sentences(value: unknown, place = ""): Generator<readonly [string, string]> {
  if (typeof value === "string") yield [place, value];
  else if (typeof value === "function") {
    for (const count of [1, 2]) {
      const text: unknown = Reflect.apply(value as () => unknown, undefined, [count, count + 40]);
      yield [`${place}(${count})`, String(text)];
    }
  } else if (typeof value === "object" && value !== null)
    for (const [key, inner] of Object.entries(value)) yield* sentences(inner, `${place}.${key}`);
}

describe("texts of the screens", () => {
  const english = [...sentences(TEXTS.en)];

  for (const language of LANGUAGES)
    describe(`in ${language}`, () => {
      const all = new Map(sentences(TEXTS[language]));

      it("has each sentence, and none is empty or unfinished", () => {
        expect([...all.keys()]).to.deep.equal(english.map(([place]) => place));
        for (const [place, text] of all) {
          expect(text.trim(), place).to.equal(text).and.not.equal("");
          expect(text, place).not.to.match(/undefined|NaN|\[object|TODO/);
        }
      });

      it("keeps what the scripts and figures fill in", () => {
        expect(all.get(".code.resendIn")).to.contain("{seconds}");
        for (const [place, text] of all) if (place.endsWith("(2)")) expect(text, place).to.match(/2|42/);
      });

      it("has words for the sums of the question", () => {
        const { numbers } = TEXTS[language].captcha;
        expect(new Set(numbers).size).to.equal(19);
      });
    });

  it("are not left in English elsewhere", () => {
    const same = LANGUAGES.filter((language) => language !== "en").flatMap((language) =>
      [...sentences(TEXTS[language])]
        .filter(([place, text], at) => text === english[at]?.[1] && text.includes(" ") && place !== "")
        .map(([place]) => `${language}${place}`),
    );

    expect(same).to.deep.equal([]);
  });
});
