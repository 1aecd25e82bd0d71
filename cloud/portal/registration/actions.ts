/** Forms of the registration portal: reads each and calls the service. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { CHANNELS, METHODS } from "../../../shared/methods.ts";
import { Secret } from "../../../shared/secret.ts";
import { MAX_ANSWER_LENGTH } from "../../methods/answers.ts";
import type { PlainChange, RegistrationService } from "../../registration/registration-service.ts";
import { ADDRESSED, REGISTRABLE } from "../../registration/session.ts";
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
import { parseSealedJob, parseSealedSignIn } from "../sealed-forms.ts";
import { keepingKey, sessionActions } from "../session-actions.ts";
import type { PortalSessions } from "../session-pages.ts";

const confirmSchema = z.object({
  ...sessionFields,
  what: z.enum(ADDRESSED),
  channel: z.enum(CHANNELS),
});
const addSchema = confirmSchema.extend({ value: z.string().max(254).default("") });
const proofSchema = z.object({ ...sessionFields, method: z.enum(METHODS) });
const removeSchema = z.object({ ...sessionFields, what: z.enum(REGISTRABLE) });

const signInSchema = z.object({ ...sessionFields, password: typedPassword, sealed: sealedPasswords });
const atOnceSchema = z.object({
  ...sessionFields,
  oldPassword: typedPassword,
  newPassword: typedPassword,
  repeated: typedPassword,
});
type PlainForm = z.infer<typeof atOnceSchema>;
const changeSchema = atOnceSchema.extend({ sealed: sealedPasswords });

const MAX_QUESTIONS = 10;
/** Collects the numbered fields `question.0`, `answer.0`, `question.1` and so on, as many as the form has. */
const questionsSchema = z.looseObject(sessionFields).transform((form, context) => {
  const { csrf, version, ...fields } = form;
  const answers = Array.from({ length: MAX_QUESTIONS }, (_, at) => ({
    questionId: fields[`question.${at}`] ?? "",
    answer: fields[`answer.${at}`] ?? "",
  })).filter(({ questionId }) => questionId !== "");
  const parsed = answersSchema.safeParse(answers);
  if (parsed.success) return { csrf, version, answers: parsed.data };
  context.addIssue({ code: "custom", path: ["answer"], message: "does not fit" });
  return z.NEVER;
});
const answersSchema = z.array(
  z.object({ questionId: z.string().max(64), answer: z.string().max(MAX_ANSWER_LENGTH) }),
);

const plainChange = (form: PlainForm): PlainChange => ({
  kind: "plain",
  oldPassword: new Secret(form.oldPassword),
  newPassword: new Secret(form.newPassword),
  repeated: new Secret(form.repeated),
});

export function registrationActions(
  app: FastifyInstance,
  portal: PortalServices,
  service: RegistrationService,
  sessions: PortalSessions,
): void {
  const action = sessionActions(app, portal, sessions);
  const keeping = keepingKey(action);
  action(
    "/register/sign-in",
    signInSchema,
    ({ version, password, sealed }, key) =>
      service.signIn(
        key,
        version,
        sealed === ""
          ? { kind: "plain", password: new Secret(password) }
          : { kind: "sealed", ...parseSealedSignIn(sealed) },
      ),
    { bodyLimit: SEALED_FORM_LIMIT },
  );
  // Without script. With script, the page signs in first and then sends the other form, both sealed (script-routes.ts).
  action("/change/at-once", atOnceSchema, (form, key) =>
    service.signInAndChange(key, form.version, plainChange(form)),
  );
  keeping("/register/add", addSchema, ({ version, what, value, channel }, key) =>
    service.add(key, version, what, value, channel),
  );
  keeping("/register/confirm", confirmSchema, ({ version, what, channel }, key) =>
    service.confirmSynced(key, version, what, channel),
  );
  action("/register/code", otpSchema, ({ version, otp }, key) => service.enterCode(key, version, otp));
  keeping("/register/verify/method", proofSchema, ({ version, method }, key) =>
    service.beginProof(key, version, method),
  );
  keeping("/register/resend", buttonSchema, ({ version }, key) => service.resend(key, version));
  keeping("/register/authenticator", buttonSchema, ({ version }, key) =>
    service.setUpAuthenticator(key, version),
  );
  keeping("/register/questions/save", questionsSchema, ({ version, answers }, key) =>
    service.setQuestions(key, version, answers),
  );
  keeping("/register/recovery-codes", buttonSchema, ({ version }, key) =>
    service.makeRecoveryCodes(key, version),
  );
  keeping("/register/recovery-codes/keep", buttonSchema, ({ version }, key) =>
    service.keepRecoveryCodes(key, version),
  );
  keeping("/register/remove", removeSchema, ({ version, what }, key) => service.remove(key, version, what));
  keeping("/register/confirmed", buttonSchema, ({ version }, key) => service.confirmAll(key, version));
  keeping("/register/ask", messageSchema, ({ message }, key) => service.askAdministrator(key, message), {
    next: () => "/register/contact?sent=1",
  });
  keeping("/register/cancel", buttonSchema, ({ version }, key) => service.cancel(key, version));
  keeping(
    "/change/password",
    changeSchema,
    (form, key, signal) =>
      service.changePassword(
        key,
        form.version,
        form.sealed === "" ? plainChange(form) : { kind: "sealed", ...parseSealedJob(form.sealed) },
        signal,
      ),
    { bodyLimit: SEALED_FORM_LIMIT, waits: true },
  );
}
