/** userAccountControl and its computed companion ([MS-ADTS] 2.2.16, 3.1.1.4.5.17). They are read here and never written. */
import type { EnabledState } from "../directory.ts";

const DISABLED = 0x2;
/** Set in the computed attribute only. */
const LOCKED = 0x10;
const PASSWORD_NEVER_EXPIRES = 0x10000;
/** Set in the computed attribute only. */
const PASSWORD_EXPIRED = 0x800000;

export interface AccountControl {
  readonly enabled: EnabledState;
  readonly passwordNeverExpires: boolean;
}

export function parseAccountControl(text: string | undefined): AccountControl {
  const bits = parseBits(text);
  if (bits === null)
    return { enabled: text === undefined ? "not_shown" : "unreadable", passwordNeverExpires: false };
  return {
    enabled: (bits & DISABLED) === 0,
    passwordNeverExpires: (bits & PASSWORD_NEVER_EXPIRES) !== 0,
  };
}

/** Null where the server does not compute it. */
export function parseComputedControl(
  text: string | undefined,
): { readonly locked: boolean; readonly passwordExpired: boolean } | null {
  const bits = parseBits(text);
  return bits === null
    ? null
    : { locked: (bits & LOCKED) !== 0, passwordExpired: (bits & PASSWORD_EXPIRED) !== 0 };
}

function parseBits(text: string | undefined): number | null {
  return text !== undefined && /^-?\d{1,10}$/.test(text) ? Number(text) : null;
}
