import { expect } from "chai";
import type { PasswordPolicyResponse } from "../../../../../agent/directory/ldap/controls.ts";
import { activeDirectorySignIn } from "../../../../../agent/directory/passwords/passwords-active-directory.ts";
import { ldapSignIn } from "../../../../../agent/directory/passwords/passwords-ldap.ts";

const answer = (code: number, message = "") => ({
  server: "dc1.example.com",
  result: { code, message, matchedDn: "", referrals: [], controls: new Map<string, Buffer>(), value: null },
});
const refusedWith = (data: string) =>
  answer(49, `80090308: LdapErr: DSID-0C09041C, comment: AcceptSecurityContext error, data ${data}, v4563`);
const says = (error: PasswordPolicyResponse["error"]): PasswordPolicyResponse => ({
  error,
  secondsBeforeExpiration: null,
  graceSignInsLeft: null,
});

describe("a sign-in to Active Directory", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["52e", "wrong"],
    ["775", "locked"],
    ["533", "disabled"],
    ["701", "expired"],
    ["525", "not_found"],
    ["530", "not_permitted"],
    ["531", "not_permitted"],
    ["52f", "not_permitted"],
  ];
  for (const [data, reason] of cases)
    it(`is ${reason} with data ${data}`, () => {
      expect(activeDirectorySignIn(refusedWith(data))).to.deep.equal({ ok: false, reason });
    });

  for (const data of ["773", "532"])
    it(`is right, though the password must be changed, with data ${data}`, () => {
      expect(activeDirectorySignIn(refusedWith(data))).to.deep.equal({ ok: true, mustChange: true });
    });
});

describe("a sign-in to another directory", () => {
  const cases: readonly (readonly [number, PasswordPolicyResponse["error"], object])[] = [
    [0, null, { ok: true, mustChange: false }],
    [0, "changeAfterReset", { ok: true, mustChange: true }],
    [49, null, { ok: false, reason: "wrong" }],
    [49, "accountLocked", { ok: false, reason: "locked" }],
    [49, "passwordExpired", { ok: true, mustChange: true }],
    [32, null, { ok: false, reason: "not_found" }],
    [19, null, { ok: false, reason: "locked" }],
    [53, null, { ok: false, reason: "disabled" }],
    [50, null, { ok: false, reason: "not_permitted" }],
  ];
  for (const [code, error, expected] of cases)
    it(`gives ${JSON.stringify(expected)} for code ${code}${error === null ? "" : ` with ${error}`}`, () => {
      const passwordPolicy = error === null ? null : says(error);

      expect(ldapSignIn({ ...answer(code), passwordPolicy })).to.deep.equal(expected);
    });
});
