import { expect } from "chai";
import { page } from "../../../../../cloud/portal/layout.ts";
import type { PageContext } from "../../../../../cloud/portal/page-context.ts";
import { REGISTRATION_TEXTS } from "../../../../../cloud/portal/registration/texts/all.ts";
import { PAGES, pathOf, screenPage } from "../../../../../cloud/portal/registration/views/screen-view.ts";
import { startPage } from "../../../../../cloud/portal/registration/views/start-view.ts";
import type { StartScreen } from "../../../../../cloud/portal/start-form-view.ts";
import { TEXTS } from "../../../../../cloud/portal/texts/all.ts";
import { makeOverview } from "../../../../../cloud/registration/overview.ts";
import type { RegistrationScreen } from "../../../../../cloud/registration/registration-service.ts";
import type { RegistrationProblem } from "../../../../../cloud/registration/session.ts";
import { NO_REGISTRATION } from "../../../../../cloud/store/registration-record.ts";
import { rulesSchema } from "../../../../../shared/api/policy.ts";
import { type Language, LANGUAGES } from "../../../../../shared/language.ts";
import { METHODS } from "../../../../../shared/methods.ts";
import { Secret } from "../../../../../shared/secret.ts";
import { makeVerdict } from "../../../../../shared/writeback.ts";
import { storedUser } from "../../../../support/directory-users.ts";

const NOW = 1_700_000_000_000;
const rules = rulesSchema.parse({ methods: METHODS, methodsRequired: 2 });
const person = {
  id: "a".repeat(32),
  real: true,
  user: storedUser(1, { officePhone: "+3225550123", alternateEmail: "private@home.example" }),
};
const everything = {
  ...NO_REGISTRATION,
  mobile: { number: "+32470123456", confirmedAt: NOW },
  email: { address: "me@home.example", confirmedAt: NOW },
  authenticator: { sealedSecret: "x", confirmedAt: NOW, lastStep: 1 },
  questions: [{ questionId: "school_trip", answerHash: "x" }],
  recoveryCodes: [{ digest: "x", usedAt: NOW }],
  confirmedAt: NOW,
};
const common = {
  version: 7,
  problem: null,
  done: null,
  language: "en",
  tenantId: "contoso",
  sessionId: "01",
  goal: "register",
  userName: `ann<b>"x"@contoso.com`,
} as const;
const overviewWith = (registration: typeof NO_REGISTRATION) =>
  ({
    step: "overview",
    displayName: "Ann <b>",
    mustChange: false,
    proofs: [],
    newWaitsHours: 0,
    allowed: true,
    phoneRegion: "BE",
    contact: { url: "https://help.example", byMail: false },
    rules,
    names: ["ann"],
    rule: { minLength: 12, historyLength: 5, complexity: true, minAgeSeconds: 60, source: "domain" },
    overview: makeOverview({
      person: { ...person, registration, onFile: registration, epoch: null },
      rules,
      now: NOW,
      channels: new Set(["text", "call", "email"] as const),
    }),
  }) as const;

const SCREENS: Readonly<Record<string, RegistrationScreen>> = {
  password: { ...common, step: "password" },
  "password, to change it": { ...common, goal: "change", step: "password" },
  checking: { ...common, step: "checking" },
  "overview, nothing yet": { ...common, ...overviewWith(NO_REGISTRATION) },
  "overview, everything": {
    ...common,
    done: { kind: "removed", what: "email" },
    ...overviewWith(everything),
  },
  "overview, not allowed": { ...common, ...overviewWith(NO_REGISTRATION), allowed: false },
  code: {
    ...common,
    step: "code",
    isProof: false,
    what: "mobile",
    channel: "text",
    address: "+32 4•• 56",
    expiresAt: NOW + 300_000,
    resendAt: NOW + 10_000,
    sendsLeft: 2,
  },
  "code, last": {
    ...common,
    step: "code",
    isProof: false,
    what: "email",
    channel: "email",
    address: "a••••@x.example",
    expiresAt: NOW,
    resendAt: NOW,
    sendsLeft: 0,
  },
  authenticator: {
    ...common,
    step: "authenticator",
    uri: new Secret("otpauth://totp/x?secret=A"),
    typed: new Secret("ABCD EFGH"),
  },
  recovery_codes: { ...common, step: "recovery_codes", codes: new Secret(["AAAAA-BBBBB-CCCCC"]) },
  changing: { ...common, step: "changing", since: NOW },
  changed: {
    ...common,
    step: "changed",
    signInAgain: false,
    verdict: makeVerdict("applied", null, { mustChange: true }),
  },
  "changed, to sign in again": {
    ...common,
    step: "changed",
    signInAgain: true,
    verdict: makeVerdict("applied", null),
  },
  "overview, waiting": {
    ...common,
    ...overviewWith({
      ...NO_REGISTRATION,
      mobile: { number: "+32470123456", confirmedAt: NOW, countsFrom: NOW + 1 },
      recoveryCodes: [{ digest: "x", usedAt: null, countsFrom: NOW + 1 }],
    }),
    newWaitsHours: 72,
  },
  "overview, proof needed": {
    ...common,
    ...overviewWith(everything),
    proofs: [
      { method: "text", shown: "+32 4•• 56" },
      { method: "recovery_code", shown: null },
    ],
  },
  "code, as a proof": {
    ...common,
    step: "code",
    isProof: true,
    what: "email",
    channel: "email",
    address: "a••••@x.example",
    expiresAt: NOW,
    resendAt: NOW,
    sendsLeft: 0,
  },
  "prove, by an app": { ...common, step: "prove", method: "authenticator" },
  "prove, by a recovery code": { ...common, step: "prove", method: "recovery_code" },
  unclear: { ...common, step: "unclear" },
};

