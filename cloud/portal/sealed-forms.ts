/** Reads the form field `sealed`, which the script fills with sealed passwords as JSON. */
import { z } from "zod";
import { AppError } from "../../shared/errors.ts";
import { parseJson } from "../../shared/parse-json.ts";
import { jobOrderSchema, MAX_RECIPIENTS, sealedPasswordSchema } from "../../shared/sealing/job.ts";
import { signInOrderSchema } from "../../shared/sealing/sign-in.ts";

const sealedSchema = <Order extends z.ZodType>(order: Order) =>
  z.strictObject({
    order,
    token: z.string().min(1).max(1_024),
    sealed: z.array(sealedPasswordSchema).min(1).max(MAX_RECIPIENTS),
  });
const signInSchema = sealedSchema(signInOrderSchema);
const jobSchema = sealedSchema(jobOrderSchema);

function parse<T>(schema: z.ZodType<T>, text: string): T {
  const parsed = schema.safeParse(parseJson(text));
  if (!parsed.success) throw new AppError("REQUEST_INVALID", "The form does not fit: sealed.");
  return parsed.data;
}

/** Reads the password sealed to sign in. Throws REQUEST_INVALID. */
export const parseSealedSignIn = (text: string) => parse(signInSchema, text);
/** Reads the passwords sealed for a reset or a change. Throws REQUEST_INVALID. */
export const parseSealedJob = (text: string) => parse(jobSchema, text);
