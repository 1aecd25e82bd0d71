import { randomFillSync } from "node:crypto";
import { ulid } from "ulid";
import { z } from "zod";

const POOL_BYTES = 4096;

/** A ULID: 26 characters of Crockford base32, sortable by time of creation. */
export const ulidSchema = z.string().regex(/^[0-9A-HJKMNP-TV-Z]{26}$/, "must be a ULID");
export const newId = createIds();

/** The id of a tenant. An owner chooses it; it appears in Redis keys and URLs. */
export const tenantIdSchema = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/,
    "must be 1 to 40 characters of a-z, 0-9 and -, e.g. contoso",
  );

/**
 * The id of a user: objectGUID or entryUUID (or the configured id attribute of a generic directory) as 32 lowercase hex
 * digits, in the order of the dashed form. It is never a DN or a name, because those change.
 */
export const userIdSchema = z.string().regex(/^[0-9a-f]{32}$/, "must be 32 lowercase hex digits");

export const agentIdSchema = ulidSchema;
export const jobIdSchema = ulidSchema;
export const runIdSchema = ulidSchema;

/** `37c965a8d6d7bec292c7b11ff315d9ea` → `37c965a8-d6d7-bec2-92c7-b11ff315d9ea`, as directory tools print it. */
export function toDashedId(userId: string): string {
  return `${userId.slice(0, 8)}-${userId.slice(8, 12)}-${userId.slice(12, 16)}-${userId.slice(16, 20)}-${userId.slice(20)}`;
}

/** Exactly `length` bytes as base64url without padding. */
export const base64url = (length: number) =>
  z
    .string()
    .length(Math.ceil((length * 4) / 3))
    .regex(/^[A-Za-z0-9_-]+$/, "must be base64url without padding");

/** At most `maxBytes` bytes as base64url without padding. */
export const base64urlUpTo = (maxBytes: number) =>
  z
    .string()
    .max(Math.ceil((maxBytes * 4) / 3))
    .regex(/^[A-Za-z0-9_-]*$/, "must be base64url without padding");

/**
 * Makes ULIDs. Fetches many random bytes at a time, because that call costs several times as much as the rest of an id.
 */
function createIds(): () => string {
  const pool = new Uint8Array(POOL_BYTES);
  let used = POOL_BYTES;
  const nextRandom = (): number => {
    if (used === POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    return (pool[used++] ?? 0) / 256;
  };
  return () => ulid(undefined, nextRandom);
}