const contextIn = (language: Language): PageContext => ({
  language,
  texts: TEXTS[language],
  path: "/register",
  requestId: "01",
  brand: { tenantId: "contoso", name: `Contoso "<x>"`, styleUrl: null, logoUrl: null, colour: null },
  assets: { url: (name) => `/assets/${name}` },
});
const viewIn = (language: Language) => ({
  ...contextIn(language),
  words: REGISTRATION_TEXTS[language],
  form: { csrf: "token", version: 7 },
  now: NOW,
});

/** Void elements aside, what is opened is closed, in order; ids are one of a kind; nothing slipped through unrendered. */
function check(text: string): void {
  expect(text).to.not.match(/undefined|\[object|\[redacted\]|NaN|=>|\$\{/);
  expect(text).to.not.include("<b>");
  const open: string[] = [];
  for (const [, close, name = "", attributes = ""] of text.matchAll(
    /<(\/?)([a-z][a-z0-9]*)((?:[^>"]|"[^"]*")*)>/g,
  )) {
    if (close === "/") expect(open.pop(), `</${name}>`).to.equal(name);
    else if (!VOID.has(name) && !attributes.endsWith("/")) open.push(name);
  }
  expect(open).to.deep.equal([]);
  const ids = [...text.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
  expect(new Set(ids).size, ids.join()).to.equal(ids.length);
  for (const [, list = ""] of text.matchAll(/(?:aria-describedby|for|aria-labelledby)="([^"]*)"/g))
    for (const id of list.split(" ")) expect(ids, list).to.include(id);
  expect(text.match(/<h1>/g)).to.have.lengthOf(1);
}
const VOID: ReadonlySet<string> = new Set(["meta", "link", "input", "img", "br", "hr"]);

const PROBLEMS: readonly RegistrationProblem[] = [
  ...(Object.keys(REGISTRATION_TEXTS.en.problems).map((kind) => ({
    kind,
    ...(kind.startsWith("number") ? { field: "mobile", typed: `"><b>` } : {}),
    ...(kind.startsWith("email") ? { typed: `"><b>` } : {}),
    ...(kind === "unavailable" ? { code: "AGENT_OFFLINE" } : {}),
  })) as RegistrationProblem[]),
  { kind: "not_applied", code: "QUEUE_FULL" },
  { kind: "password_refused", verdict: makeVerdict("rejected", "OLD_PASSWORD_WRONG") },
  { kind: "password_refused", verdict: makeVerdict("rejected", "PASSWORD_IN_HISTORY") },
];

describe("pages of the registration portal", () => {
  for (const language of LANGUAGES) {
    it(`are whole in ${language}, each of them`, () => {
      for (const screen of Object.values(SCREENS))
        for (const path of screen.step === "overview" ? PAGES : (["/register"] as const))
          check(page(contextIn(language), screenPage(viewIn(language), screen, path)).toString());
    });

    it(`are whole in ${language} with every problem`, () => {
      for (const problem of PROBLEMS)
        for (const screen of [SCREENS["password"], SCREENS["code"], SCREENS["overview, everything"]])
          if (screen !== undefined) {
            const failed = { ...screen, problem };
            check(
              page(
                contextIn(language),
                screenPage(viewIn(language), failed, pathOf(failed, "/register")),
              ).toString(),
            );
          }
    });

    it(`have words of their own in ${language}`, () => {
      if (language === "en") return;
      const [own, english] = [wordsOf(REGISTRATION_TEXTS[language]), wordsOf(REGISTRATION_TEXTS.en)];
      expect([...own.keys()]).to.deep.equal([...english.keys()]);
      const same = [...own].filter(([at, text]) => text === english.get(at) && text.length > 12);
      expect(same).to.deep.equal([]);
    });
  }

  it("begin with a form that says what is wrong beside the field", () => {
    const screen: StartScreen = {
      csrf: "token",
      question: { token: "t", text: "1 + 1" },
      userName: `"><b>`,
      nameError: "Enter your user name.",
      problem: null,
    };

    check(page(contextIn("en"), startPage(contextIn("en"), screen, "change")).toString());
  });
});

/** Every text with its path, functions called with figures. */
function wordsOf(texts: object, path = ""): Map<string, string> {
  return new Map(
    Object.entries(texts).flatMap(([name, value]: [string, unknown]): [string, string][] => {
      const at = `${path}.${name}`;
      if (typeof value === "string") return [[at, value]];
      if (typeof value === "function") return [[at, (value as (...values: unknown[]) => string)(2, 3)]];
      return [...wordsOf(value as object, at)];
    }),
  );
}
