import { expect } from "chai";
import {
  isServerFault,
  ldapCodeOf,
  resultError,
  socketError,
} from "../../../../../agent/directory/ldap/ldap-errors.ts";

const answer = (code: number, message = "") => ({
  code,
  message,
  matchedDn: "",
  referrals: [],
  controls: new Map<string, Buffer>(),
  value: null,
});

describe("errors of the directory", () => {
  for (const [code, expected, retryable] of [
    [3, "DIRECTORY_BUSY", true],
    [8, "DIRECTORY_TLS_REQUIRED", false],
    [10, "DIRECTORY_REFERRAL", false],
    [12, "DIRECTORY_UNSUPPORTED", false],
    [32, "DIRECTORY_ERROR", false],
    [49, "DIRECTORY_BIND_FAILED", false],
    [50, "DIRECTORY_ACCESS_DENIED", false],
    [51, "DIRECTORY_BUSY", true],
    [52, "DIRECTORY_UNAVAILABLE", true],
    [4096, "DIRECTORY_ERROR", false],
  ] as const)
    it(`makes ${expected} of LDAP code ${code}, and keeps the code`, () => {
      const error = resultError(answer(code, "text"), "dc1");

      expect(error.code).to.equal(expected);
      expect(error.retryable).to.equal(retryable);
      expect(ldapCodeOf(error)).to.equal(code);
      expect(error.message).to.contain("dc1").and.to.contain("text");
    });

  it("knows the code AD gives when it has dropped the bind", () => {
    const text = "00002020: Operation unavailable without authentication";

    expect(resultError(answer(1, text), "dc1").code).to.equal("DIRECTORY_UNAVAILABLE");
  });

  for (const code of ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "ERR_TLS_CERT_ALTNAME_INVALID", "CERT_HAS_EXPIRED"])
    it(`makes DIRECTORY_CERTIFICATE_INVALID of ${code}`, () => {
      expect(socketError(Object.assign(new Error("x"), { code }), "dc1").code).to.equal(
        "DIRECTORY_CERTIFICATE_INVALID",
      );
    });

  it("makes DIRECTORY_UNAVAILABLE of any other fault of a socket", () => {
    const error = socketError(Object.assign(new Error("x"), { code: "ECONNREFUSED" }), "dc1");

    expect(error.code).to.equal("DIRECTORY_UNAVAILABLE");
    expect(isServerFault(error)).to.equal(true);
    expect(isServerFault(resultError(answer(50), "dc1"))).to.equal(false);
  });
});
