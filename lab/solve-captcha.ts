/** Solves a portal's captcha as web/ does, but without pausing in between, for programs that open many pages. */
import { hash, pbkdf2Sync } from "node:crypto";

/** The answer of GET /captcha: a challenge of ALTCHA's second version. */
export interface CaptchaChallenge {
  readonly parameters: {
    readonly algorithm: string;
    readonly nonce: string;
    readonly salt: string;
    readonly cost: number;
    readonly keyLength?: number;
    readonly keyPrefix: string;
  };
  readonly signature?: string;
}

/** Computes the value of the hidden field: base64 of challenge and solution. */
export function solveCaptcha(challenge: CaptchaChallenge): string {
  const { algorithm, nonce, salt, cost, keyLength = 32, keyPrefix } = challenge.parameters;
  const digest = algorithm
    .replace(/^PBKDF2\//, "")
    .replace("-", "")
    .toLowerCase();
  const saltBytes = Buffer.from(salt, "hex");
  const nonceBytes = Buffer.from(nonce, "hex");
  const password = Buffer.concat([nonceBytes, Buffer.alloc(4)]);
  const salted = Buffer.concat([saltBytes, password]);
  const prefix = Buffer.from(keyPrefix, "hex");

  const derive = algorithm.startsWith("PBKDF2/")
    ? (counter: number): Buffer => {
        password.writeUInt32BE(counter, nonceBytes.length);
        return pbkdf2Sync(password, saltBytes, cost, keyLength, digest);
      }
    : (counter: number): Buffer => {
        salted.writeUInt32BE(counter, saltBytes.length + nonceBytes.length);
        let key = hash(digest, salted, "buffer");
        for (let round = 1; round < cost; round++) key = hash(digest, key, "buffer");
        return key.subarray(0, keyLength);
      };
  for (let counter = 0; counter <= 0xffffffff; counter++) {
    const derivedKey = derive(counter);
    if (derivedKey.subarray(0, prefix.length).equals(prefix))
      return Buffer.from(
        JSON.stringify({ challenge, solution: { counter, derivedKey: derivedKey.toString("hex") } }),
      ).toString("base64");
  }
  throw new Error("the captcha has no solution");
}
