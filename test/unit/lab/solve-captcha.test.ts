import { createChallenge, verifySolution } from "altcha-lib";
import { deriveKey as pbkdf2 } from "altcha-lib/algorithms/pbkdf2";
import { deriveKey as sha } from "altcha-lib/algorithms/sha";
import { expect } from "chai";
import { solveCaptcha } from "../../../lab/solve-captcha.ts";

const SECRETS = { hmacSignatureSecret: "one", hmacKeySignatureSecret: "two" };

describe("solving a captcha", () => {
  for (const [algorithm, deriveKey] of [
    ["SHA-256", sha],
    ["SHA-512", sha],
    ["PBKDF2/SHA-256", pbkdf2],
  ] as const)
    it(`finds what ALTCHA takes for right: ${algorithm}`, async () => {
      const challenge = await createChallenge({ algorithm, cost: 3, counter: 40, deriveKey, ...SECRETS });

      const solved = JSON.parse(Buffer.from(solveCaptcha(challenge), "base64").toString()) as Parameters<
        typeof verifySolution
      >[0];

      expect(await verifySolution({ ...solved, deriveKey, ...SECRETS })).to.include({ verified: true });
    });
});
