/** Forms of the reset portal: reads each and calls the service. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { isAppError } from "../../../shared/errors.ts";
import { METHODS } from "../../../shared/methods.ts";
import { Secret } from "../../../shared/secret.ts";
import type { PasswordSubmission, ResetService } from "../../reset/reset-service.ts";
import type { SessionKey } from "../../visits/visit.ts";
import type { CaptchaAnswer, VisitWork } from "../captcha.ts";
import { captchaFields } from "../captcha-fields.ts";
import {
  buttonSchema,
  messageSchema,
  otpSchema,
  SEALED_FORM_LIMIT,
  sealedPasswords,
  sessionFields,
  typedPassword,
} from "../forms.ts";
import type { PortalServices } from "../portal-services.ts";
import { parseSealedJob } from "../sealed-forms.ts";
import { sessionActions } from "../session-actions.ts";
import type { PortalSessions } from "../session-pages.ts";

const reasonSchema = z.object({ ...sessionFields, reason: z.enum(["forgot", "locked"]) });
const typedNumber = z.string().max(64).optional();
const methodSchema = z.object({
  ...sessionFields,
  method: z.enum(METHODS),
  "number.text": typedNumber,
  "number.call": typedNumber,
  "number.office_call": typedNumber,
});

const MAX_ANSWERS = 10;
const ANSWER = "answer.";
const codeSchema = z.object({ ...otpSchema.shape, ...captchaFields });
const questionsSchema = z.looseObject({ ...sessionFields, ...captchaFields }).transform((form, context) => {
  const given = Object.entries(form).filter(([name]) => name.startsWith(ANSWER));
  const answers = z
    .array(z.tuple([z.string().max(64), z.string().max(256)]))
    .max(MAX_ANSWERS)
    .safeParse(given.map(([name, answer]) => [name.slice(ANSWER.length), answer]));
  if (answers.success) return { ...form, answers: Object.fromEntries(answers.data) };
  context.addIssue({ code: "custom", path: ["answer"], message: "does not fit" });
  return z.NEVER;
});

const passwordSchema = z.object({
  ...sessionFields,
  newPassword: typedPassword,
  repeated: typedPassword,
  sealed: sealedPasswords,
});

function submissionOf(form: z.infer<typeof passwordSchema>): PasswordSubmission {
  if (form.sealed === "")
    return { kind: "plain", newPassword: new Secret(form.newPassword), repeated: new Secret(form.repeated) };
  return { kind: "sealed", ...parseSealedJob(form.sealed) };
}

/** The work that the form on the current screen needs. Null: none. Throws SESSION_ENDED. */
export async function workOf(reset: ResetService, key: SessionKey): Promise<VisitWork | null> {
  const screen = await reset.screen(key);
  return "work" in screen && screen.work > 0 ? { visitId: key.id, factor: screen.work } : null;
}

export function resetActions(
  app: FastifyInstance,
  portal: PortalServices,
  reset: ResetService,
  sessions: PortalSessions,
): void {
  const action = sessionActions(app, portal, sessions);
  action("/reset/reason", reasonSchema, ({ version, reason }, key) =>
    reset.chooseReason(key, version, reason),
  );
  action(
    "/reset/method",
    methodSchema,
    (form, key) => reset.chooseMethod(key, form.version, form.method, numberOf(form)),
    // If the number is refused, the form selects the same method again.
    { next: ({ method }) => `${sessions.path}?method=${method}` },
  );
  action("/reset/resend", buttonSchema, ({ version }, key) => reset.resend(key, version));
  action("/reset/again", buttonSchema, ({ version }, key) => reset.chooseAgain(key, version));
  /** Returns how much proof of work came with a form. The service decides how much it needs. */
  async function workDone(form: CaptchaAnswer, key: SessionKey, address: string): Promise<number> {
    const work = await workOf(reset, key);
    if (work === null) return 0;
    try {
      await portal.captcha.check(form, { address, tenantId: key.tenantId }, work);
      return work.factor;
    } catch (error) {
      if (isAppError(error, "CAPTCHA_INVALID")) return 0;
      throw error;
    }
  }
  action("/reset/code", codeSchema, async (form, key, _signal, address) =>
    reset.enterCode(key, form.version, form.otp, await workDone(form, key, address)),
  );
  action("/reset/questions", questionsSchema, async (form, key, _signal, address) =>
    reset.answerQuestions(key, form.version, form.answers, await workDone(form, key, address)),
  );
  action(
    "/reset/password",
    passwordSchema,
    (form, key, signal) => reset.submitPassword(key, form.version, submissionOf(form), signal),
    { bodyLimit: SEALED_FORM_LIMIT, waits: true },
  );
  action("/reset/unlock", buttonSchema, ({ version }, key, signal) => reset.unlock(key, version, signal), {
    waits: true,
  });
  action(
    "/reset/ask",
    messageSchema,
    ({ version, message }, key) => reset.askAdministrator(key, version, message),
    { next: () => "/reset/contact?sent=1" },
  );
}

/** Reads the number typed for the chosen method. Null for a method without one, or when the form had no such field. */
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
