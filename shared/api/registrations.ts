import { z } from "zod";
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

/** What a person could prove themselves with, as an operator may see it. */
export const registeredThingSchema = z.object({
  what: z.enum(REGISTERED_THINGS),
  /** Masked numbers and addresses, or how many; null where there is nothing to say. */
  value: z.string().nullable(),
  /** `directory`: synced, read-only here. `person`: registered at the portal. */
  source: z.enum(["directory", "person"]),
  /** Null: never confirmed by a code. */
  confirmedAt: instant.nullable(),
});

export const registrationSchema = z.object({
  /** When the person last looked all of it over. */
  confirmedAt: instant.nullable(),
  items: z.array(registeredThingSchema),
});
export type RegistrationView = z.infer<typeof registrationSchema>;

/** `DELETE …/registration`. What was forgotten; empty when there was nothing. */
export const forgottenSchema = z.object({ forgotten: z.array(z.enum(REGISTERED_THINGS)) });

/** `POST …/unblock`. How many counters of failures and sends stood against the person. */
export const unblockedSchema = z.object({ cleared: z.int().min(0) });
