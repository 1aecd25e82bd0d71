import { expect } from "chai";
import type { PasswordPolicyError } from "../../../../../agent/directory/ldap/controls.ts";
import { classifyRefusal } from "../../../../../agent/directory/passwords/password-refusal.ts";

interface Case {
  readonly what: string;
  readonly code: number;
  readonly message: string;
  readonly control?: PasswordPolicyError;
  readonly isChange?: boolean;
  readonly withPassword?: boolean;
  readonly expected: string;
}

const WINDOWS_POLICY =
  "0000052D: AtrErr: DSID-03191083, #1: 0: 0000052D: DSID-03191083, problem 1005 (CONSTRAINT_ATT_TYPE), data 0, Att 9005a (unicodePwd)";
const SAMBA = "0000052D: Constraint violation - check_password_restrictions: ";

const CASES: readonly Case[] = [
  { what: "Windows, change", code: 19, message: WINDOWS_POLICY, expected: "rejected PASSWORD_POLICY" },
  {
    what: "Windows, reset: another LDAP code for the same",
    code: 53,
    message: "0000052D: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0",
    expected: "rejected PASSWORD_POLICY",
  },
  {
    what: "Samba, length",
    code: 19,
    message: `${SAMBA}the password is too short.`,
    expected: "rejected PASSWORD_TOO_SHORT",
  },
  {
    what: "Samba, complexity",
    code: 19,
    message: `${SAMBA}the password does not meet the complexity criteria!`,
    expected: "rejected PASSWORD_COMPLEXITY",
  },
  {
    what: "Samba, history",
    code: 19,
    message: `${SAMBA}the password was already used (in history)!`,
    expected: "rejected PASSWORD_IN_HISTORY",
  },
  {
    what: "Samba, age",
    code: 19,
    message: `${SAMBA}password is too young to change!`,
    expected: "rejected PASSWORD_TOO_YOUNG",
  },
  {
    what: "wrong old password",
    code: 19,
    message: "00000056: AtrErr: DSID-03191083, #1: 0: 00000056: DSID-03191083, problem 1005",
    isChange: true,
    expected: "rejected OLD_PASSWORD_WRONG",
  },
  {
    what: "access denied dressed as a constraint",
    code: 19,
    message: "00000005: AtrErr: DSID-03152D1D, #1",
    expected: "rejected DIRECTORY_ACCESS_DENIED",
  },
  {
    what: "a change that the account does not allow",
    code: 19,
    message: "00000005: AtrErr: DSID-03152D1D, #1",
    isChange: true,
    expected: "rejected PASSWORD_CHANGE_FORBIDDEN",
  },
  {
    what: "no write right on an attribute",
    code: 50,
    message: "00002098: SecErr: DSID-03150F94, problem 4003 (INSUFF_ACCESS_RIGHTS), data 0",
    expected: "rejected DIRECTORY_ACCESS_DENIED",
  },
  { what: "no right, OpenLDAP", code: 50, message: "", expected: "rejected DIRECTORY_ACCESS_DENIED" },
  {
    what: "no such object",
    code: 32,
    message: "00002030: NameErr: DSID-0310028B",
    expected: "not_found DIRECTORY_USER_NOT_FOUND",
  },
  {
    what: "the bind was lost",
    code: 1,
    message: "000004DC: LdapErr: DSID-0C090A5C",
    expected: "not_applied NOT_APPLIED",
  },
  { what: "busy", code: 51, message: "", expected: "not_applied NOT_APPLIED" },
  { what: "unavailable", code: 52, message: "00002024: SvcErr", expected: "not_applied NOT_APPLIED" },
  { what: "gave up on the way", code: 3, message: "", expected: "unknown VERDICT_UNKNOWN" },
  {
    what: "a referral",
    code: 10,
    message: "0000202B: RefErr: DSID-0310082F",
    expected: "rejected DIRECTORY_REFERRAL",
  },
  { what: "an unknown critical control", code: 12, message: "", expected: "rejected DIRECTORY_UNSUPPORTED" },
  {
    what: "unwilling for a reason of its own",
    code: 53,
    message: "00002035: SvcErr",
    expected: "rejected DIRECTORY_ERROR",
  },
  {
    what: "a constraint that is no password's",
    code: 19,
    message: "",
    withPassword: false,
    expected: "rejected DIRECTORY_ERROR",
  },
  {
    what: "ppolicy, length",
    code: 19,
    message: "Password fails quality checking policy",
    control: "passwordTooShort",
    expected: "rejected PASSWORD_TOO_SHORT",
  },
  {
    what: "ppolicy, history",
    code: 19,
    message: "Password is in history of old passwords",
    control: "passwordInHistory",
    expected: "rejected PASSWORD_IN_HISTORY",
  },
  {
    what: "ppolicy, no modification allowed",
    code: 53,
    message: "User alteration of password is not allowed",
    control: "passwordModNotAllowed",
    expected: "rejected PASSWORD_CHANGE_FORBIDDEN",
  },
  {
    what: "389-ds, without the control",
    code: 19,
    message: "invalid password syntax - password must be at least 8 characters long",
    expected: "rejected PASSWORD_TOO_SHORT",
  },
  {
    what: "history in words only",
    code: 19,
    message: "password in history",
    expected: "rejected PASSWORD_IN_HISTORY",
  },
];

describe("a refused password write", () => {
  for (const { what, code, message, control, isChange = false, withPassword = true, expected } of CASES)
    it(`is ${expected}: ${what}`, () => {
      const refusal = classifyRefusal({
        result: { code, message },
        passwordPolicyError: control ?? null,
        withPassword,
        isChange,
      });

      expect(`${refusal.state} ${refusal.code}`).to.equal(expected);
    });
});
