/** Reads what a form sends. Everything is text, bounded and checked; what does not fit was not sent by our page. */
import { z } from "zod";
import { AppError } from "../../shared/errors.ts";
import { MAX_MESSAGE } from "../people/contact-requests.ts";

/** A form without passwords. */
export const FORM_LIMIT = 16 * 1024;
/** With a password sealed to as many agents as there may be. */
export const SEALED_FORM_LIMIT = 32 * 1024;

/** Text of people in one line: no control characters, which no keyboard types into a field. */
export const line = (maxLength: number) =>
  z
    .string()
    .max(maxLength)

    .refine((text) => !/[\u0000-\u001f\u007f]/.test(text), { error: "must not contain control characters" });

/** In every form that begins a session. */
export const startFields = { csrf: z.string().max(128).default("") } as const;

/** In every form within a session. */
export const sessionFields = {
  ...startFields,
  /** Of the screen the form was on. */
  version: z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number),
} as const;

/** What a person writes to the administrators. Browsers count a line break as one character and send two. */
export const contactMessage = z
  .string()
  .max(2 * MAX_MESSAGE)
  .default("")
  .transform((text) => text.replace(/\r\n?/g, "\n").slice(0, MAX_MESSAGE));

/** Throws REQUEST_INVALID, which names the fields but never repeats what was in them. */
export function parseForm<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  const fields = [...new Set(parsed.error.issues.map(({ path }) => path.map(String).join(".").slice(0, 64)))];
  throw new AppError("REQUEST_INVALID", `The form does not fit: ${fields.slice(0, 10).join(", ")}.`, {
    details: { fields: fields.slice(0, 10) },
  });
}
