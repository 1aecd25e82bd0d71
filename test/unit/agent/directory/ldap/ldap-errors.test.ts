import { expect } from "chai";
import {
  isServerFault,
  ldapCodeOf,
  resultError,
  signInError,
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
    [3, "DIRECTORY_LIMIT", false],
    [4, "DIRECTORY_LIMIT", false],
    [11, "DIRECTORY_LIMIT", false],
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

  const NO_SERVER = { isActiveDirectory: false, isOpenLdap: false, is389Ds: false };
  const account = "cn=svc,dc=x";
  for (const [code, kind, advice] of [
    [3, "isOpenLdap", `limits dn.exact="${account}" time=unlimited`],
    [4, "isOpenLdap", `limits dn.exact="${account}" size=unlimited`],
    [11, "isOpenLdap", `limits dn.exact="${account}" size.unchecked=unlimited`],
    [3, "is389Ds", `On the entry ${account} set nsTimeLimit: -1`],
    [4, "is389Ds", `On the entry ${account} set nsSizeLimit: -1, nsPagedSizeLimit: -1`],
    [11, "is389Ds", `On the entry ${account} set nsLookThroughLimit: -1`],
    [3, "isActiveDirectory", "MaxQueryDuration"],
    [4, "isActiveDirectory", "MaxPageSize"],
    [11, "isActiveDirectory", "MaxResultSetSize"],
    [4, null, `size limit for ${account}`],
  ] as const)
    it(`says how to raise the limit of code ${code} on ${kind ?? "another server"}`, () => {
      const rootDse = kind === null ? null : { ...NO_SERVER, [kind]: true };

      expect(resultError(answer(code), "dc1", { account, rootDse }).message).to.contain(advice);
    });

  for (const [data, words] of [
    ["52e", "the password is wrong"],
    ["533", "the account is disabled"],
    ["701", "the account has expired"],
    ["773", "the account must change its password first"],
    ["775", "the account is locked"],
    ["532", "the password has expired"],
  ] as const)
    it(`says in words what data ${data} of a refused sign-in means`, () => {
      const text = `80090308: LdapErr: DSID-0C09041C, comment: AcceptSecurityContext error, data ${data}, v4563`;

      const { code, message } = signInError(answer(49, text), "dc1", account, null);

      expect(code).to.equal("DIRECTORY_BIND_FAILED");
      expect(message).to.contain(account).and.to.contain(words).and.to.contain(`(data ${data})`);
    });

  for (const [code, text, expected, words] of [
    ["UNSPECIFIED", "EE certificate key too weak", "DIRECTORY_CERTIFICATE_INVALID", "too short"],
    ["UNSPECIFIED", "CA signature digest algorithm too weak", "DIRECTORY_CERTIFICATE_INVALID", "SHA-1"],
    ["ERR_SSL_EE_KEY_TOO_SMALL", "ee key too small", "DIRECTORY_TLS_FAILED", "ERR_SSL_EE_KEY_TOO_SMALL"],
    ["ERR_SSL_UNSUPPORTED_PROTOCOL", "unsupported protocol", "DIRECTORY_TLS_FAILED", "TLS 1.1 or older"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "wrong version number", "DIRECTORY_TLS_FAILED", "does not speak TLS"],
    ["CERT_HAS_EXPIRED", "certificate has expired", "DIRECTORY_CERTIFICATE_INVALID", "has expired"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed", "DIRECTORY_CERTIFICATE_INVALID", "is self-signed"],
  ] as const)
    it(`says in words why TLS failed with ${code}: ${text}`, () => {
      const error = socketError(Object.assign(new Error(text), { code }), "dc1");

      expect(error.code).to.equal(expected);
      expect(error.message).to.contain("dc1").and.to.contain(words);
    });

  it("makes DIRECTORY_UNAVAILABLE of any other fault of a socket", () => {
    const error = socketError(Object.assign(new Error("x"), { code: "ECONNREFUSED" }), "dc1");

    expect(error.code).to.equal("DIRECTORY_UNAVAILABLE");
    expect(isServerFault(error)).to.equal(true);
    expect(isServerFault(resultError(answer(50), "dc1"))).to.equal(false);
  });
});
