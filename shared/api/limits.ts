/** The limits against abuse, for `…/limits`. */
import { z } from "zod";
import { instant } from "./instant.ts";

const engagedSchema = z.object({
  /** The network for which it refuses; null for a limit of the tenant. */
  for: z.string().nullable(),
  /** When it allows more. */
  until: instant,
});

export const limitSchema = z.object({
  name: z.string(),
  /** What has a counter of its own. */
  by: z.enum(["visit", "person", "destination", "network", "tenant"]),
  counts: z.string(),
  protects: z.string(),
  /** The numbers of this tenant, in words. */
  threshold: z.string(),
  windowSeconds: z.int(),
  /** helpdesk: latchkey user unblock. administrator: latchkey limits lift. time: nobody. */
  liftedBy: z.enum(["helpdesk", "administrator", "time"]),
  /** Key of the policy that sets it. */
  setting: z.string().nullable(),
  /** Where it refuses now. Those of users and destinations are not listed. */
  engaged: z.array(engagedSchema),
});
export type LimitView = z.infer<typeof limitSchema>;
export const limitListSchema = z.object({ items: z.array(limitSchema) });

export const liftLimitSchema = z.strictObject({
  /** Lifts it for this network only; for all without it. */
  for: z.string().max(64).optional(),
});
export const liftedLimitSchema = z.object({ lifted: z.int() });
