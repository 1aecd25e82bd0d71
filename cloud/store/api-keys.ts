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
import { AppError, isAppError } from "../../shared/errors.ts";
import { newId, ulidSchema } from "../../shared/ids.ts";
import { parseJson } from "../../shared/parse-json.ts";
import { Secret } from "../../shared/secret.ts";
import { createTtlCache } from "../ttl-cache.ts";
import { assertAuthentic } from "./authentic.ts";
import { compareAndSet } from "./compare-and-set.ts";
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
   * if possible. Throws RECORD_FORGED.
   */
  authenticate(text: Secret): Promise<ApiKey | null>;
  /** Lists keys, newest first, without those that `authenticate` refuses. `tenantId` null lists all keys. */
  list(tenantId: string | null): Promise<ApiKey[]>;
  /** Throws NOT_FOUND when there is no such key (of this tenant, if one is given). */
  get(tenantId: string | null, keyId: string): Promise<ApiKey>;
  /**
   * Revokes a key, and every key that it made, and those made by them. With `keptBy` (`key:<id>`), the keys that it made
   * itself count as made by that key instead and stay. Returns all keys that are revoked now, the named one first;
   * revoking it again ends keys that were left over. Throws NOT_FOUND as `get` does.
   */
  revoke(tenantId: string | null, keyId: string, keptBy?: string): Promise<ApiKey[]>;
}

const USE_NOTED_EVERY_MS = MINUTE_MS;

export function makeApiKeySecret(): ApiKeySecret {
  const id = newId();
  const secret = randomBytes(32).toString("base64url");
  return { id, text: new Secret(`lkk_${id}_${secret}`), digest: digestOf(secret) };
}

export const apiKeyDigestSchema = z.string().regex(/^[0-9a-f]{64}$/);
const moment = z.coerce.number().int().min(0).nullish().default(null);

/** Revoked keys that one node remembers. */
const MAX_REVOKED = 10_000;

