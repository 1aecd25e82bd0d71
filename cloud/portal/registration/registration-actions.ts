/** What each form of the registration portal asks the service to do. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { AppError } from "../../../shared/errors.ts";
import { parseJson } from "../../../shared/parse-json.ts";
import { jobOrderSchema, MAX_RECIPIENTS, sealedPasswordSchema } from "../../../shared/sealing/job.ts";
import { signInOrderSchema } from "../../../shared/sealing/sign-in.ts";
import { Secret } from "../../../shared/secret.ts";
import { CHANNELS } from "../../notify/notifier.ts";
import type { RegistrationService } from "../../registration/registration-service.ts";
import { MAX_ANSWER_LENGTH } from "../../registration/answers.ts";
import { ADDRESSED, REGISTRABLE } from "../../registration/session.ts";
import type { SessionKey } from "../../reset/reset-service.ts";
import { SEALED_FORM_LIMIT, sessionFields } from "../forms.ts";
import type { PortalKit } from "../portal-kit.ts";
import { type SessionAction, sessionAction, type SessionPlace } from "../session-action.ts";

const plainSchema = z.object(sessionFields);
const confirmSchema = z.object({
  ...sessionFields,
  what: z.enum(ADDRESSED),
  channel: z.enum(CHANNELS),
});
const addSchema = confirmSchema.extend({ value: z.string().max(254).default("") });
const removeSchema = z.object({ ...sessionFields, what: z.enum(REGISTRABLE) });
const codeSchema = z.object({ ...sessionFields, otp: z.string().max(64).default("") });

/** Longer than any password may be; how long that is the service says, in words. */
const typedPassword = z.string().max(4_096).default("");
const sealedField = z.string().max(SEALED_FORM_LIMIT).default("");
const signInSchema = z.object({ ...sessionFields, password: typedPassword, sealed: sealedField });
const changeSchema = z.object({
  ...sessionFields,
  oldPassword: typedPassword,
  newPassword: typedPassword,
  repeated: typedPassword,
  sealed: sealedField,
});

const MAX_QUESTIONS = 10;
/** `question.0`, `answer.0`, `question.1`, …: as many as the form has. */
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

const sealedSchema = <Order extends z.ZodType>(order: Order) =>
  z.strictObject({
    order,
    token: z.string().min(1).max(1_024),
    sealed: z.array(sealedPasswordSchema).min(1).max(MAX_RECIPIENTS),
  });
const sealedSignInSchema = sealedSchema(signInOrderSchema);
const sealedChangeSchema = sealedSchema(jobOrderSchema);

function parseSealed<T>(schema: z.ZodType<T>, text: string): T {
  const parsed = schema.safeParse(parseJson(text));
  if (!parsed.success) throw new AppError("REQUEST_INVALID", "The form does not fit: sealed.");
  return parsed.data;
}

export function registrationActions(
  app: FastifyInstance,
  kit: PortalKit,
  service: RegistrationService,
  place: SessionPlace,
): void {
  const action = <Form>(options: SessionAction<Form>): void => sessionAction(app, kit, place, options);
  /** Most of them go on with the key they came with. */
  const keeping = <Form>(
    address: string,
    schema: z.ZodType<Form>,
    act: (form: Form, key: SessionKey, signal: AbortSignal) => Promise<void>,
    more: Pick<SessionAction<Form>, "bodyLimit" | "waits"> = {},
  ): void =>
    action({
      ...more,
      address,
      schema,
      async act(form, key, signal) {
        await act(form, key, signal);
        return key;
      },
    });

  action({
    address: "/register/sign-in",
    schema: signInSchema,
    bodyLimit: SEALED_FORM_LIMIT,
    act: ({ version, password, sealed }, key) =>
      service.signIn(
        key,
        version,
        sealed === ""
          ? { kind: "plain", password: new Secret(password) }
          : { kind: "sealed", ...parseSealed(sealedSignInSchema, sealed) },
      ),
  });
  keeping("/register/add", addSchema, ({ version, what, value, channel }, key) =>
    service.add(key, version, what, value, channel),
  );
  keeping("/register/confirm", confirmSchema, ({ version, what, channel }, key) =>
    service.confirmSynced(key, version, what, channel),
  );
  keeping("/register/code", codeSchema, ({ version, otp }, key) => service.enterCode(key, version, otp));
  keeping("/register/resend", plainSchema, ({ version }, key) => service.resend(key, version));
  keeping("/register/authenticator", plainSchema, ({ version }, key) =>
    service.setUpAuthenticator(key, version),
  );
  keeping("/register/questions/save", questionsSchema, ({ version, answers }, key) =>
    service.setQuestions(key, version, answers),
  );
  keeping("/register/recovery-codes", plainSchema, ({ version }, key) =>
    service.makeRecoveryCodes(key, version),
  );
  keeping("/register/recovery-codes/keep", plainSchema, ({ version }, key) =>
    service.keepRecoveryCodes(key, version),
  );
  keeping("/register/remove", removeSchema, ({ version, what }, key) => service.remove(key, version, what));
  keeping("/register/confirmed", plainSchema, ({ version }, key) => service.confirmAll(key, version));
  keeping("/register/cancel", plainSchema, ({ version }, key) => service.cancel(key, version));
  keeping(
    "/change/password",
    changeSchema,
    ({ version, oldPassword, newPassword, repeated, sealed }, key, signal) =>
      service.changePassword(
        key,
        version,
        sealed === ""
          ? {
              kind: "plain",
              oldPassword: new Secret(oldPassword),
              newPassword: new Secret(newPassword),
              repeated: new Secret(repeated),
            }
          : { kind: "sealed", ...parseSealed(sealedChangeSchema, sealed) },
        signal,
      ),
    { bodyLimit: SEALED_FORM_LIMIT, waits: true },
  );
}
