/** Every screen of the registration portal in the states that a user can see. */
import type { Overview, OverviewItem } from "../../cloud/registration/overview.ts";
import type { RegistrationScreen, SignedInView } from "../../cloud/registration/registration-service.ts";
import { rulesSchema } from "../../shared/api/policy.ts";
import { DAY_MS } from "../../shared/durations.ts";
import { METHODS } from "../../shared/methods.ts";
import { Secret } from "../../shared/secret.ts";
import { makeVerdict } from "../../shared/writeback.ts";

/** A screen, and the address of the page that shows it. */
export interface RegistrationView {
  readonly path: string;
  readonly screen: RegistrationScreen;
}

const SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
const CODES = ["7Q2M4-KX9TR-C3WFN", "H8PZ5-2VJQD-M6XRT", "B4KWN-9GTFC-7YHQZ", "X3RMD-P5VKJ-8CTWG"];

const base = {
  version: 4,
  problem: null,
  done: null,
  language: "en",
  tenantId: "contoso",
  sessionId: "01JD9Z3S9W1T5V7X8Y2A4B6C8D",
  goal: "register",
  userName: "jane.doe@contoso.example",
} as const;

const PROOFS: SignedInView["proofs"] = [
  { method: "text", shown: "+32 4•• ••• •56" },
  { method: "email", shown: "j••••@home.example" },
  { method: "authenticator", shown: null },
  { method: "recovery_code", shown: null },
];

/** Nothing counts yet: what was added with the password alone waits. */
const waiting = (now: number): Partial<Overview> => ({
  items: [
    item("mobile", {
      own: {
        shown: "+32 4•• ••• •56",
        confirmedAt: now,
        left: null,
        waitsUntil: now + 3 * DAY_MS,
        endsAt: null,
      },
      channels: ["text", "call"],
    }),
    item("email", { channels: ["email"] }),
    item("recoveryCodes", {
      own: { shown: null, confirmedAt: null, left: 10, waitsUntil: now + 3 * DAY_MS, endsAt: null },
    }),
  ],
  ready: 0,
  confirmedAt: null,
  nextConfirmAt: null,
});

const item = (what: OverviewItem["what"], more: Partial<OverviewItem> = {}): OverviewItem => ({
  what,
  isUsed: true,
  isReady: false,
  isHeld: false,
  synced: null,
  own: null,
  channels: [],
  ...more,
});

