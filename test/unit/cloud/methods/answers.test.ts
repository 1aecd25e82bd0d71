import { expect } from "chai";
import fc from "fast-check";
import { createPortalKeys } from "../../../../cloud/keys/portal-keys.ts";
import { createAnswers, isLongEnough, normaliseAnswer } from "../../../../cloud/methods/answers.ts";
import { Secret } from "../../../../shared/secret.ts";

const keysOf = (fill: number) => createPortalKeys(new Secret(Buffer.alloc(32, fill).toString("base64url")));

describe("answers to security questions", () => {
  for (const [typed, normal] of [
    ["  Éc. du Béguinage! ", "ecdubeguinage"],
    ["ecole", "ecole"],
    ["e\u0301cole", "ecole"],
    ["Straße 5", "strasse5"],
    ["STRASSE5", "strasse5"],
    ["ﬁsh", "fish"],
    ["Ｑｕｅｅｎ", "queen"],
    ["Ångström", "angstrom"],
    ["北 京", "北京"],
    ["नमस्ते", "नमस्ते"],
    ["...", ""],
  ] as const)
    it(`reads ${JSON.stringify(typed)} as ${JSON.stringify(normal)}`, () => {
      expect(normaliseAnswer(typed)).to.equal(normal.normalize("NFKC"));
    });

  it("do not change when normalised twice", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 40 }), (text) => {
        expect(normaliseAnswer(normaliseAnswer(text))).to.equal(normaliseAnswer(text));
      }),
    );
  });

  it("are long enough with three letters or two Chinese characters", () => {
    expect(["Ann", "北京", "007"].map(isLongEnough)).to.deep.equal([true, true, true]);
    expect(["Al", "a !", "", "- - -"].map(isLongEnough)).to.deep.equal([false, false, false, false]);
  });

  it("are hashed with a salt and the key, and match in any spelling", async () => {
    const answers = createAnswers({ portalKeys: keysOf(1) });
    const hash = await answers.hash("first_concert", "The Queen");

    expect(hash).to.match(/^scrypt\$4096\$8\$1\$/);
    expect(await answers.hash("first_concert", "The Queen")).to.not.equal(hash);
    expect(await answers.isRight("first_concert", "the  QUEEN.", hash)).to.equal(true);
    expect(await answers.isRight("first_concert", "Queens", hash)).to.equal(false);
    expect(await answers.isRight("school_trip", "The Queen", hash)).to.equal(false);
    const stolen = createAnswers({ portalKeys: keysOf(2) });
    expect(await stolen.isRight("first_concert", "The Queen", hash)).to.equal(false);
  });

  for (const hash of [
    null,
    "",
    "scrypt$4096$8$1$x$y",
    "scrypt$9999999$8$1$AAAAAAAAAAAAAAAAAAAAAA$" + "A".repeat(43),
  ])
    it(`never match ${JSON.stringify(hash)}`, async () => {
      expect(await createAnswers({ portalKeys: keysOf(1) }).isRight("school_trip", "", hash)).to.equal(false);
    });

  it("made up for an unknown user have the form of real ones, the same each time", async () => {
    const answers = createAnswers({ portalKeys: keysOf(1) });
    const madeUp = answers.madeUp(Buffer.from("seed"));

    expect(madeUp)
      .to.equal(answers.madeUp(Buffer.from("seed")))
      .and.not.equal(answers.madeUp(Buffer.from("x")));
    expect(madeUp).to.have.lengthOf((await answers.hash("school_trip", "abc")).length);
    expect(await answers.isRight("school_trip", "abc", madeUp)).to.equal(false);
  });
});