/** The hash in Redis, without its MAC. `tenantId` is "" for a key of the whole installation. Times are epoch ms. */
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

  /**
   * Keys that this node knows to be revoked, with the time. A writer of Redis can put an older record of a key back, with its MAC,
   * and a replica that takes over may not have the revocation.
   */
  const revoked = createTtlCache<string, number>({ maxEntries: MAX_REVOKED });

  async function read(keyId: string): Promise<ApiKeyRecord | null> {
    const key = keys.apiKey(keyId);
    const knownRevokedAt = revoked.get(keyId) ?? null; // before the read, which a revocation of this node may overtake
    const { mac, ...fields } = await guard(() => redis.hgetall(key));
    if (Object.keys(fields).length === 0) return null;
    const record = { kind: "api_key", tenantId: null, key } as const;
    assertAuthentic(store, record, apiKeyText(fields), mac);
    const parsed = recordSchema.safeParse(fields);
    if (!parsed.success) throw new AppError("RECORD_CORRUPT", `The record of API key ${keyId} is damaged.`);
    const { revokedAt } = parsed.data;
    if (revokedAt !== null) revoked.set(keyId, revokedAt);
    else if (knownRevokedAt !== null)
      store.refusals.older(
        record,
        `The key stays revoked until this node stops. Revoke it again: latchkey key revoke ${keyId}`,
      );
    return { ...parsed.data, revokedAt: revokedAt ?? knownRevokedAt, stored: { revokedAt, fields, mac } };
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
      createdAt: String(createdAt),
      ...(key.expiresAt === null ? {} : { expiresAt: String(key.expiresAt) }),
    };
    await guard(() =>
      redis.multi().hset(keys.apiKey(id), signed(id, fields)).zadd(keys.apiKeys, createdAt, id).exec(),
    );
  }

  const signed = (id: string, fields: Fields): Fields => ({
    ...fields,
    mac: store.mac.sign(keys.apiKey(id), apiKeyText(fields)),
  });

  async function get(tenantId: string | null, keyId: string): Promise<ApiKey> {
    const record = await read(keyId);
    if (record === null || (tenantId !== null && record.tenantId !== tenantId))
      throw new AppError("NOT_FOUND", `There is no API key ${keyId}.`);
    return toApiKey(record);
  }

  /** Changes fields and signs the record again, unless another change came in between: one MAC covers the fields of both. */
  async function change(keyId: string, decide: (key: ApiKeyRecord) => Fields | null): Promise<void> {
    await compareAndSet({
      record: `API key ${keyId}`,
      read: () => read(keyId),
      change: decide,
      async write(changes, { stored }) {
        const { mac = "" } = signed(keyId, { ...stored.fields, ...changes });
        const fields = Object.entries(changes).flat();
        const reply = await store.call(
          "latchkey_record_swap",
          [keys.apiKey(keyId)],
          ["mac", stored.mac ?? "", mac, ...fields],
        );
        return reply === 1 ? changes : null;
      },
    });
  }

  /** Revokes a key. Writes a revocation that Redis has lost once more, with its time. */
  const end = (keyId: string): Promise<void> =>
    change(keyId, ({ revokedAt, stored }) =>
      stored.revokedAt === null ? { revokedAt: String(revokedAt ?? clock.now()) } : null,
    );

  /**
   * Ends a new key whose maker was revoked since the request was checked. `revoke` ends the maker first and lists its keys then, so
   * one of the two sees the new key.
   */
  async function endWithMaker(keyId: string, createdBy: string): Promise<void> {
    const maker = /^key:(.+)$/.exec(createdBy)?.[1];
    if (maker === undefined || (await read(maker))?.revokedAt === null) return;
    await end(keyId);
    throw new AppError("API_KEY_INVALID");
  }

  async function list(tenantId: string | null = null): Promise<ApiKey[]> {
    const ids = await guard(() => redis.zrevrange(keys.apiKeys, 0, -1));
    const records = await Promise.all(
      ids.map((id) =>
        read(id).catch((error: unknown) => {
          if (isAppError(error, "RECORD_FORGED")) return null; // reported, and it opens nothing
          throw error;
        }),
      ),
    );
    return records.flatMap((record) =>
      record !== null && (tenantId === null || record.tenantId === tenantId) ? [toApiKey(record)] : [],
    );
  }

  return {
    async create(key) {
      const secret = makeApiKeySecret();
      await write(secret, key);
      await endWithMaker(secret.id, key.createdBy);
      return { key: await get(null, secret.id), secret: secret.text };
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
    list,
    get,
    async revoke(tenantId, keyId, keptBy) {
      const revoked = [await get(tenantId, keyId)];
      // The maker ends first, so that it makes no further key meanwhile.
      await end(keyId);
      const all = (await list()).filter(({ revokedAt }) => revokedAt === null);
      for (const maker of revoked)
        for (const made of all.filter(({ createdBy }) => createdBy === `key:${maker.id}`))
          if (keptBy !== undefined)
            await change(made.id, ({ revokedAt }) => (revokedAt === null ? { createdBy: keptBy } : null));
          else {
            await end(made.id);
            revoked.push(made); // its own keys are ended by a later round of this loop
          }
      return Promise.all(revoked.map(({ id }) => get(null, id)));
    },
  };
}

type Fields = Readonly<Record<string, string>>;
/** `stored`: as it is in Redis, which may have lost a revocation that this node has seen. */
type ApiKeyRecord = z.infer<typeof recordSchema> & {
  readonly stored: {
    readonly revokedAt: number | null;
    readonly fields: Fields;
    readonly mac: string | undefined;
  };
};

/** The text that the MAC covers: all fields but the time of use, which decides nothing. */
export const apiKeyText = (fields: Fields): string =>
  JSON.stringify(
    Object.entries(fields)
      .filter(([name]) => name !== "lastUsedAt")
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

const digestOf = (secret: string): string => createHash("sha256").update(secret).digest("hex");

const toApiKey = ({ tenantId, ...record }: ApiKeyRecord): ApiKey => ({
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
