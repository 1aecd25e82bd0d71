/**
 * Turns the answers of LDAP servers and the errors of sockets and TLS into the product's own errors. No other file does.
 */
import { AppError, type ErrorCode } from "../../../shared/errors.ts";
import { isCertificateCode, systemCodeOf } from "../../../shared/system-errors.ts";
import { LDAP_CODE, type LdapResult } from "./ldap-result.ts";

const BY_RESULT_CODE: Readonly<Record<number, ErrorCode>> = {
  [LDAP_CODE.timeLimitExceeded]: "DIRECTORY_BUSY",
  [LDAP_CODE.adminLimitExceeded]: "DIRECTORY_BUSY",
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
export function resultError(result: LdapResult, server: string): AppError {
  const { code, message, referrals } = result;
  const isBindLost = code === LDAP_CODE.operationsError && BIND_LOST.test(message);
  const errorCode = isBindLost ? "DIRECTORY_UNAVAILABLE" : (BY_RESULT_CODE[code] ?? "DIRECTORY_ERROR");
  return new AppError(
    errorCode,
    `${server} answered with LDAP code ${code}${message === "" ? "." : `: ${message}`}`,
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
  const name = systemCodeOf(error) ?? "closed";
  if (isCertificateCode(name))
    return new AppError(
      "DIRECTORY_CERTIFICATE_INVALID",
      `The certificate of ${server} was refused (${name}): ${error instanceof Error ? error.message : ""}`,
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
    ].includes(error.code)
  );
}
