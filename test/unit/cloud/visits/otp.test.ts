import { inspect } from "node:util";
import { expect } from "chai";
import { createPortalKeys } from "../../../../cloud/keys/portal-keys.ts";
import { makeOtp, otpDigest, otpLength } from "../../../../cloud/visits/otp.ts";
import { isEqualInConstantTime } from "../../../../shared/constant-time.ts";
import { Secret } from "../../../../shared/secret.ts";

describe("visits: one-time codes", () => {
  it("have eight digits where one proof is enough and six where two are needed, with leading zeros", () => {
    expect([otpLength(1), otpLength(2)]).to.deep.equal([8, 6]);
    const all = Array.from({ length: 2_000 }, () => makeOtp(6).reveal());
    expect(all.every((otp) => /^[0-9]{6}$/.test(otp))).to.equal(true);
    expect(all.some((otp) => otp.startsWith("0"))).to.equal(true);
    expect(inspect(makeOtp(6))).to.equal("[redacted]");
  });

  it("are stored as a keyed digest, bound to portal, visit and challenge (T-04)", () => {
    const keysOf = (byte: number) =>
      createPortalKeys(new Secret(Buffer.alloc(32, byte).toString("base64url")));
    const challenge = { portal: "reset", visitId: "a", challengeId: "b" } as const;
    const digest = otpDigest(keysOf(1), challenge, "123456");
    expect(isEqualInConstantTime(digest, otpDigest(keysOf(1), challenge, "123456"))).to.equal(true);
    for (const other of [
      otpDigest(keysOf(2), challenge, "123456"),
      otpDigest(keysOf(1), { ...challenge, portal: "registration" }, "123456"),
      otpDigest(keysOf(1), { ...challenge, visitId: "x" }, "123456"),
      otpDigest(keysOf(1), { ...challenge, challengeId: "x" }, "123456"),
      otpDigest(keysOf(1), challenge, "123457"),
    ])
      expect(isEqualInConstantTime(digest, other)).to.equal(false);
    expect(isEqualInConstantTime(digest, "")).to.equal(false);
  });
});
