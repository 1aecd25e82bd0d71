import { z } from "zod";
import { tenantIdSchema } from "../ids.ts";
import { instant } from "./instant.ts";

/** What became of one message, without its content. */
export const deliverySchema = z.object({
  id: z.string(),
  tenantId: tenantIdSchema,
  /** The attempt, registration session, job or run it belongs to. */
  correlationId: z.string(),
  /** `otp`, or the kind of notice. */
  kind: z.string(),
  channel: z.enum(["text", "call", "email"]),
  /** Masked. */
  to: z.string(),
  /** `sent`: a provider took it. `delivered` and `undelivered`: the provider said so later. */
  state: z.enum(["waiting", "sent", "delivered", "undelivered", "failed"]),
  provider: z.string().nullable(),
  /** Providers asked, retries included. */
  tries: z.int().min(0),
  error: z.string().nullable(),
  createdAt: instant,
  changedAt: instant,
});
export type DeliveryView = z.infer<typeof deliverySchema>;

/** Newest first. */
export const deliveryListSchema = z.object({ items: z.array(deliverySchema) });

export const deliveryQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  correlationId: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .optional(),
});
