/** Every screen of the reset portal in each state that a user can see, for tests that only look at pages. */
import { QUESTION_IDS } from "../../cloud/methods/question-texts.ts";
import type { ResetScreen } from "../../cloud/reset/reset-service.ts";
import { METHODS } from "../../shared/methods.ts";
import { makeVerdict } from "../../shared/writeback.ts";

const RULE = {
  minLength: 12,
  historyLength: 24,
  complexity: true,
  minAgeSeconds: 86_400,
  source: "domain",
} as const;
const CONTACT = { url: null, byMail: true };
const NUMBERS = { text: "56", call: "56", office_call: "12" } as const;

const base = {
  version: 3,
  problem: null,
  language: "en",
  tenantId: "contoso",
  attemptId: "01JD9Z3S9W1T5V7X8Y2A4B6C8D",
  userName: "jane.doe@contoso.example",
} as const;
const options = METHODS.filter((method) => method !== "questions").map((method) => ({
  method,
  lastDigits: method in NUMBERS ? NUMBERS[method as keyof typeof NUMBERS] : null,
}));

/** `now` is the page's time, in epoch ms. */
export function resetScreens(now: number): Readonly<Record<string, ResetScreen>> {
  const code = {
    ...base,
    step: "code",
    proven: 0,
    resendAt: now + 10_000,
    expiresAt: now + 300_000,
    sendsLeft: 2,
    work: 0,
  } as const;
  const enter = { ...base, step: "enter", needsNextCode: false, work: 0 } as const;
  const password = { ...base, step: "password", rule: RULE, names: ["Jane", "Doe"] } as const;
  return {
    reason: { ...base, step: "reason" },
    choose: { ...base, step: "choose", proven: 0, required: null, options },
    "choose-number-invalid": {
      ...base,
      step: "choose",
      proven: 0,
      required: null,
      options,
      typedNumber: "0470 12",
      problem: { kind: "number_invalid", typedNumber: "" },
    },
    "choose-second": {
      ...base,
      step: "choose",
      proven: 1,
      required: 2,
      options: [...options.slice(1, 4), { method: "questions", lastDigits: null }],
    },
    "code-text": { ...code, method: "text", lastDigits: "56" },
    "code-call": { ...code, method: "call", lastDigits: "56", resendAt: now, sendsLeft: 1 },
    "code-email": { ...code, method: "email", lastDigits: null, sendsLeft: 0 },
    "code-wrong": { ...code, method: "text", lastDigits: "56", problem: { kind: "wrong_code" } },
    "code-work": { ...code, method: "text", lastDigits: "56", work: 4, problem: { kind: "wrong_code" } },
    authenticator: { ...enter, method: "authenticator", proven: 1 },
    "authenticator-next": { ...enter, method: "authenticator", proven: 0, needsNextCode: true },
    "recovery-code": { ...enter, method: "recovery_code", proven: 0 },
    questions: {
      ...base,
      step: "questions",
      questionIds: QUESTION_IDS.slice(0, 3),
      work: 0,
      problem: { kind: "wrong_answers" },
    },
    password,
    "password-no-rule": { ...password, rule: null },
    "password-refused": {
      ...password,
      problem: {
        kind: "password_refused",
        verdict: makeVerdict("rejected", "PASSWORD_IN_HISTORY", { rule: RULE }),
      },
    },
    "password-not-applied": { ...password, problem: { kind: "not_applied", code: "AGENT_OFFLINE" } },
    unlock: { ...base, step: "unlock" },
    paused: { ...base, step: "paused", until: now + 120_000 },
    waiting: { ...base, step: "waiting", operation: "reset", since: now },
    "done-reset": {
      ...base,
      step: "done",
      operation: "reset",
      verdict: makeVerdict("applied", null, { passwordSet: true }),
      recent: [],
    },
    "done-recent": {
      ...base,
      step: "done",
      operation: "reset",
      verdict: makeVerdict("applied", null, { passwordSet: true }),
      recent: [
        { method: "authenticator", shown: null, at: now - 86_400_000 },
        { method: "text", shown: "+32 4•• ••• •99", at: now - 3 * 86_400_000 },
      ],
    },
    "done-unlock": {
      ...base,
      step: "done",
      operation: "unlock",
      verdict: makeVerdict("applied", null, { unlocked: true }),
      recent: [],
    },
    unclear: { ...base, step: "unclear", operation: "reset" },
    "impossible-disabled": { ...base, step: "impossible", reason: "ACCOUNT_DISABLED", contact: CONTACT },
    "impossible-held": {
      ...base,
      step: "impossible",
      reason: "number_held",
      contact: { url: "https://help.contoso.example/", byMail: false },
    },
    blocked: { ...base, step: "blocked", until: now + 20 * 3_600_000, contact: CONTACT },
  };
}
