import { expect } from "chai";
import { isBanned } from "../../../../agent/writeback/banned-passwords.ts";

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