/** `now` is the page's time, in epoch ms. */
export function registrationScreens(now: number): Readonly<Record<string, RegistrationView>> {
  const signedIn = (overview: Partial<Overview> = {}): SignedInView => ({
    displayName: "Jane Doe",
    mustChange: false,
    allowed: true,
    phoneRegion: "BE",
    contact: { url: null, byMail: true },
    rules: rulesSchema.parse({ methods: [...METHODS], methodsRequired: 2 }),
    rule: { minLength: 12, historyLength: 24, complexity: true, minAgeSeconds: 0, source: "domain" },
    names: ["Jane", "Doe"],
    proofs: [],
    newWaitsHours: 0,
    overview: {
      items: [
        item("mobile", {
          isReady: true,
          synced: { shown: "+32 4•• •• •• 56", confirmedAt: null, waitsUntil: null },
          channels: ["text", "call"],
        }),
        item("officePhone", {
          synced: {
            shown: "+32 2 ••• •• 12",
            confirmedAt: now - 90 * DAY_MS,
            waitsUntil: null,
          },
          own: {
            shown: "+32 2 ••• •• 13",
            confirmedAt: now - DAY_MS,
            left: null,
            waitsUntil: null,
            endsAt: null,
          },
          channels: ["call"],
        }),
        item("email", { channels: ["email"] }),
        item("authenticator", {
          isReady: true,
          own: { shown: null, confirmedAt: now - 20 * DAY_MS, left: null, waitsUntil: null, endsAt: null },
        }),
        item("questions"),
        item("recoveryCodes", {
          isReady: true,
          own: { shown: null, confirmedAt: null, left: 7, waitsUntil: null, endsAt: null },
        }),
      ],
      ready: 2,
      required: 2,
      confirmedAt: now - 20 * DAY_MS,
      nextConfirmAt: now + 160 * DAY_MS,
      isDue: false,
      ...overview,
    },
  });
  const overview = { ...base, step: "overview", ...signedIn() } as const;
  const at = (path: string, screen: RegistrationScreen): RegistrationView => ({ path, screen });
  const home = (screen: RegistrationScreen): RegistrationView => at("/register", screen);
  const code = {
    ...base,
    step: "code",
    isProof: false,
    what: "mobile",
    channel: "text",
    address: "+32 4•• •• •• 56",
    expiresAt: now + 300_000,
    resendAt: now + 10_000,
    sendsLeft: 2,
  } as const;

  return {
    "sign-in": home({ ...base, step: "password" }),
    "sign-in-refused": home({ ...base, step: "password", problem: { kind: "sign_in_refused" } }),
    "change-at-once": home({ ...base, goal: "change", step: "password" }),
    "change-at-once-refused": home({
      ...base,
      goal: "change",
      step: "password",
      problem: { kind: "sign_in_refused" },
    }),
    "register-contact": at("/register/contact", { ...base, step: "password" }),
    checking: home({ ...base, step: "checking" }),
    overview: home({ ...overview, done: { what: "authenticator", kind: "added" } }),
    "overview-due": home({
      ...base,
      step: "overview",
      ...signedIn({ ready: 1, isDue: true, confirmedAt: null, nextConfirmAt: null }),
      proofs: PROOFS,
    }),
    "overview-waiting": home({ ...base, step: "overview", ...signedIn(waiting(now)), newWaitsHours: 72 }),
    verify: at("/register/verify", { ...overview, proofs: PROOFS }),
    "verify-code": home({ ...code, isProof: true }),
    "verify-app": home({ ...base, step: "prove", method: "authenticator" }),
    "verify-app-wrong": home({
      ...base,
      step: "prove",
      method: "authenticator",
      problem: { kind: "wrong_code" },
    }),
    "overview-not-allowed": home({ ...overview, allowed: false }),
    "add-mobile": at("/register/mobile", overview),
    "add-mobile-invalid": at("/register/mobile", {
      ...overview,
      problem: { kind: "number_invalid", field: "mobile", typed: "0470" },
    }),
    "add-email": at("/register/email", overview),
    "add-questions": at("/register/questions", overview),
    "registration-code": home(code),
    "registration-code-wrong": home({ ...code, problem: { kind: "wrong_code" } }),
    "authenticator-setup": home({
      ...base,
      step: "authenticator",
      uri: new Secret(`otpauth://totp/Contoso:jane.doe?secret=${SECRET}&issuer=Contoso`),
      typed: new Secret(SECRET.replace(/(.{4})(?=.)/g, "$1 ")),
    }),
    "recovery-codes": home({
      ...base,
      step: "recovery_codes",
      codes: new Secret<readonly string[]>(
        [...CODES, ...CODES].map((text, index) => text.replace("7", String(index))),
      ),
    }),
    change: at("/change", { ...overview, goal: "change" }),
    "change-first": at("/change", { ...overview, mustChange: true }),
    "change-refused": at("/change", {
      ...overview,
      goal: "change",
      problem: { kind: "password_refused", verdict: makeVerdict("rejected", "OLD_PASSWORD_WRONG") },
    }),
    changing: home({ ...base, step: "changing", since: now }),
    changed: home({
      ...base,
      step: "changed",
      signInAgain: false,
      verdict: makeVerdict("applied", null, { passwordSet: true }),
    }),
    "change-unclear": home({ ...base, step: "unclear" }),
  };
}
