import { z } from "zod";
import { tenantIdSchema, ulidSchema } from "../ids.ts";
import { instant } from "./instant.ts";
import { scopesSchema } from "./scopes.ts";

/** The whole text of an API key: `lkk_<id>_<secret>`. */
export const API_KEY_TEXT = /^lkk_([0-9A-HJKMNP-TV-Z]{26})_([A-Za-z0-9_-]{43})$/;

const apiKeyNameSchema = z.string().trim().min(1).max(80);

/** An API key without its secret. */
export const apiKeySchema = z.object({
  id: ulidSchema,
  name: apiKeyNameSchema,
  /** Null for a key of the whole installation. */
  tenantId: tenantIdSchema.nullable(),
  scopes: scopesSchema,
  createdAt: instant,
  createdBy: z.string(),
  expiresAt: instant.nullable(),
  revokedAt: instant.nullable(),
  /** Accurate to the minute. */
  lastUsedAt: instant.nullable(),
});
export type ApiKey = z.infer<typeof apiKeySchema>;

export const apiKeyListSchema = z.object({ items: z.array(apiKeySchema) });

/** `POST …/api-keys`. */
export const createApiKeySchema = z.strictObject({
  name: apiKeyNameSchema,
  scopes: scopesSchema,
  /** When this is left out, the key expires with the key that makes it, or never. A later end is refused. */
  expiresInDays: z.int().min(1).max(3650).optional(),
});

export const createdApiKeySchema = z.object({
  key: apiKeySchema,
  /** `lkk_…`. It is shown only in this answer. */
  secret: z.string(),
});

/** `DELETE …/api-keys/<id>`. */
export const revokeApiKeyQuerySchema = z.strictObject({
  /** Take over the keys that the revoked one made, instead of revoking them with it. */
  keepMade: z.enum(["true", "false"]).default("false"),
});

/** The revoked key, and the keys that it or its keys had made and that ended with it. */
export const revokedApiKeySchema = apiKeySchema.extend({ alsoRevoked: z.array(apiKeySchema) });
