/**
 * Turns the answers of LDAP servers and the errors of sockets and TLS into the product's own errors. No other file does.
 */
import { AppError, type ErrorCode } from "../../../shared/errors.ts";
import { networkProblemOf } from "../../../shared/system-errors.ts";
import type { PasswordPolicyError } from "./controls.ts";
import { LDAP_CODE, type LdapResult } from "./ldap-result.ts";
import { type AskedServer, limitAdvice } from "./limit-advice.ts";
import { bindDataCode, WIN32 } from "./win32-codes.ts";

const BY_RESULT_CODE: Readonly<Record<number, ErrorCode>> = {
  // Only an administrator mends a limit, so none of them is "busy", which would be tried again for ever.
  [LDAP_CODE.timeLimitExceeded]: "DIRECTORY_LIMIT",
  [LDAP_CODE.sizeLimitExceeded]: "DIRECTORY_LIMIT",
  [LDAP_CODE.adminLimitExceeded]: "DIRECTORY_LIMIT",
  [LDAP_CODE.busy]: "DIRECTORY_BUSY",
  [LDAP_CODE.unavailable]: "DIRECTORY_UNAVAILABLE",
  [LDAP_CODE.protocolError]: "DIRECTORY_UNSUPPORTED",
  [LDAP_CODE.unavailableCriticalExtension]: "DIRECTORY_UNSUPPORTED",
  [LDAP_CODE.strongerAuthRequired]: "DIRECTORY_TLS_REQUIRED",
  [LDAP_CODE.confidentialityRequired]: "DIRECTORY_TLS_REQUIRED",
  [LDAP_CODE.referral]: "DIRECTORY_REFERRAL",
  [LDAP_CODE.inappropriateAuthentication]: "DIRECTORY_BIND_FAILED",
  [LDAP_CODE.invalidCredentials]: "DIRECTORY_BIND_FAILED",
  [LDAP_CODE.insufficientAccess]: "DIRECTORY_ACCESS_DENIED",
};

/** "Operation unavailable without authentication": the server has lost the agent's bind ([MS-ERREF] 0x2020, 0x4DC). */
const BIND_LOST = /^0000(?:2020|04DC):/i;

/** Makes the error for an unsuccessful answer. `details.ldapCode` and `ldapMessage` keep the answer itself. */
export function resultError(
  result: LdapResult,
  server: string,
  asked: AskedServer = { account: null, rootDse: null },
): AppError {
  const { code, message, referrals } = result;
  const limit = limitAdvice(code, asked);
  const isBindLost = code === LDAP_CODE.operationsError && BIND_LOST.test(message);
  const errorCode = isBindLost ? "DIRECTORY_UNAVAILABLE" : (BY_RESULT_CODE[code] ?? "DIRECTORY_ERROR");
  return new AppError(
    errorCode,
    limit === null
      ? `${server} answered with LDAP code ${code}${message === "" ? "." : `: ${message}`}`
      : `The ${limit.name} of ${server} ended a search (LDAP code ${code}${message === "" ? "" : `: ${message}`}). ${limit.advice}.`,
    {
      details: {
        server,
        ldapCode: code,
        ldapMessage: message,
        ...(referrals.length === 0 ? {} : { referrals: referrals.slice(0, 4) }),
      },
    },
  );
}

/** Returns the server's result code behind an error; null for an error of another kind. */
export function ldapCodeOf(error: unknown): number | null {
  const code: unknown = error instanceof AppError ? error.details["ldapCode"] : null;
  return typeof code === "number" ? code : null;
}

/** Makes the error for a fault of the socket or of TLS. An AppError is returned as it is. */
export function socketError(error: unknown, server: string): AppError {
  if (error instanceof AppError) return error;
  const problem = networkProblemOf(error);
  const name = problem?.code ?? "closed";
  if (problem?.layer === "certificate" || problem?.layer === "handshake")
    return new AppError(
      problem.layer === "certificate" ? "DIRECTORY_CERTIFICATE_INVALID" : "DIRECTORY_TLS_FAILED",
      problem.layer === "certificate"
        ? `The certificate of ${server} was refused: ${problem.reason}.`
        : `${server} and the agent could not agree on TLS: ${problem.reason}.`,
      { cause: error, details: { server, reason: name } },
    );
  return new AppError("DIRECTORY_UNAVAILABLE", `${server} cannot be reached (${name}).`, {
    cause: error,
    details: { server, reason: name },
  });
}

/** Tells whether an error is a fault of the server or of the network, which another server may not have. */
export function isServerFault(error: unknown): boolean {
  return (
    error instanceof AppError &&
    [
      "DIRECTORY_UNAVAILABLE",
      "DIRECTORY_TIMEOUT",
      "DIRECTORY_PROTOCOL",
      "DIRECTORY_CERTIFICATE_INVALID",
      "DIRECTORY_TLS_FAILED",
      "AGENT_OTHER_DIRECTORY",
    ].includes(error.code)
  );
}

/** Reasons of Active Directory for a refused bind ([MS-ERREF] 2.2). A wrong password and an unknown name look alike. */
const BIND_REFUSALS: Readonly<Record<number, string>> = {
  [WIN32.NO_SUCH_USER]: "there is no such account",
  [WIN32.LOGON_FAILURE]: "the password is wrong, or there is no such account",
  [WIN32.ACCOUNT_RESTRICTION]: "a restriction of the account forbids it",
  [WIN32.INVALID_LOGON_HOURS]: "the account may not sign in at this time of day",
  [WIN32.INVALID_WORKSTATION]: "the account may not sign in from this host",
  [WIN32.PASSWORD_EXPIRED]: "the password has expired",
  [WIN32.ACCOUNT_DISABLED]: "the account is disabled",
  [WIN32.LOGON_TYPE_NOT_GRANTED]: "the account has no right to sign in over the network",
  [WIN32.ACCOUNT_EXPIRED]: "the account has expired",
  [WIN32.PASSWORD_MUST_CHANGE]: "the account must change its password first",
  [WIN32.ACCOUNT_LOCKED]: "the account is locked",
};

const POLICY_REFUSALS: Readonly<Partial<Record<PasswordPolicyError, string>>> = {
  passwordExpired: "the password has expired",
  accountLocked: "the account is locked",
  changeAfterReset: "the account must change its password first (an administrator set it, pwdReset: TRUE)",
};

/**
 * Makes the error for a sign-in of the agent's own account that the server refused, or accepted for a change of password only: an
 * account whose password was reset signs in, and then every request is refused with insufficient access.
 */
export function signInError(
  result: LdapResult,
  server: string,
  account: string,
  policyError: PasswordPolicyError | null,
): AppError {
  const data = bindDataCode(result.message);
  const reason =
    (data === null ? undefined : BIND_REFUSALS[data]) ??
    (policyError === null ? undefined : POLICY_REFUSALS[policyError]);
  const said = result.message === "" ? `LDAP code ${result.code}` : result.message;
  const shown =
    reason === undefined ? said : data === null ? reason : `${reason} (data ${data.toString(16)})`;
  return new AppError("DIRECTORY_BIND_FAILED", `${server} refused the sign-in of ${account}: ${shown}.`, {
    cause: resultError(result, server),
    details: { server, dn: account, ldapCode: result.code, ldapMessage: result.message },
  });
}
