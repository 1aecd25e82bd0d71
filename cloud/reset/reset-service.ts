/** The interface of resets that the portal uses. There is no HTTP and no Redis in this folder. */
import type { Language } from "../../shared/language.ts";
import type { Method } from "../../shared/methods.ts";
import type { Suite } from "../../shared/sealing/hpke-suite.ts";
import type { JobOrder, SealedPassword } from "../../shared/sealing/job.ts";
import type { Secret } from "../../shared/secret.ts";
import type { Closable } from "../../shared/shutdown.ts";
import type { PasswordRule, Verdict } from "../../shared/writeback.ts";
import type { AccountObstacle } from "../accounts/account-service.ts";
import type { RecentMethod } from "../people/recent-methods.ts";
import type { Contact, SessionKey, Visitor } from "../visits/visit.ts";
import type { WritebackDraft } from "../writeback/writeback-service.ts";
import type { Attempt } from "./attempt.ts";

export interface MethodOption {
  readonly method: Method;
  /** Last two digits of the number; null where there is no number to type. */
  readonly lastDigits: string | null;
}

/** The result of the last action, shown on the next screen. The same for every name until the first proof. */
export type ResetProblem = NonNullable<Attempt["problem"]>;

export type ResetScreen = {
  /** Increases with each action. Forms carry it, so that a form of an earlier screen is recognised. */
  readonly version: number;
  readonly problem: ResetProblem | null;
  readonly language: Language;
  readonly tenantId: string;
  readonly attemptId: string;
  /** The name as typed. */
  readonly userName: string;
} & (
  | { readonly step: "reason" }
  /** `proven`: number of proofs given. `required` is null before the first proof, since it may differ from person to person. */
  | {
      readonly step: "choose";
      readonly proven: 0 | 1;
      readonly required: 1 | 2 | null;
      readonly options: readonly MethodOption[];
      /** The number that was just refused, to be corrected. */
      readonly typedNumber?: string | null;
    }
  /** Shown whether or not a code was sent. */
  | {
      readonly step: "code";
      readonly method: Method;
      readonly lastDigits: string | null;
      readonly proven: 0 | 1;
      /** Epoch ms. */
      readonly resendAt: number;
      readonly expiresAt: number;
      readonly sendsLeft: number;
      readonly work: number;
    }
  /** `work`: how much proof of work the form needs, as a multiple of that of a start; 0: none. */
  | { readonly step: "questions"; readonly questionIds: readonly string[]; readonly work: number }
  /** Enter a code that is not sent. */
  | {
      readonly step: "enter";
      readonly method: "authenticator" | "recovery_code";
      readonly proven: 0 | 1;
      /** One code was right, and the next one is needed as well. */
      readonly needsNextCode: boolean;
      readonly work: number;
    }
  | {
      readonly step: "password";
      readonly rule: PasswordRule | null;
      /** Names that the password should not contain, for the strength hint. */
      readonly names: readonly string[];
    }
  /** Proven; one button unlocks the account. */
  | { readonly step: "unlock" }
  /** Proven; the password may be set from then on (epoch ms). The page reloads. */
  | { readonly step: "paused"; readonly until: number }
  /** Handed to the agents, no verdict yet. The page reloads. */
  | { readonly step: "waiting"; readonly operation: "reset" | "unlock"; readonly since: number }
  | {
      readonly step: "done";
      readonly operation: "reset" | "unlock";
      readonly verdict: Verdict;
      /** Methods registered in the last 30 days. */
      readonly recent: readonly RecentMethod[];
    }
  /** The directory did not confirm the change. The visitor should try the new password. */
  | { readonly step: "unclear"; readonly operation: "reset" | "unlock" }
  /** Proven, but not possible for this account. */
  | {
      readonly step: "impossible";
      readonly reason:
        | AccountObstacle
        | "policy_group_missing"
        | "not_in_policy"
        | "unlock_off"
        | "too_few_methods"
        | "number_held"
        | "user_gone";
      readonly contact: Contact;
    }
  /** Too many failures: self-service is blocked for this name. The same for names that do not exist. */
  | { readonly step: "blocked"; readonly until: number; readonly contact: Contact }
);

export type PasswordSubmission =
  | {
      readonly kind: "sealed";
      readonly order: JobOrder;
      readonly token: string;
      readonly sealed: readonly SealedPassword[];
    }
  /** Sealed by the cloud, which the audit records. `repeated`: the second field. */
  | { readonly kind: "plain"; readonly newPassword: Secret; readonly repeated: Secret };

/**
 * Every action returns the key to continue with: a new one after a proof, the same one otherwise. Problems appear on
 * the next screen. Only SESSION_ENDED (no such session, expired, or another browser's), STORE_UNAVAILABLE and
 * unexpected errors are thrown. `version` is that of the screen with the form.
 */
export interface ResetService extends Closable {
  /** True when an agent can be reached. Shown before anything is typed. */
  available(tenantId: string): Promise<boolean>;
  /** Begins an attempt without looking up the name. Throws RATE_LIMITED (by network). */
  begin(tenantId: string, userName: string, visitor: Visitor): Promise<SessionKey>;
  /** Throws SESSION_ENDED. */
  screen(key: SessionKey): Promise<ResetScreen>;
  chooseReason(key: SessionKey, version: number, reason: "forgot" | "locked"): Promise<SessionKey>;
  /** `typedNumber`: the full number in any notation, for methods with a number. Answers before anything is looked up or sent. */
  chooseMethod(
    key: SessionKey,
    version: number,
    method: Method,
    typedNumber: string | null,
  ): Promise<SessionKey>;
  resend(key: SessionKey, version: number): Promise<SessionKey>;
  /** Goes back to the choice of methods. */
  chooseAgain(key: SessionKey, version: number): Promise<SessionKey>;
  /**
   * Checks a code that was sent, a code of the authenticator app, or a recovery code. `work`: how much proof of work came with it.
   */
  enterCode(key: SessionKey, version: number, typed: string, work?: number): Promise<SessionKey>;
  answerQuestions(
    key: SessionKey,
    version: number,
    answers: Readonly<Record<string, string>>,
    work?: number,
  ): Promise<SessionKey>;
  /** Returns the keys to seal to. `suite`: what the browser can seal with. Throws AGENT_OFFLINE, SESSION_ENDED (also when not proven). */
  draft(key: SessionKey, suite?: Suite): Promise<WritebackDraft>;
  /** Waits a few seconds for the verdict; `signal` ends the wait. The same submission twice makes one job. */
  submitPassword(
    key: SessionKey,
    version: number,
    submission: PasswordSubmission,
    signal: AbortSignal,
  ): Promise<SessionKey>;
  unlock(key: SessionKey, version: number, signal: AbortSignal): Promise<SessionKey>;
  /** Emails the administrators, once per attempt. The email says whether the visitor has proven anything. */
  askAdministrator(key: SessionKey, version: number, message: string): Promise<SessionKey>;
  /** Ends the session. Does not throw if it has ended already. */
  end(key: SessionKey): Promise<void>;
}
