/**
 * One-time codes that are sent: made, stored as a digest, and read as people type them. The digits exist in memory alone; a record holds
 * a keyed digest that is bound to one challenge of one visit.
 */
import { randomInt } from "node:crypto";
import { MINUTE_MS } from "../../shared/durations.ts";
import { Secret } from "../../shared/secret.ts";
import type { PortalKeys } from "../keys/portal-keys.ts";

export const OTP_LIFE_MS = 5 * MINUTE_MS;
/** Wrong codes until a new one is needed. */
export const OTP_TRIES = 5;
/** Codes that one visit may have sent by one method (reset), or to one address (registration). */
export const OTP_SENDS = 3;
export const OTP_RESEND_AFTER_MS = 10_000;

export const MAX_OTP_LENGTH = 10;
/**
 * At least six digits (NIST SP 800-63B-4, 3.1.3); eight where the code is the only proof; ten under attack, where it may turn out to
 * be the only one.
 */
export const otpLength = (proofsNeeded: 1 | 2, isUnderAttack = false): number =>
  isUnderAttack ? MAX_OTP_LENGTH : proofsNeeded === 1 ? 8 : 6;

export const makeOtp = (length: number): Secret =>
  new Secret(
    randomInt(10 ** length)
      .toString()
      .padStart(length, "0"),
  );

/** Separates the digests of the two portals. */
const PURPOSES = { reset: "reset-otp", registration: "registration/otp" } as const;

export interface OtpChallenge {
  readonly portal: keyof typeof PURPOSES;
  readonly visitId: string;
  readonly challengeId: string;
}

/** 32 bytes in base64url. */
export const otpDigest = (
  portalKeys: Pick<PortalKeys, "digest">,
  { portal, visitId, challengeId }: OtpChallenge,
  otp: string,
): string => portalKeys.digest(PURPOSES[portal], [visitId, challengeId, otp]).toString("base64url");
