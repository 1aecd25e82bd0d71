import { z } from "zod";
import { tenantIdSchema, ulidSchema } from "../ids.ts";
import { instant } from "./instant.ts";
import { scopesSchema } from "./scopes.ts";

export const apiKeyNameSchema = z.string().trim().min(1).max(80);

/** A key as it can be looked at: never with its secret. */
export const apiKeySchema = z.object({
  id: ulidSchema,
  name: apiKeyNameSchema,
  /** Null: good for the whole installation. */
  tenantId: tenantIdSchema.nullable(),
  scopes: scopesSchema,
  createdAt: instant,
  createdBy: z.string(),
  expiresAt: instant.nullable(),
  revokedAt: instant.nullable(),
  /** To the minute. */
  lastUsedAt: instant.nullable(),
});
export type ApiKey = z.infer<typeof apiKeySchema>;

export const apiKeyListSchema = z.object({ items: z.array(apiKeySchema) });

/** `POST …/api-keys`. */
export const createApiKeySchema = z.strictObject({
  name: apiKeyNameSchema,
  scopes: scopesSchema,
  /** Never, when left out. */
  expiresInDays: z.int().min(1).max(3650).optional(),
});

export const createdApiKeySchema = z.object({
  key: apiKeySchema,
  /** `lkk_…`: shown this once. */
  secret: z.string(),
});
