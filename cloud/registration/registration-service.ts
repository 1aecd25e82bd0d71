/** What a person can do at the registration portal once signed in, and how to sign in. No HTTP and no Redis in this folder. */
import type { Rules } from "../../shared/api/policy.ts";
import type { Language } from "../../shared/language.ts";
import type { Channel } from "../../shared/methods.ts";
import type { Suite } from "../../shared/sealing/hpke-suite.ts";
import type { JobOrder, SealedPassword } from "../../shared/sealing/job.ts";
import type { SignInOrder } from "../../shared/sealing/sign-in.ts";
import type { Secret } from "../../shared/secret.ts";
import type { Closable } from "../../shared/shutdown.ts";
import type { PasswordRule, Verdict } from "../../shared/writeback.ts";
import type { SignInDraft } from "../accounts/account-service.ts";
import type { Contact, SessionKey, Visitor } from "../visits/visit.ts";
import type { WritebackDraft } from "../writeback/writeback-service.ts";
import type { Overview } from "./overview.ts";
import type { Addressed, Done, Registrable, RegistrationProblem } from "./session.ts";

export type RegistrationScreen = {
  /** Forms carry it. */
  readonly version: number;
  readonly problem: RegistrationProblem | null;
  readonly done: Done | null;
  readonly language: Language;
  readonly tenantId: string;
  readonly sessionId: string;
  readonly goal: "register" | "change";
  /** The name as typed. */
  readonly userName: string;
} & (
  | { readonly step: "password" }
  /** The directory is being asked. Reload. */
  | { readonly step: "checking" }
  | ({ readonly step: "overview" } & SignedInView)
  /** A code is on its way. `address`: masked. */
  | {
      readonly step: "code";
      readonly what: Addressed;
      readonly channel: Channel;
      readonly address: string;
      readonly expiresAt: number;
      readonly resendAt: number;
      readonly sendsLeft: number;
    }
  | {
      readonly step: "authenticator";
      /** otpauth://…, for the QR code. */
      readonly uri: Secret;
      /** Base32, for who types it. */
      readonly typed: Secret;
    }
  | { readonly step: "recovery_codes"; readonly codes: Secret<readonly string[]> }
  | { readonly step: "changing"; readonly since: number }
  | { readonly step: "changed"; readonly verdict: Verdict }
  | { readonly step: "unclear" }
);

/** What the overview shows, and the forms behind it need. */
export interface SignedInView {
  readonly displayName: string | null;
  readonly mustChange: boolean;
  /** Does the policy let this person register? When not: only the password can be changed here. */
  readonly allowed: boolean;
  readonly contact: Contact;
  readonly rules: Rules;
  /** What a new password must be like, as far as the directory lets it be read. */
  readonly rule: PasswordRule | null;
  readonly overview: Overview;
  /** For the hint against names in passwords. */
  readonly names: readonly string[];
}

export type SignInForm =
  | {
      readonly kind: "sealed";
      readonly order: SignInOrder;
      readonly token: string;
      readonly sealed: readonly SealedPassword[];
    }
  | { readonly kind: "plain"; readonly password: Secret };

/** Both passwords as they were typed, without script. */
export interface PlainChange {
  readonly kind: "plain";
  readonly oldPassword: Secret;
  readonly newPassword: Secret;
  readonly repeated: Secret;
}

export type ChangeForm =
  | {
      readonly kind: "sealed";
      readonly order: JobOrder;
      readonly token: string;
      readonly sealed: readonly SealedPassword[];
    }
  | PlainChange;

/**
 * As with resets: what went wrong is in the next screen; thrown are SESSION_ENDED, STORE_UNAVAILABLE and faults. `version` is of
 * the screen the form was on. All from `add` on need a session that is signed in (SESSION_ENDED).
 */
export interface RegistrationService extends Closable {
  /** Throws RATE_LIMITED (this address), SELF_SERVICE_OFF. Nothing is looked up for the name here. */
  begin(
    tenantId: string,
    userName: string,
    goal: "register" | "change",
    visitor: Visitor,
  ): Promise<SessionKey>;
  screen(key: SessionKey): Promise<RegistrationScreen>;
  /** What the browser seals the password to. Throws AGENT_OFFLINE. */
  draftSignIn(key: SessionKey, suite?: Suite): Promise<SignInDraft>;
  /** Answers after 600 ms, whatever became of it, with another key. */
  signIn(key: SessionKey, version: number, form: SignInForm): Promise<SessionKey>;
  /** The same, and when the old password was right it is changed at once: it was typed once and is kept nowhere. */
  signInAndChange(key: SessionKey, version: number, form: PlainChange): Promise<SessionKey>;
  /** The screen once the directory has answered the sign-in, or as it is at the signal. */
  afterSignIn(key: SessionKey, signal: AbortSignal): Promise<RegistrationScreen>;
  /** Sends to the administrators, once a session; may be asked before signing in. Throws RATE_LIMITED. */
  askAdministrator(key: SessionKey, message: string): Promise<void>;

  /** A number or an address of one's own; a code goes there. `channel`: for a number, text or call. */
  add(key: SessionKey, version: number, what: Addressed, typed: string, channel: Channel): Promise<void>;
  /** A code to the value that the directory has. */
  confirmSynced(key: SessionKey, version: number, what: Addressed, channel: Channel): Promise<void>;
  resend(key: SessionKey, version: number): Promise<void>;
  setUpAuthenticator(key: SessionKey, version: number): Promise<void>;
  /** The code that was sent, or of the app that is being set up. */
  enterCode(key: SessionKey, version: number, typed: string): Promise<void>;
  /** Answers in the order given; replaces those of before. */
  setQuestions(
    key: SessionKey,
    version: number,
    answers: readonly { readonly questionId: string; readonly answer: string }[],
  ): Promise<void>;
  makeRecoveryCodes(key: SessionKey, version: number): Promise<void>;
  /** The person kept them: from now on they count, and those of before do not. */
  keepRecoveryCodes(key: SessionKey, version: number): Promise<void>;
  remove(key: SessionKey, version: number, what: Registrable): Promise<void>;
  /** "Everything is right." */
  confirmAll(key: SessionKey, version: number): Promise<void>;
  /** Back to the overview: what was half done is dropped. */
  cancel(key: SessionKey, version: number): Promise<void>;

  /** Throws AGENT_OFFLINE. */
  draftChange(key: SessionKey, suite?: Suite): Promise<WritebackDraft>;
  /** Waits for the verdict for some seconds; `signal` ends the waiting. */
  changePassword(key: SessionKey, version: number, form: ChangeForm, signal: AbortSignal): Promise<void>;

  /** Ends the session. Never throws for one that is over. */
  end(key: SessionKey): Promise<void>;
}
