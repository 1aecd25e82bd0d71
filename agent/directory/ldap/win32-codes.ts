/**
 * Codes in the texts of Active Directory: a Win32 error as eight hex digits at the start of a modify's message, and `data xxx`
 * within a bind's. Servers give different LDAP codes for the same cause (19 or 53), so these codes are read first ([MS-ERREF] 2.2).
 */
export const WIN32 = {
  ACCESS_DENIED: 0x5,
  NOT_SECURE: 0x1f,
  WRONG_OLD_PASSWORD: 0x56,
  NO_SUCH_USER: 0x525,
  WRONG_PASSWORD: 0x52b,
  ILL_FORMED_PASSWORD: 0x52c,
  PASSWORD_RESTRICTION: 0x52d,
  LOGON_FAILURE: 0x52e,
  ACCOUNT_RESTRICTION: 0x52f,
  INVALID_LOGON_HOURS: 0x530,
  INVALID_WORKSTATION: 0x531,
  PASSWORD_EXPIRED: 0x532,
  ACCOUNT_DISABLED: 0x533,
  LOGON_TYPE_NOT_GRANTED: 0x569,
  ACCOUNT_EXPIRED: 0x701,
  PASSWORD_MUST_CHANGE: 0x773,
  ACCOUNT_LOCKED: 0x775,
  NOT_AUTHENTICATED: 0x4dc,
  DS_OPERATIONS_ERROR: 0x2020,
  DS_NO_SUCH_OBJECT: 0x2030,
  DS_UNWILLING: 0x2035,
  DS_OBJECT_NOT_FOUND: 0x208d,
  DS_INSUFFICIENT_ACCESS: 0x2098,
} as const;

/** Reads the code at the start of a modify's diagnostic message: `0000052D: Constraint violation - …`. */
export function leadingWin32Code(message: string): number | null {
  const digits = /^\s*([0-9a-f]{8})\s*:/i.exec(message)?.[1];
  return digits === undefined ? null : Number.parseInt(digits, 16);
}

/**
 * Reads the code of a refused bind: `80090308: LdapErr: DSID-0C09041C, comment: AcceptSecurityContext error, data 52e,
 * v4563`.
 */
export function bindDataCode(message: string): number | null {
  const digits = /\bdata ([0-9a-f]{1,8})\b/i.exec(message)?.[1];
  return digits === undefined ? null : Number.parseInt(digits, 16);
}
