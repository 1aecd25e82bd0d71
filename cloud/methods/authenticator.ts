/** Authenticator apps: time-based one-time passwords (RFC 6238) with the parameters that every app supports. */
import { randomBytes } from "node:crypto";
import { Secret as OtpSecret, TOTP } from "otpauth";
import { Secret } from "../../shared/secret.ts";
import { readCode } from "../../shared/typed-text.ts";
import type { PortalKeys } from "../keys/portal-keys.ts";

/** SHA-1, six digits, 30 s: some apps ignore other parameters in the link. */
const FORM = { algorithm: "SHA1", digits: 6, period: 30 } as const;
/** 160 bits, as RFC 4226, section 4 recommends. */
export const AUTHENTICATOR_SECRET_BYTES = 20;
/** Accepts one step back and one ahead, for clocks that differ (RFC 6238, section 5.2). */
const WINDOW = 1;
const PURPOSE = "registration/authenticator";

export const newAuthenticatorSecret = (): Secret<Buffer> =>
  new Secret(randomBytes(AUTHENTICATOR_SECRET_BYTES));

export interface AuthenticatorLink {
  /** `otpauth://totp/…`, the contents of the QR code. */
  readonly uri: Secret;
  /** Base32 in groups of four, to be typed where there is no camera. */
  readonly typed: Secret;
}

export function authenticatorLink(
  secret: Secret<Buffer>,
  { issuer, account }: { readonly issuer: string; readonly account: string },
): AuthenticatorLink {
  const totp = totpOf(secret.reveal(), issuer, account);
  return {
    uri: new Secret(totp.toString()),
    typed: new Secret(totp.secret.base32.replace(/(.{4})(?=.)/g, "$1 ")),
  };
}

/** The time step of a code; null when it belongs to no accepted step. */
export function stepOf(secret: Secret<Buffer>, typed: string, now: number): number | null {
  const token = readCode(typed);
  if (token?.length !== FORM.digits) return null;
  const delta = totpOf(secret.reveal()).validate({ token, timestamp: now, window: WINDOW });
  return delta === null ? null : Math.floor(now / 1000 / FORM.period) + delta;
}

/** Seals with a key that is not in Redis, bound to the owner. */
export const sealAuthenticatorSecret = (
  portalKeys: Pick<PortalKeys, "seal">,
  tenantId: string,
  userId: string,
  secret: Secret<Buffer>,
): string => portalKeys.seal(PURPOSE, [tenantId, userId], secret.reveal());

/** Opens a sealed secret. Throws RECORD_CORRUPT. */
export const openAuthenticatorSecret = (
  portalKeys: Pick<PortalKeys, "open">,
  tenantId: string,
  userId: string,
  sealedSecret: string,
): Secret<Buffer> => new Secret(portalKeys.open(PURPOSE, [tenantId, userId], sealedSecret));

const totpOf = (secret: Buffer, issuer = "", label = "Latchkey"): TOTP =>
  new TOTP({
    ...FORM,
    issuer,
    label,
    secret: new OtpSecret({ buffer: new Uint8Array(secret).buffer }),
  });
