/** Recovery codes to print or save: ten at a time, each valid for one proof. */
import { randomInt } from "node:crypto";
import { toBase64url } from "../../shared/sealing/bytes.ts";
import type { PortalKeys } from "../keys/portal-keys.ts";

export const RECOVERY_CODES = 10;
const GROUPS = 3;
const GROUP_LENGTH = 5;
/** Crockford's alphabet, without the confusable I, L, O and U. 15 characters are 75 bits. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** For example `7Q2MX-RT0AB-4KZ9W`. */
export const newRecoveryCodes = (): string[] =>
  Array.from({ length: RECOVERY_CODES }, () =>
    Array.from({ length: GROUPS }, () =>
      Array.from({ length: GROUP_LENGTH }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join(""),
    ).join("-"),
  );

/** Accepts what may be read from paper: any case, with or without dashes and spaces, O for 0, I and L for 1. */
export const normaliseRecoveryCode = (typed: string): string =>
  typed
    .slice(0, 64)
    .normalize("NFKC")
    .toUpperCase()
    .replaceAll("O", "0")
    .replace(/[IL]/g, "1")
    .replace(/[^0-9A-Z]/g, "");

export const recoveryCodeDigest = (
  portalKeys: Pick<PortalKeys, "digest">,
  tenantId: string,
  userId: string,
  code: string,
): string =>
  toBase64url(
    portalKeys.digest("registration/recovery-code", [tenantId, userId, normaliseRecoveryCode(code)]),
  );
