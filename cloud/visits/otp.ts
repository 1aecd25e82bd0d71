/** The digits that are sent. They exist in memory alone; kept is a digest bound to one challenge of one attempt. */
import { randomInt } from "node:crypto";
import { Secret } from "../../shared/secret.ts";
import type { PortalKeys } from "../keys/portal-keys.ts";

export const MAX_OTP_LENGTH = 8;
/** NIST SP 800-63B-4 3.1.3: six digits at least; eight where nothing else has to be proven (T-03). */
export const otpLength = (proofsNeeded: 1 | 2): number => (proofsNeeded === 1 ? MAX_OTP_LENGTH : 6);

export const makeOtp = (length: number): Secret =>
  new Secret(
    randomInt(10 ** length)
      .toString()
      .padStart(length, "0"),
  );

/** base64url of 32 bytes. */
export const otpDigest = (
  portalKeys: Pick<PortalKeys, "digest">,
  attemptId: string,
  challengeId: string,
  otp: string,
): string => portalKeys.digest("reset-otp", [attemptId, challengeId, otp]).toString("base64url");

/** Digits as people type them: with spaces, hyphens, full-width. Null for what no otp looks like. */
export function readOtp(typed: string): string | null {
  if (typed.length > 64) return null;
  const digits = typed.normalize("NFKC").replace(/[\s-]/gu, "");
  return /^[0-9]{6,8}$/.test(digits) ? digits : null;
}
