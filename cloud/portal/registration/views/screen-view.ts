/** Chooses the page for a screen, and the address that the page belongs to. */
import type { RegistrationScreen } from "../../../registration/registration-service.ts";
import type { RegistrationProblem } from "../../../registration/session.ts";
import type { Page } from "../../layout.ts";
import { changedPage, changePage, changingPage, signInAndChangePage, unclearPage } from "./change-views.ts";
import { authenticatorPage, codePage, recoveryCodesPage } from "./code-views.ts";
import { emailPage, numberPage, questionsPage } from "./form-views.ts";
import { overviewPage } from "./overview-view.ts";
import { checkingPage, signInPage } from "./sign-in-views.ts";
import { provePage, verifyPage } from "./verify-views.ts";
import type { StepScreen, View } from "./view.ts";

/** Addresses at which GET answers with a page of a session. */
export const PAGES = [
  "/register",
  "/register/mobile",
  "/register/office",
  "/register/email",
  "/register/questions",
  "/register/verify",
  "/change",
] as const;
export type PagePath = (typeof PAGES)[number];

/**
 * Finds the address of a screen. An unfinished task takes precedence over `asked`, and a problem is shown with its
 * form.
 */
export function pathOf(screen: RegistrationScreen, asked: PagePath): PagePath {
  if (screen.step !== "overview") return "/register";
  const { problem, goal, allowed, overview, mustChange, proofs } = screen;
  if (mustChange) return "/change";
  if (problem !== null && "field" in problem)
    return problem.field === "mobile" ? "/register/mobile" : "/register/office";
  const form = problem === null ? undefined : FORM_OF_PROBLEM[problem.kind];
  if (form !== undefined) return form;
  if (asked === "/change" || goal === "change") return "/change";
  if (problem?.kind === "proof_needed" && proofs.length > 0) return "/register/verify";
  const what = FORM_OF[asked];
  const isOffered =
    what !== undefined && allowed && overview.items.some((item) => item.what === what && item.isUsed);
  if (!isOffered && asked !== "/register/verify") return "/register";
  // The form would be refused once it is filled in.
  if (allowed && proofs.length > 0) return "/register/verify";
  return isOffered ? asked : "/register";
}

/**
 * The form that each problem belongs to. Problems with numbers name their field themselves; the others belong to the
 * overview.
 */
const FORM_OF_PROBLEM: Readonly<Partial<Record<RegistrationProblem["kind"], PagePath>>> = {
  email_invalid: "/register/email",
  email_is_account: "/register/email",
  questions_incomplete: "/register/questions",
  questions_repeated: "/register/questions",
  answer_too_short: "/register/questions",
  answers_alike: "/register/questions",
  password_empty: "/change",
  password_too_long: "/change",
  passwords_differ: "/change",
  password_refused: "/change",
  not_applied: "/change",
  too_many_sign_ins: "/change",
};

const FORM_OF: Readonly<Partial<Record<PagePath, "mobile" | "officePhone" | "email" | "questions">>> = {
  "/register/mobile": "mobile",
  "/register/office": "officePhone",
  "/register/email": "email",
  "/register/questions": "questions",
};

export function screenPage(view: View, screen: RegistrationScreen, path: PagePath): Page {
  const page = stepPage(view, screen, path);
  return {
    ...page,
    screen: screen.step === "overview" ? path.slice(1).replace("/", "-") : screen.step,
    failed: page.failed ?? screen.problem !== null,
  };
}

function stepPage(view: View, screen: RegistrationScreen, path: PagePath): Page {
  switch (screen.step) {
    case "password":
      return screen.goal === "change" ? signInAndChangePage(view, screen) : signInPage(view, screen);
    case "checking":
      return checkingPage(view);
    case "overview":
      return formPage(view, screen, path);
    case "code":
      return codePage(view, screen);
    case "authenticator":
      return authenticatorPage(view, screen);
    case "recovery_codes":
      return recoveryCodesPage(view, screen);
    case "prove":
      return provePage(view, screen);
    case "changing":
      return changingPage(view);
    case "changed":
      return changedPage(view, screen);
    case "unclear":
      return unclearPage(view);
  }
}

function formPage(view: View, screen: StepScreen<"overview">, path: PagePath): Page {
  switch (path) {
    case "/register":
      return overviewPage(view, screen);
    case "/register/mobile":
      return numberPage(view, screen, "mobile");
    case "/register/office":
      return numberPage(view, screen, "officePhone");
    case "/register/email":
      return emailPage(view, screen);
    case "/register/questions":
      return questionsPage(view, screen);
    case "/register/verify":
      return verifyPage(view, screen);
    case "/change":
      return changePage(view, screen);
  }
}
