/** `latchkey-signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">`. Used on requests to a webhook and on its reports. */
import { createHmac } from "node:crypto";
import { isEqualInConstantTime } from "../../../shared/constant-time.ts";
import { MINUTE_MS } from "../../../shared/durations.ts";
import type { Secret } from "../../../shared/secret.ts";

export const SIGNATURE_HEADER = "latchkey-signature";

/** A signature is valid for this long before and after its time. */
const TOLERANCE_MS = 5 * MINUTE_MS;

const digest = (secret: Secret, seconds: string, body: string): Buffer =>
  createHmac("sha256", secret.reveal()).update(`${seconds}.${body}`).digest();

export function signWebhook(secret: Secret, body: string, now: number): string {
  const seconds = String(Math.floor(now / 1000));
  return `t=${seconds},v1=${digest(secret, seconds, body).toString("hex")}`;
}

export function verifyWebhook(secret: Secret, header: string, body: string, now: number): boolean {
  const [, seconds = "", signature = ""] = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(header) ?? [];
  if (signature === "" || Math.abs(now - Number(seconds) * 1000) > TOLERANCE_MS) return false;
  return isEqualInConstantTime(Buffer.from(signature, "hex"), digest(secret, seconds, body));
}
