/** userAccountControl and its computed companion ([MS-ADTS] 2.2.16, 3.1.1.4.5.17). We read them and never write them. */
const DISABLED = 0x2;
/** Only in the computed attribute; the stored one never has it. */
const LOCKED = 0x10;
const PASSWORD_NEVER_EXPIRES = 0x10000;
/** Only in the computed attribute. */
const PASSWORD_EXPIRED = 0x800000;

export interface AccountControl {
  readonly disabled: boolean;
  readonly passwordNeverExpires: boolean;
}

/** An account whose control cannot be read counts as disabled: nothing is written to what is not understood. */
export function parseAccountControl(text: string | undefined): AccountControl {
  const bits = parseBits(text);
  return {
    disabled: bits === null || (bits & DISABLED) !== 0,
    passwordNeverExpires: bits !== null && (bits & PASSWORD_NEVER_EXPIRES) !== 0,
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
