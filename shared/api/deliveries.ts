import { z } from "zod";
import { tenantIdSchema } from "../ids.ts";
import { instant } from "./instant.ts";

/** The delivery state of one message, without its content. */
export const deliverySchema = z.object({
  id: z.string(),
  tenantId: tenantIdSchema,
  /** Id of the reset attempt, registration session, job or run that the message belongs to. */
  correlationId: z.string(),
  /** `otp`, `test`, or the kind of notice. */
  kind: z.string(),
  channel: z.enum(["text", "call", "email"]),
  /** The number or address, masked. */
  to: z.string(),
  /** `waiting`: not accepted yet. `failed`: no provider accepted it, or nobody sends it any more. `sent`: a provider accepted it. `delivered` and `undelivered`: the provider reported that later. */
  state: z.enum(["waiting", "sent", "delivered", "undelivered", "failed"]),
  provider: z.string().nullable(),
  /** Number of requests to providers, retries included. */
  tries: z.int().min(0),
  /** The last failure; null where the message went out. */
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
