/** A server's whole answer to one operation: code, text, referrals, response controls. */
import type { ResponseControls } from "./controls.ts";

export interface LdapResult {
  /** RFC 4511 appendix A; 0 is success. */
  readonly code: number;
  /** The server's own text, as sent (AD: the Win32 code in hex comes first). At most 1 KiB. */
  readonly message: string;
  readonly matchedDn: string;
  readonly referrals: readonly string[];
  readonly controls: ResponseControls;
  /** The value of an extended response. */
  readonly value: Buffer | null;
}

/** The result codes that this product tells apart (RFC 4511 appendix A.1, and one of RFC 4533). */
export const LDAP_CODE = {
  success: 0,
  operationsError: 1,
  protocolError: 2,
  timeLimitExceeded: 3,
  sizeLimitExceeded: 4,
  authMethodNotSupported: 7,
  strongerAuthRequired: 8,
  referral: 10,
  adminLimitExceeded: 11,
  unavailableCriticalExtension: 12,
  confidentialityRequired: 13,
  noSuchAttribute: 16,
  undefinedAttributeType: 17,
  constraintViolation: 19,
  invalidSyntax: 21,
  noSuchObject: 32,
  invalidDnSyntax: 34,
  inappropriateAuthentication: 48,
  invalidCredentials: 49,
  insufficientAccess: 50,
  busy: 51,
  unavailable: 52,
  unwillingToPerform: 53,
  objectClassViolation: 65,
  /** RFC 4533 section 2.7: e-syncRefreshRequired. */
  syncRefreshRequired: 4096,
} as const;
