/**
 * Gives the records of users a MAC under the key in use: after the key was changed, or once for the records of an earlier
 * version, which have none. Only an administrator's command may call this, see `latchkey-cloud records seal`.
 */
import { parseJson } from "../../shared/parse-json.ts";
import { directoryUserSchema } from "../../shared/user.ts";
import { keys } from "./keys.ts";
import { sourceNumbers } from "./sources.ts";
import { guard, type Store } from "./store.ts";
import { printUserRecord, readUserRecord, type UserRecord } from "./user-record.ts";

export interface SealedUsers {
  /** Records with a MAC under the key in use already. */
  readonly current: number;
  /** Records with a MAC under an earlier key, which have one under the key in use now. */
  readonly sealed: number;
  /** Records without a MAC that were taken over. */
  readonly adopted: number;
  /** Records without a valid MAC that stay as they are. The next sync of such a user writes the record again. */
  readonly refused: number;
}

export interface SealOptions {
  /** Takes over the records of an earlier version. Nothing can tell whether a writer of Redis changed them. */
  readonly adoptUnsigned: boolean;
  /** Counts only. */
  readonly dryRun: boolean;
}

const BUCKETS = 4096;

/** The form of an earlier version: source, fingerprint, createdAt, changedAt, numberChangedAt, names, JSON. */
const UNSIGNED = /^s([0-9]{4})([0-9a-f]{16})([0-9]{10})([0-9]{10})([0-9]{10})([^\n]*)\n(.*)$/s;

export async function sealUsers(
  store: Store,
  tenantId: string,
  { adoptUnsigned, dryRun }: SealOptions,
): Promise<SealedUsers> {
  const { redis } = store;
  const counts = { current: 0, sealed: 0, adopted: 0, refused: 0 };

  /** `field`: null when the key itself holds the record. */
  async function seal(userId: string, value: string, key: string, field: string | null): Promise<void> {
    const signed = readUserRecord(store, tenantId, userId, value);
    const unsigned = signed === null && adoptUnsigned ? readUnsigned(userId, value) : null;
    const record = signed ?? unsigned;
    const next = record === null ? null : printUserRecord(store, tenantId, userId, record);
    if (next === null) counts.refused += 1;
    else if (next === value) counts.current += 1;
    else {
      counts[signed === null ? "adopted" : "sealed"] += 1;
      // A record that a sync has changed meanwhile has a MAC under the key in use.
      if (!dryRun) await store.call("latchkey_record_swap", [key], [field ?? "", value, next]);
    }
  }

  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const key = keys.userBuckets(tenantId) + bucket.toString(16).padStart(3, "0");
    for (const [userId, value] of Object.entries(await guard(() => redis.hgetall(key))))
      await seal(userId, value, key, userId);
  }
  const prefix = keys.departedUsers(tenantId);
  let position = "0";
  do {
    const [next, found] = await guard(() =>
      redis.scan(position, "MATCH", `${escaped(prefix)}*`, "COUNT", 1_000),
    );
    for (const key of found) {
      const value = await guard(() => redis.get(key));
      if (value !== null) await seal(key.slice(prefix.length), value, key, null);
    }
    position = next;
  } while (position !== "0");

  // The users that were taken over are not new, so those that come from now on are.
  if (counts.adopted > 0 && !dryRun)
    for (const source of await sourceNumbers(store, tenantId))
      await guard(() => redis.hsetnx(keys.sync(tenantId, source), "completed", "0"));
  return counts;
}

/** A tenant's key has braces, which mean nothing to MATCH, and no character that does; this keeps it so. */
const escaped = (text: string): string => text.replace(/[\\*?[\]^]/g, "\\$&");

/**
 * Reads a record without a MAC. Of the office number and the address, an earlier version knew only the last change of the user,
 * which is never earlier than their own.
 */
function readUnsigned(userId: string, value: string): UserRecord | null {
  const match = UNSIGNED.exec(value);
  if (match === null) return null;
  const [, source, fingerprint = "", created, changed, numberChanged, names = "", json = ""] = match;
  if (directoryUserSchema.safeParse(parseJson(json)).data?.id !== userId) return null;
  const [createdAt, changedAt] = [Number(created), Number(changed)];
  const lastChange = changedAt > createdAt ? changedAt : 0;
  const since = { mobile: Number(numberChanged), officePhone: lastChange, alternateEmail: lastChange };
  return { source: Number(source), fingerprint, createdAt, changedAt, since, names, json };
}
