/** What each form of a reset asks the service to do. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { AppError } from "../../../shared/errors.ts";
import { METHODS } from "../../../shared/methods.ts";
import { parseJson } from "../../../shared/parse-json.ts";
import { jobOrderSchema, MAX_RECIPIENTS, sealedPasswordSchema } from "../../../shared/sealing/job.ts";
import { Secret } from "../../../shared/secret.ts";
import type { PasswordSubmission, ResetService } from "../../reset/reset-service.ts";
import { contactMessage, SEALED_FORM_LIMIT, sessionFields } from "../forms.ts";
import type { PortalServices } from "../portal-services.ts";
import { type SessionAction, sessionAction, type SessionPlace } from "../session-action.ts";

const plainSchema = z.object(sessionFields);
const reasonSchema = z.object({ ...sessionFields, reason: z.enum(["forgot", "locked"]) });
const typedNumber = z.string().max(64).optional();
const methodSchema = z.object({
  ...sessionFields,
  method: z.enum(METHODS),
  "number.text": typedNumber,
  "number.call": typedNumber,
  "number.office_call": typedNumber,
});
const codeSchema = z.object({ ...sessionFields, otp: z.string().max(64).default("") });
const askSchema = z.object({ ...sessionFields, message: contactMessage });

const MAX_ANSWERS = 10;
const ANSWER = "answer.";
const questionsSchema = z.looseObject(sessionFields).transform((form, context) => {
  const given = Object.entries(form).filter(([name]) => name.startsWith(ANSWER));
  const answers = z
    .array(z.tuple([z.string().max(64), z.string().max(256)]))
    .max(MAX_ANSWERS)
    .safeParse(given.map(([name, answer]) => [name.slice(ANSWER.length), answer]));
  if (answers.success)
    return { csrf: form.csrf, version: form.version, answers: Object.fromEntries(answers.data) };
  context.addIssue({ code: "custom", path: ["answer"], message: "does not fit" });
  return z.NEVER;
});

/** Longer than any password may be; how long that is the service says, in words. */
const typedPassword = z.string().max(4_096).default("");
const passwordSchema = z.object({
  ...sessionFields,
  newPassword: typedPassword,
  repeated: typedPassword,
  sealed: z.string().max(SEALED_FORM_LIMIT).default(""),
});
const sealedSchema = z.strictObject({
  order: jobOrderSchema,
  token: z.string().min(1).max(1_024),
  sealed: z.array(sealedPasswordSchema).min(1).max(MAX_RECIPIENTS),
});

function submissionOf(form: z.infer<typeof passwordSchema>): PasswordSubmission {
  if (form.sealed === "")
    return { kind: "plain", newPassword: new Secret(form.newPassword), repeated: new Secret(form.repeated) };
  const parsed = sealedSchema.safeParse(parseJson(form.sealed));
  if (!parsed.success) throw new AppError("REQUEST_INVALID", "The form does not fit: sealed.");
  return { kind: "sealed", ...parsed.data };
}

export function resetActions(
  app: FastifyInstance,
  portal: PortalServices,
  reset: ResetService,
  place: SessionPlace,
): void {
  const action = <Form>(options: SessionAction<Form>): void => sessionAction(app, portal, place, options);

  action({
    address: "/reset/reason",
    schema: reasonSchema,
    act: ({ version, reason }, key) => reset.chooseReason(key, version, reason),
  });
  action({
    address: "/reset/method",
    schema: methodSchema,
    act: (form, key) => reset.chooseMethod(key, form.version, form.method, numberOf(form)),
    // In case the number is refused: the form has the same method chosen again.
    next: ({ method }) => `${place.path}?method=${method}`,
  });
  action({
    address: "/reset/resend",
    schema: plainSchema,
    act: ({ version }, key) => reset.resend(key, version),
  });
  action({
    address: "/reset/again",
    schema: plainSchema,
    act: ({ version }, key) => reset.chooseAgain(key, version),
  });
  action({
    address: "/reset/code",
    schema: codeSchema,
    act: ({ version, otp }, key) => reset.enterCode(key, version, otp),
  });
  action({
    address: "/reset/questions",
    schema: questionsSchema,
    act: ({ version, answers }, key) => reset.answerQuestions(key, version, answers),
  });
  action({
    address: "/reset/password",
    schema: passwordSchema,
    bodyLimit: SEALED_FORM_LIMIT,
    waits: true,
    act: (form, key, signal) => reset.submitPassword(key, form.version, submissionOf(form), signal),
  });
  action({
    address: "/reset/unlock",
    schema: plainSchema,
    waits: true,
    act: ({ version }, key, signal) => reset.unlock(key, version, signal),
  });
  action({
    address: "/reset/ask",
    schema: askSchema,
    act: ({ version, message }, key) => reset.askAdministrator(key, version, message),
    next: () => "/reset/contact?sent=1",
  });
}

/** The field of the method that was chosen; null for one without a number, or when the field was not there. */
function numberOf(form: z.infer<typeof methodSchema>): string | null {
  switch (form.method) {
    case "text":
      return form["number.text"] ?? null;
    case "call":
      return form["number.call"] ?? null;
    case "office_call":
      return form["number.office_call"] ?? null;
    case "email":
    case "authenticator":
    case "recovery_code":
    case "questions":
      return null;
  }
}
