/** What each form of the registration portal asks the service to do. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { CHANNELS } from "../../../shared/methods.ts";
import { Secret } from "../../../shared/secret.ts";
import { MAX_ANSWER_LENGTH } from "../../methods/answers.ts";
import type { PlainChange, RegistrationService } from "../../registration/registration-service.ts";
import { ADDRESSED, REGISTRABLE } from "../../registration/session.ts";
import type { SessionKey } from "../../visits/visit.ts";
import { contactMessage, SEALED_FORM_LIMIT, sessionFields } from "../forms.ts";
import type { PortalServices } from "../portal-services.ts";
import { parseChange, parseSignIn } from "../sealed-forms.ts";
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
const atOnceSchema = z.object({
  ...sessionFields,
  oldPassword: typedPassword,
  newPassword: typedPassword,
  repeated: typedPassword,
});
type PlainForm = z.infer<typeof atOnceSchema>;
const changeSchema = atOnceSchema.extend({ sealed: sealedField });
const askSchema = z.object({ ...sessionFields, message: contactMessage });

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
  place: SessionPlace,
): void {
  const action = <Form>(options: SessionAction<Form>): void => sessionAction(app, portal, place, options);
  /** Most of them go on with the key they came with. */
  const keeping = <Form>(
    address: string,
    schema: z.ZodType<Form>,
    act: (form: Form, key: SessionKey, signal: AbortSignal) => Promise<void>,
    more: Pick<SessionAction<Form>, "bodyLimit" | "waits" | "next"> = {},
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
          : { kind: "sealed", ...parseSignIn(sealed) },
      ),
  });
  // Without script: with it, the page signs in first and then sends the other form, both sealed (script-routes.ts).
  action({
    address: "/change/at-once",
    schema: atOnceSchema,
    act: (form, key) => service.signInAndChange(key, form.version, plainChange(form)),
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
  keeping("/register/ask", askSchema, ({ message }, key) => service.askAdministrator(key, message), {
    next: () => "/register/contact?sent=1",
  });
  keeping("/register/cancel", plainSchema, ({ version }, key) => service.cancel(key, version));
  keeping(
    "/change/password",
    changeSchema,
    (form, key, signal) =>
      service.changePassword(
        key,
        form.version,
        form.sealed === "" ? plainChange(form) : { kind: "sealed", ...parseChange(form.sealed) },
        signal,
      ),
    { bodyLimit: SEALED_FORM_LIMIT, waits: true },
  );
}
