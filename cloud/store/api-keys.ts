/**
 * Stores API keys, which are `lkk_<id>_<secret>`. Only the secret's digest is stored, so reading the store yields no
 * usable key.
 */
import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import { API_KEY_TEXT, type ApiKey } from "../../shared/api/api-keys.ts";
import { type Scope, scopesSchema } from "../../shared/api/scopes.ts";
import type { Clock } from "../../shared/clock.ts";
import { isEqualInConstantTime } from "../../shared/constant-time.ts";
import { MINUTE_MS } from "../../shared/durations.ts";
import { AppError } from "../../shared/errors.ts";
import { newId, ulidSchema } from "../../shared/ids.ts";
import { parseJson } from "../../shared/parse-json.ts";
import { Secret } from "../../shared/secret.ts";
import { keys } from "./keys.ts";
import { guard, type Store } from "./store.ts";

export interface NewApiKey {
  readonly name: string;
  /** Null for a key of the whole installation. */
  readonly tenantId: string | null;
  readonly scopes: readonly Scope[];
  readonly createdBy: string;
  /** Epoch ms; null when the key never expires. */
  readonly expiresAt: number | null;
}

/** A new key before it is stored. Its holder gets the text; the store gets the digest. */
export interface ApiKeySecret {
  readonly id: string;
  readonly text: Secret;
  /** SHA-256 of the secret part, in hex. */
  readonly digest: string;
}

export interface ApiKeys {
  create(key: NewApiKey): Promise<{ readonly key: ApiKey; readonly secret: Secret }>;
  /**
   * Stores a key with a secret that was made elsewhere (`init` makes the first one). False when its id is already
   * stored.
   */
  adopt(secret: Pick<ApiKeySecret, "id" | "digest">, key: NewApiKey): Promise<boolean>;
  /**
   * Returns the key with this text; null when it is unknown, revoked or expired. Stores the time of use (to the minute)
   * if possible.
   */
  authenticate(text: Secret): Promise<ApiKey | null>;
  /** Lists keys, newest first. `tenantId` null lists all keys. */
  list(tenantId: string | null): Promise<ApiKey[]>;
  /**
   * Revokes a key; revoking it again does nothing. Throws NOT_FOUND when there is no such key (of this tenant, if one
   * is given).
   */
  revoke(tenantId: string | null, keyId: string): Promise<ApiKey>;
}

const USE_NOTED_EVERY_MS = MINUTE_MS;

export function makeApiKeySecret(): ApiKeySecret {
  const id = newId();
  const secret = randomBytes(32).toString("base64url");
  return { id, text: new Secret(`lkk_${id}_${secret}`), digest: digestOf(secret) };
}

export const apiKeyDigestSchema = z.string().regex(/^[0-9a-f]{64}$/);
const moment = z.coerce.number().int().min(0).nullish().default(null);

/** The hash in Redis. `tenantId` is "" for a key of the whole installation. Times are epoch ms. */
const recordSchema = z.object({
  id: ulidSchema,
  digest: apiKeyDigestSchema,
  name: z.string(),
  tenantId: z.string(),
  scopes: z.string().transform(parseJson).pipe(scopesSchema),
  createdBy: z.string(),
  createdAt: z.coerce.number().int().min(0),
  expiresAt: moment,
  revokedAt: moment,
  lastUsedAt: moment,
});

export function createApiKeys({ store, clock }: { readonly store: Store; readonly clock: Clock }): ApiKeys {
  const { redis } = store;

  async function read(keyId: string): Promise<z.infer<typeof recordSchema> | null> {
    const fields = await guard(() => redis.hgetall(keys.apiKey(keyId)));
    if (Object.keys(fields).length === 0) return null;
    const parsed = recordSchema.safeParse(fields);
    if (!parsed.success) throw new AppError("RECORD_CORRUPT", `The record of API key ${keyId} is damaged.`);
    return parsed.data;
  }

  async function write({ id, digest }: Pick<ApiKeySecret, "id" | "digest">, key: NewApiKey): Promise<void> {
    const createdAt = clock.now();
    const fields = {
      id,
      digest,
      name: key.name,
      tenantId: key.tenantId ?? "",
      scopes: JSON.stringify(key.scopes),
      createdBy: key.createdBy,
      createdAt,
      ...(key.expiresAt === null ? {} : { expiresAt: key.expiresAt }),
    };
    await guard(() => redis.multi().hset(keys.apiKey(id), fields).zadd(keys.apiKeys, createdAt, id).exec());
  }

  async function get(keyId: string): Promise<ApiKey> {
    const record = await read(keyId);
    if (record === null) throw new AppError("NOT_FOUND", `There is no API key ${keyId}.`);
    return toApiKey(record);
  }

  return {
    async create(key) {
      const secret = makeApiKeySecret();
      await write(secret, key);
      return { key: await get(secret.id), secret: secret.text };
    },
    async adopt(secret, key) {
      if ((await read(secret.id)) !== null) return false;
      await write(secret, key);
      return true;
    },
    async authenticate(text) {
      const [, keyId, secret] = API_KEY_TEXT.exec(text.reveal()) ?? [];
      if (keyId === undefined || secret === undefined) return null;
      const record = await read(keyId);
      if (record === null) return null;
      const fits = isEqualInConstantTime(record.digest, digestOf(secret));
      const now = clock.now();
      if (!fits || record.revokedAt !== null || (record.expiresAt !== null && record.expiresAt <= now))
        return null;
      if (record.lastUsedAt === null || now - record.lastUsedAt >= USE_NOTED_EVERY_MS)
        await redis.hset(keys.apiKey(keyId), "lastUsedAt", now).catch(() => undefined); // a full store must not fail the request
      return toApiKey(record);
    },
    async list(tenantId) {
      const ids = await guard(() => redis.zrevrange(keys.apiKeys, 0, -1));
      const records = await Promise.all(ids.map(read));
      return records.flatMap((record) =>
        record !== null && (tenantId === null || record.tenantId === tenantId) ? [toApiKey(record)] : [],
      );
    },
    async revoke(tenantId, keyId) {
      const key = await get(keyId);
      if (tenantId !== null && key.tenantId !== tenantId)
        throw new AppError("NOT_FOUND", `There is no API key ${keyId}.`);
      await guard(() => redis.hsetnx(keys.apiKey(keyId), "revokedAt", clock.now()));
      return get(keyId);
    },
  };
}

const digestOf = (secret: string): string => createHash("sha256").update(secret).digest("hex");

const toApiKey = ({ tenantId, ...record }: z.infer<typeof recordSchema>): ApiKey => ({
  id: record.id,
  name: record.name,
  tenantId: tenantId === "" ? null : tenantId,
  scopes: record.scopes,
  createdAt: record.createdAt,
  createdBy: record.createdBy,
  expiresAt: record.expiresAt,
  revokedAt: record.revokedAt,
  lastUsedAt: record.lastUsedAt,
});
