/** One attempt of a person to get back in, as the portal sees it. The rules are next door; no HTTP and no Redis in this folder. */
import type { Language } from "../../shared/language.ts";
import type { Method } from "../../shared/methods.ts";
import type { Suite } from "../../shared/sealing/hpke-suite.ts";
import type { JobOrder, SealedPassword } from "../../shared/sealing/job.ts";
import type { Secret } from "../../shared/secret.ts";
import type { Closable } from "../../shared/shutdown.ts";
import type { PasswordRule, Verdict } from "../../shared/writeback.ts";
import type { AccountObstacle } from "../accounts/account-service.ts";
import type { Contact, SessionKey, Visitor } from "../visits/visit.ts";
import type { WritebackDraft } from "../writeback/writeback-service.ts";

export interface MethodOption {
  readonly method: Method;
  /** Last two digits of the number; null where there is no number to type. */
  readonly lastDigits: string | null;
}

/** What the screen says about what was just done; null: nothing. Alike for everybody until the first proof. */
export type ResetProblem =
  | { readonly kind: "wrong_code" }
  | { readonly kind: "wrong_answers" }
  | { readonly kind: "code_expired" }
  | { readonly kind: "too_many_sends" }
  | { readonly kind: "resend_too_soon" }
  | { readonly kind: "number_invalid" }
  | { readonly kind: "method_used" }
  /** The form was of an earlier screen (two tabs, the back button). */
  | { readonly kind: "stale" }
  | { readonly kind: "passwords_differ" }
  | { readonly kind: "password_empty" }
  | { readonly kind: "password_too_long" }
  /** The verdict refused the password: the rule, and the person stays. */
  | { readonly kind: "password_refused"; readonly verdict: Verdict }
  /** Nothing was changed; trying again is right: JOB_EXPIRED, AGENT_OFFLINE, NOT_APPLIED, BRAKE_ENGAGED, QUEUE_FULL, … */
  | { readonly kind: "not_applied"; readonly code: string };

export type ResetScreen = {
  /** Counts up with each action; forms carry it, so that a form of an earlier screen is noticed. */
  readonly version: number;
  readonly problem: ResetProblem | null;
  readonly language: Language;
  readonly tenantId: string;
  readonly attemptId: string;
  /** The name as typed. */
  readonly userName: string;
} & (
  | { readonly step: "reason" }
  /** `proven`: how many proofs there are. `required` is null before the first proof: it may differ by person. */
  | {
      readonly step: "choose";
      readonly proven: 0 | 1;
      readonly required: 1 | 2 | null;
      readonly options: readonly MethodOption[];
    }
  /** A code is on its way, or so it seems. */
  | {
      readonly step: "code";
      readonly method: Method;
      readonly lastDigits: string | null;
      readonly proven: 0 | 1;
      /** Epoch ms. */
      readonly resendAt: number;
      readonly expiresAt: number;
      readonly sendsLeft: number;
    }
  | { readonly step: "questions"; readonly questionIds: readonly string[] }
  /** `authenticator` and `recovery_code`: nothing is sent. */
  | { readonly step: "enter"; readonly method: "authenticator" | "recovery_code"; readonly proven: 0 | 1 }
  | {
      readonly step: "password";
      readonly rule: PasswordRule | null;
      /** For the hint against names in passwords. */
      readonly names: readonly string[];
    }
  /** Unlock: proven, one button. */
  | { readonly step: "unlock" }
  /** Handed to the agents, no verdict yet. Reload. */
  | { readonly step: "waiting"; readonly operation: "reset" | "unlock"; readonly since: number }
  | {
      readonly step: "done";
      readonly operation: "reset" | "unlock";
      readonly verdict: Verdict;
    }
  /** The directory did not confirm. Try the new password. */
  | { readonly step: "unclear"; readonly operation: "reset" | "unlock" }
  /** Proven, and it cannot be done here: what concerns the account. */
  | {
      readonly step: "impossible";
      readonly reason:
        AccountObstacle | "not_in_policy" | "unlock_off" | "too_few_methods" | "number_held" | "user_gone";
      readonly contact: Contact;
    }
  /** Too many failures: self-service is closed for this name. Alike for names nobody has. */
  | { readonly step: "blocked"; readonly until: number; readonly contact: Contact }
);

export type PasswordSubmission =
  | {
      readonly kind: "sealed";
      readonly order: JobOrder;
      readonly token: string;
      readonly sealed: readonly SealedPassword[];
    }
  /** Sealed here, which the audit says. `repeated`: the second field. */
  | { readonly kind: "plain"; readonly newPassword: Secret; readonly repeated: Secret };

/**
 * Every action answers with the key to go on with: another one after a proof, the same otherwise. What went wrong is in the
 * next screen, not thrown; thrown are SESSION_ENDED (none, expired, or not this browser's), STORE_UNAVAILABLE and faults.
 * `version` is of the screen the form was on.
 */
export interface ResetService extends Closable {
  /** Can anything be reset now? Said to everybody, before anything else (R08). */
  available(tenantId: string): Promise<boolean>;
  /** Throws RATE_LIMITED (this address). Nothing is looked up for the name here. */
  begin(tenantId: string, userName: string, visitor: Visitor): Promise<SessionKey>;
  /** Throws SESSION_ENDED. */
  screen(key: SessionKey): Promise<ResetScreen>;
  chooseReason(key: SessionKey, version: number, reason: "forgot" | "locked"): Promise<SessionKey>;
  /** `typedNumber`: in full, any notation; for the methods with a number. Answers before anything is looked up or sent. */
  chooseMethod(
    key: SessionKey,
    version: number,
    method: Method,
    typedNumber: string | null,
  ): Promise<SessionKey>;
  resend(key: SessionKey, version: number): Promise<SessionKey>;
  /** Back to the choice of methods. */
  chooseAgain(key: SessionKey, version: number): Promise<SessionKey>;
  /** The code that was sent, of the app, or a recovery code. */
  enterCode(key: SessionKey, version: number, typed: string): Promise<SessionKey>;
  answerQuestions(
    key: SessionKey,
    version: number,
    answers: Readonly<Record<string, string>>,
  ): Promise<SessionKey>;
  /** What the browser seals to; `suite`: what it can seal with. Throws AGENT_OFFLINE, SESSION_ENDED (also: not proven). */
  draft(key: SessionKey, suite?: Suite): Promise<WritebackDraft>;
  /** Waits for the verdict for some seconds; `signal` ends the waiting. The same submission twice is one job. */
  submitPassword(
    key: SessionKey,
    version: number,
    submission: PasswordSubmission,
    signal: AbortSignal,
  ): Promise<SessionKey>;
  unlock(key: SessionKey, version: number, signal: AbortSignal): Promise<SessionKey>;
  /** R09: mail to the administrators, once an attempt. Whoever asks; before a proof the mail says so. */
  askAdministrator(key: SessionKey, version: number, message: string): Promise<SessionKey>;
  /** Ends the session. Never throws for one that is over. */
  end(key: SessionKey): Promise<void>;
}
