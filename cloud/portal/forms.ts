/** Limits and common fields of the portals' forms. */
import { z } from "zod";
import { AppError } from "../../shared/errors.ts";
import { MAX_PASTED_LENGTH } from "../../shared/typed-text.ts";
import { MAX_MESSAGE } from "../people/contact-requests.ts";

/** Largest body of a form without passwords. */
export const FORM_LIMIT = 16 * 1024;
/** Largest body of a form whose passwords are sealed to as many agents as a tenant may have. */
export const SEALED_FORM_LIMIT = 32 * 1024;

/** Fields of every form that begins a session. */
export const startFields = { csrf: z.string().max(128).default("") } as const;

/** Fields of every form within a session. */
export const sessionFields = {
  ...startFields,
  /** Version of the screen the form was on. */
  version: z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number),
} as const;

/** A form that is only a button. */
export const buttonSchema = z.object(sessionFields);
export const otpSchema = z.object({ ...sessionFields, otp: z.string().max(MAX_PASTED_LENGTH).default("") });
/** A message to the administrators. Browsers count a line break as one character and send two. */
export const messageSchema = z.object({
  ...sessionFields,
  message: z
    .string()
    .max(2 * MAX_MESSAGE)
    .default("")
    .transform((text) => text.replace(/\r\n?/g, "\n").slice(0, MAX_MESSAGE)),
});

/**
 * A password typed without script. The bound is above the longest password, so that the service can say what the
 * limit is.
 */
export const typedPassword = z.string().max(4_096).default("");
/** The sealed passwords that the script sends instead; empty without script. */
export const sealedPasswords = z.string().max(SEALED_FORM_LIMIT).default("");

/**
 * Reads a form. Everything is text, bounded and checked: our own pages send nothing else. Throws REQUEST_INVALID,
 * which names the fields but never repeats their values.
 */
export function parseForm<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  const fields = [...new Set(parsed.error.issues.map(({ path }) => path.map(String).join(".").slice(0, 64)))];
  throw new AppError("REQUEST_INVALID", `The form does not fit: ${fields.slice(0, 10).join(", ")}.`, {
    details: { fields: fields.slice(0, 10) },
  });
}
