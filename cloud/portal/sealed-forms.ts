/** Reads what a script put into the field `sealed`. */
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
const changeSchema = sealedSchema(jobOrderSchema);

function parse<T>(schema: z.ZodType<T>, text: string): T {
  const parsed = schema.safeParse(parseJson(text));
  if (!parsed.success) throw new AppError("REQUEST_INVALID", "The form does not fit: sealed.");
  return parsed.data;
}

/** Throws REQUEST_INVALID. */
export const parseSignIn = (text: string) => parse(signInSchema, text);
/** Throws REQUEST_INVALID. */
export const parseChange = (text: string) => parse(changeSchema, text);
