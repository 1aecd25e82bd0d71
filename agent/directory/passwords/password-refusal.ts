/**
 * Interprets a server's refusal of a password write: by its Win32 code first, then the ppolicy control, then the LDAP
 * code.
 */
import type { FinalState, VerdictCode } from "../../../shared/writeback.ts";
import type { PasswordPolicyError } from "../ldap/controls.ts";
import { LDAP_CODE, type LdapResult } from "../ldap/ldap-result.ts";
import { leadingWin32Code, WIN32 } from "../ldap/win32-codes.ts";

export interface Refusal {
  readonly state: Extract<FinalState, "rejected" | "not_found" | "not_applied" | "unknown">;
  readonly code: VerdictCode;
}

const rejected = (code: VerdictCode): Refusal => ({ state: "rejected", code });
const NOT_FOUND: Refusal = { state: "not_found", code: "DIRECTORY_USER_NOT_FOUND" };
/** Refused for now and certainly not applied, so the write may be tried again. */
const NOT_APPLIED: Refusal = { state: "not_applied", code: "NOT_APPLIED" };
const UNKNOWN: Refusal = { state: "unknown", code: "VERDICT_UNKNOWN" };

const BY_WIN32: Readonly<Record<number, Refusal>> = {
  [WIN32.PASSWORD_RESTRICTION]: rejected("PASSWORD_POLICY"),
  [WIN32.ILL_FORMED_PASSWORD]: rejected("PASSWORD_POLICY"),
  [WIN32.WRONG_OLD_PASSWORD]: rejected("OLD_PASSWORD_WRONG"),
  [WIN32.WRONG_PASSWORD]: rejected("OLD_PASSWORD_WRONG"),
  [WIN32.ACCOUNT_RESTRICTION]: rejected("PASSWORD_CHANGE_FORBIDDEN"),
  [WIN32.ACCESS_DENIED]: rejected("DIRECTORY_ACCESS_DENIED"),
  [WIN32.DS_INSUFFICIENT_ACCESS]: rejected("DIRECTORY_ACCESS_DENIED"),
  [WIN32.NOT_SECURE]: rejected("DIRECTORY_UNSUPPORTED"),
  [WIN32.NO_SUCH_USER]: NOT_FOUND,
  [WIN32.DS_NO_SUCH_OBJECT]: NOT_FOUND,
  [WIN32.DS_OBJECT_NOT_FOUND]: NOT_FOUND,
  // The server has lost the agent's bind, and has changed nothing.
  [WIN32.NOT_AUTHENTICATED]: NOT_APPLIED,
  [WIN32.DS_OPERATIONS_ERROR]: NOT_APPLIED,
};

const BY_PASSWORD_POLICY: Readonly<Record<PasswordPolicyError, Refusal>> = {
  passwordTooShort: rejected("PASSWORD_TOO_SHORT"),
  passwordTooYoung: rejected("PASSWORD_TOO_YOUNG"),
  passwordInHistory: rejected("PASSWORD_IN_HISTORY"),
  insufficientPasswordQuality: rejected("PASSWORD_POLICY"),
  passwordModNotAllowed: rejected("PASSWORD_CHANGE_FORBIDDEN"),
  mustSupplyOldPassword: rejected("PASSWORD_CHANGE_FORBIDDEN"),
  accountLocked: rejected("PASSWORD_CHANGE_FORBIDDEN"),
  changeAfterReset: rejected("PASSWORD_CHANGE_FORBIDDEN"),
  passwordExpired: rejected("PASSWORD_CHANGE_FORBIDDEN"),
};

const BY_LDAP_CODE: Readonly<Record<number, Refusal>> = {
  [LDAP_CODE.insufficientAccess]: rejected("DIRECTORY_ACCESS_DENIED"),
  [LDAP_CODE.strongerAuthRequired]: rejected("DIRECTORY_ACCESS_DENIED"),
  [LDAP_CODE.confidentialityRequired]: rejected("DIRECTORY_UNSUPPORTED"),
  [LDAP_CODE.protocolError]: rejected("DIRECTORY_UNSUPPORTED"),
  [LDAP_CODE.unavailableCriticalExtension]: rejected("DIRECTORY_UNSUPPORTED"),
  [LDAP_CODE.undefinedAttributeType]: rejected("DIRECTORY_UNSUPPORTED"),
  [LDAP_CODE.objectClassViolation]: rejected("DIRECTORY_UNSUPPORTED"),
  [LDAP_CODE.referral]: rejected("DIRECTORY_REFERRAL"),
  [LDAP_CODE.noSuchObject]: NOT_FOUND,
  [LDAP_CODE.busy]: NOT_APPLIED,
  [LDAP_CODE.unavailable]: NOT_APPLIED,
  // The server gave up before the end, and does not report what it had done by then.
  [LDAP_CODE.timeLimitExceeded]: UNKNOWN,
};

export interface RefusedWrite {
  readonly result: Pick<LdapResult, "code" | "message">;
  readonly passwordPolicyError: PasswordPolicyError | null;
  /** True when a password was among the changes. Otherwise a constraint violation is not a password rule. */
  readonly withPassword: boolean;
  /**
   * A change needs no right of the agent's account, so "access denied" means that the user may not change the password.
   */
  readonly isChange: boolean;
}

export function classifyRefusal({
  result,
  passwordPolicyError,
  withPassword,
  isChange,
}: RefusedWrite): Refusal {
  const byCause = lookUpCause(result, passwordPolicyError, withPassword);
  if (isChange && byCause.code === "DIRECTORY_ACCESS_DENIED") return rejected("PASSWORD_CHANGE_FORBIDDEN");
  if (byCause.code === "PASSWORD_POLICY") return saidInText(result.message) ?? byCause;
  return byCause;
}

function lookUpCause(
  { code, message }: RefusedWrite["result"],
  passwordPolicyError: PasswordPolicyError | null,
  withPassword: boolean,
): Refusal {
  const win32 = leadingWin32Code(message);
  const known = win32 === null ? undefined : BY_WIN32[win32];
  if (known !== undefined) return known;
  if (passwordPolicyError !== null) return BY_PASSWORD_POLICY[passwordPolicyError];
  const byLdap = BY_LDAP_CODE[code];
  if (byLdap !== undefined) return byLdap;
  // Without a Win32 code, a constraint violation is how every other server reports a password policy.
  const isPolicy = code === LDAP_CODE.constraintViolation && withPassword && win32 === null;
  return rejected(isPolicy ? "PASSWORD_POLICY" : "DIRECTORY_ERROR");
}

/** Texts in which Samba, 389-ds and OpenLDAP name the rule. Windows does not. */
const TEXTS: readonly (readonly [RegExp, VerdictCode])[] = [
  [/too short|at least \d+ char/i, "PASSWORD_TOO_SHORT"],
  [/complexity|must contain at least|minimum categories/i, "PASSWORD_COMPLEXITY"],
  [/in history|already used|not being changed/i, "PASSWORD_IN_HISTORY"],
  [/too young|minimum age/i, "PASSWORD_TOO_YOUNG"],
];

function saidInText(message: string): Refusal | null {
  const found = TEXTS.find(([text]) => text.test(message));
  return found === undefined ? null : rejected(found[1]);
}
