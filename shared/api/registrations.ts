import { z } from "zod";
import { userIdSchema } from "../ids.ts";
import { instant } from "./instant.ts";

export const REGISTERED_THINGS = [
  "mobile",
  "office_phone",
  "email",
  "authenticator",
  "questions",
  "recovery_codes",
] as const;
export type RegisteredThing = (typeof REGISTERED_THINGS)[number];

/** A registered or synced method of a user, masked for operators. */
const registeredThingSchema = z.object({
  what: z.enum(REGISTERED_THINGS),
  /** A masked number or address, or how many there are. Null where there is nothing to show. */
  value: z.string().nullable(),
  /** `directory`: synced, and read-only here. `person`: registered at the portal. */
  source: z.enum(["directory", "person"]),
  /** Null when it was never confirmed by a code. */
  confirmedAt: instant.nullable(),
  /** From when it can be used, because it was added with the password alone. Null when it can be used. */
  waitsUntil: instant.nullable(),
});

export const registrationSchema = z.object({
  /** When the user last confirmed that all methods are up to date. */
  confirmedAt: instant.nullable(),
  items: z.array(registeredThingSchema),
});
export type RegistrationView = z.infer<typeof registrationSchema>;

/** `DELETE …/registration`. The methods that were deleted; empty when there were none. */
export const forgottenSchema = z.object({ forgotten: z.array(z.enum(REGISTERED_THINGS)) });

/** `POST …/sign-out`. The user whose sessions were ended. */
export const signedOutSchema = z.object({ userId: userIdSchema });

/** `POST …/unblock`. Number of counters (failures, sent messages) that were reset. */
export const unblockedSchema = z.object({ cleared: z.int().min(0) });
