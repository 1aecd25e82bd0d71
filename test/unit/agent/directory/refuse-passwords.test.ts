import { expect } from "chai";
import { refusePasswords } from "../../../../agent/directory/refuse-passwords.ts";
import { Secret } from "../../../../shared/secret.ts";

describe("refusePasswords", () => {
  const passwords = (newPassword: string, oldPassword?: string) => ({
    newPassword: new Secret(newPassword),
    ...(oldPassword === undefined ? {} : { oldPassword: new Secret(oldPassword) }),
  });
  const CASES = [
    ["reset", passwords("Correct-Horse"), null],
    ["reset", passwords(""), "PASSWORD_EMPTY"],
    ["reset", null, "PASSWORD_EMPTY"],
    ["reset", passwords(" "), null],
    ["reset", passwords("🚀".repeat(128)), null],
    ["reset", passwords("xyzzy-xy".repeat(32)), null],
    ["reset", passwords("xyzzy-".repeat(43)), "PASSWORD_TOO_LONG"],
    ["change", passwords("Correct-Horse"), "OLD_PASSWORD_WRONG"],
    ["change", passwords("Correct-Horse", ""), "OLD_PASSWORD_WRONG"],
    ["change", passwords("Correct-Horse", "old"), null],
    ["unlock", null, null],
  ] as const;
  for (const [operation, given, code] of CASES)
    it(`answers ${code ?? "nothing"} to a ${operation} with ${given?.newPassword.reveal().slice(0, 14) ?? "none"}`, () => {
      expect(refusePasswords(operation, given)).to.equal(code);
    });
});
