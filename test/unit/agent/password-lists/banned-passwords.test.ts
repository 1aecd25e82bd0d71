import { expect } from "chai";
import { bannedWords, isBanned, nameParts } from "../../../../agent/password-lists/banned-passwords.ts";

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
    "Contoso-lighthouse-9",
    "smithereens!",
    "My-cat-Jane-eats-fish",
    "correct horse staple",
    "nonono-something",
    "short",
  ])
    it(`lets ${password} pass`, () => {
      expect(isBanned(password, person, tenant)).to.equal(false);
    });

  it("takes the longest password no longer than it should", () => {
    const started = performance.now();
    for (let count = 0; count < 20; count++) isBanned("contos".repeat(42), person, tenant);

    expect(performance.now() - started).to.be.below(1_000);
  });
});
