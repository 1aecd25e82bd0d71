import { readFileSync } from "node:fs";
import { dictionary } from "@zxcvbn-ts/language-common";
import { expect } from "chai";
import {
  type BannedWords,
  bannedWords,
  COMMON_PASSWORDS_FILE,
  domainParts,
  isBanned,
  nameParts,
} from "../../../../agent/password-lists/banned-passwords.ts";
import { listCommonPasswords } from "../../../../tools/common-passwords.ts";

describe("isBanned", () => {
  for (const password of [
    "password",
    "Password1!",
    "P@ssw0rd",
    "!!Welcome2024",
    "$ummer2025",
    "Qwerty123",
    "Pässwörd1",
    "12345678",
    "aaaaaaaa",
    "abcabcabc",
    "ｐａｓｓｗｏｒｄ",
  ])
    it(`bans ${password}`, () => {
      expect(isBanned(password)).to.equal(true);
    });

  for (const password of [
    "Correct-Horse-Battery",
    "Summer-in-Ghent-2024",
    "tr0ub4dor&3-passwordless",
    "😀🔑密码пароль",
    "short",
    "",
  ])
    it(`lets ${password === "" ? "the empty one, which has a code of its own," : password} pass`, () => {
      expect(isBanned(password)).to.equal(false);
    });
});

describe("the parts of a person's names", () => {
  const names = ["asmith@lab.test", "anne.smith@mail.contoso.com"];

  it("are those before the @: a password of them is the person's own name", () => {
    for (const password of ["asmith-T-2026-Xx", "Anne.Smith-99", "asmith@lab.test"])
      expect(isBanned(password, nameParts(names)), password).to.equal(true);
    for (const password of ["Contoso-2026", "test-com-com-1"])
      expect(isBanned(password, nameParts(names)), password).to.equal(false);
  });

  it("are those of the domain apart, without its last one", () => {
    expect(isBanned("Contoso-2026!", domainParts(names))).to.equal(true);
    expect(isBanned("com.com.1978-com", domainParts(names))).to.equal(false);
  });
});

describe("isBanned, with words of a tenant and a person's names", () => {
  const tenant = bannedWords(["Contoso", "  Zürich ", "", "correct horse battery", "no"]);
  const person = nameParts(["jane.o'neil@contoso.test", "Jané O’Neil-Smith"]);

  for (const password of [
    "Contoso2024!",
    "C0nt0s0-Jane",
    "jane.o'neil@contoso.test",
    "ContosoPassword1",
    "ZURICH-1998",
    "Correct Horse Battery!",
    "JaneSmith!!77",
    "contoso-abc-1",
    "contosocontosocontoso",
  ])
    it(`bans ${password}`, () => {
      expect(isBanned(password, person, tenant)).to.equal(true);
    });

  for (const password of [
    "Contoso-lighthouse-keeper-9",
    "smithereens!",
    "My-cat-Jane-eats-fish",
    "correct horse staple",
    "nonono-something",
    "short",
  ])
    it(`lets ${password} pass`, () => {
      expect(isBanned(password, person, tenant)).to.equal(false);
    });

  // One character that folds into eighteen, and a word as long as a line may be.
  for (const [name, password] of [
    ["one that grows when it is folded", "\ufdfa".repeat(256)],
    ["the longest ones of plain letters", "contos".repeat(43).slice(0, 256)],
  ] as const)
    it(`looks up a bounded number of words for ${name} (finding 19)`, () => {
      const counted = countedWords(bannedWords(["contoso", "x".repeat(256)]));
      isBanned(password, counted);

      expect(counted.longest).to.be.at.most(64);
      expect(counted.lookedUp()).to.be.at.most(3 * 512 * 64);
      expect(counted.longestLookedUp()).to.be.at.most(64);
    });

  it("ignores words that are longer than a banned word may be, also when folding makes them so", () => {
    expect(bannedWords(["x".repeat(65), "\ufdfa".repeat(4)]).size).to.equal(0);
    expect(bannedWords(["x".repeat(64)]).size).to.equal(1);
  });
});

/** Counts how often and for how long a text a password is looked up, which is what its time depends on. */
function countedWords(words: BannedWords) {
  let count = 0;
  let longest = 0;
  return {
    size: words.size,
    longest: words.longest,
    has(word: string) {
      count++;
      longest = Math.max(longest, word.length);
      return words.has(word);
    },
    lookedUp: () => count,
    longestLookedUp: () => longest,
  };
}

describe("the list of common passwords", () => {
  const all: readonly string[] = dictionary["passwords-common"];
  const long = all.filter((password) => password.length >= 6);
  const accepted = (variant: (password: string) => string): string[] =>
    long.map(variant).filter((password) => !isBanned(password));
  const capital = (password: string): string => password.charAt(0).toUpperCase() + password.slice(1);

  it("is the one of the meter's package (npm run passwords:generate)", () => {
    expect(readFileSync(COMMON_PASSWORDS_FILE, "utf8")).to.equal(listCommonPasswords());
  });

  it("is refused as a whole, whatever the case", () => {
    expect(long.length).to.be.above(40_000);
    expect(accepted((password) => password)).to.deep.equal([]);
    expect(accepted(capital)).to.deep.equal([]);
    expect(accepted((password) => password.toUpperCase())).to.deep.equal([]);
  });

  for (const [name, variant] of [
    ["a year", (password: string) => `${password}2024`],
    ["a year and a sign", (password: string) => `${capital(password)}2025!`],
    ["signs on both sides", (password: string) => `!${password}##`],
    ["a number behind a sign", (password: string) => `${password}-77`],
    ["itself once more", (password: string) => password + password],
  ] as const)
    it(`is refused with ${name}`, () => {
      // What is left of an entry that itself ends in digits or signs may be another word.
      const words = long.filter((password) => /^[a-z].*[a-z]$/i.test(password));
      expect(words.map(variant).filter((password) => !isBanned(password))).to.deep.equal([]);
    });

  for (const password of [
    "q1w2e3r4t5",
    "1qaz2wsx3edc",
    "1qaz2wsx3edc!",
    "Liverpool2024!",
    "Jennifer1990!",
    "L1verp00l!",
    "1iverpool",
    "Mus7ang!!",
    "8aseball1998",
  ])
    it(`bans ${password}`, () => {
      expect(isBanned(password)).to.equal(true);
    });
});
