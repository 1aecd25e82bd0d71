/**
 * The interface of the registration portal's rules: signing in, and the actions of a signed-in user. There is no HTTP
 * and no Redis in this folder.
 */
import type { Rules } from "../../shared/api/policy.ts";
import type { Language } from "../../shared/language.ts";
import type { Channel, Method } from "../../shared/methods.ts";
import type { PhoneRegion } from "../../shared/phone.ts";
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
import type { ProofOption } from "./step-up.ts";

export type RegistrationScreen = {
  /** Forms carry it. */
  readonly version: number;
  readonly problem: RegistrationProblem | null;
  readonly done: Done | null;
  readonly language: Language;
  readonly tenantId: string;
  readonly sessionId: string;
  readonly goal: "register" | "change";
  /** User name as typed. */
  readonly userName: string;
} & (
  | { readonly step: "password" }
  /** The directory is checking the password. The page reloads. */
  | { readonly step: "checking" }
  | ({ readonly step: "overview" } & SignedInView)
  /** A code was sent. `address`: masked. */
  | {
      readonly step: "code";
      /** True when the code proves that the visitor is the person. Otherwise it confirms a number or address. */
      readonly isProof: boolean;
      readonly what: Addressed;
      readonly channel: Channel;
      readonly address: string;
      readonly expiresAt: number;
      readonly resendAt: number;
      readonly sendsLeft: number;
    }
  /** A code of the app, or a recovery code, is asked for as a proof. */
  | { readonly step: "prove"; readonly method: "authenticator" | "recovery_code" }
  | {
      readonly step: "authenticator";
      /** `otpauth://…`, for the QR code. */
      readonly uri: Secret;
      /** Base32, to be typed. */
      readonly typed: Secret;
    }
  | { readonly step: "recovery_codes"; readonly codes: Secret<readonly string[]> }
  | { readonly step: "changing"; readonly since: number }
  /** `signInAgain`: the session could do nothing but this, and asks for the new password. */
  | { readonly step: "changed"; readonly verdict: Verdict; readonly signInAgain: boolean }
  | { readonly step: "unclear" }
);

/** Everything that the overview and its forms need. */
export interface SignedInView {
  readonly displayName: string | null;
  readonly mustChange: boolean;
  /** True when the policy lets this person register. Otherwise only the password can be changed here. */
  readonly allowed: boolean;
  readonly contact: Contact;
  readonly rules: Rules;
  /** The directory's password rule, as far as it can be read. */
  readonly rule: PasswordRule | null;
  readonly overview: Overview;
  /** Region of phone numbers that are typed without a country code. */
  readonly phoneRegion: PhoneRegion;
  /** Methods that the person has to prove one of before a change; empty when no proof is needed, or when it was given. */
  readonly proofs: readonly ProofOption[];
  /** Hours that a method waits if it is added now; 0 when it counts at once. */
  readonly newWaitsHours: number;
  /** Names that the password should not contain, for the strength hint. */
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

/** Both passwords as typed, from a browser without script. */
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
 * As with resets, problems appear on the next screen. Only SESSION_ENDED, STORE_UNAVAILABLE and unexpected errors are
 * thrown. `version` is that of the screen with the form. Everything from `add` on needs a session that is signed in and
 * throws SESSION_ENDED otherwise.
 */
export interface RegistrationService extends Closable {
  /** Begins a session without looking up the name. Throws RATE_LIMITED (by network), SELF_SERVICE_OFF. */
  begin(
    tenantId: string,
    userName: string,
    goal: "register" | "change",
    visitor: Visitor,
  ): Promise<SessionKey>;
  screen(key: SessionKey): Promise<RegistrationScreen>;
  /** Returns the keys to which the browser seals the password. Throws AGENT_OFFLINE. */
  draftSignIn(key: SessionKey, suite?: Suite): Promise<SignInDraft>;
  /** Answers after 600 ms whatever the result, with a new key. */
  signIn(key: SessionKey, version: number, form: SignInForm): Promise<SessionKey>;
  /**
   * Signs in the same way and, if the old password is correct, changes it at once, so that it is typed once and stored
   * nowhere.
   */
  signInAndChange(key: SessionKey, version: number, form: PlainChange): Promise<SessionKey>;
  /** Waits until the directory has answered the sign-in, or until the signal, and returns the screen. */
  afterSignIn(key: SessionKey, signal: AbortSignal): Promise<RegistrationScreen>;
  /** Emails the administrators, once per session, also before signing in. Throws RATE_LIMITED. */
  askAdministrator(key: SessionKey, message: string): Promise<void>;

  /**
   * Asks for a proof beyond the password, and sends a code where the method needs one. The functions below that change methods
   * need it once per session, when the person has a usable method. Without one, what they add waits before it counts.
   */
  beginProof(key: SessionKey, version: number, method: Method): Promise<void>;
  /** Sends a code to a number or address of the person's own. `channel`: text or call for a number. */
  add(key: SessionKey, version: number, what: Addressed, typed: string, channel: Channel): Promise<void>;
  /** Sends a code to the directory's value. */
  confirmSynced(key: SessionKey, version: number, what: Addressed, channel: Channel): Promise<void>;
  resend(key: SessionKey, version: number): Promise<void>;
  setUpAuthenticator(key: SessionKey, version: number): Promise<void>;
  /** Checks the code that was sent, one of the app being set up, or one that proves. Returns the key to continue with. */
  enterCode(key: SessionKey, version: number, typed: string): Promise<SessionKey>;
  /** Replaces all earlier answers. */
  setQuestions(
    key: SessionKey,
    version: number,
    answers: readonly { readonly questionId: string; readonly answer: string }[],
  ): Promise<void>;
  makeRecoveryCodes(key: SessionKey, version: number): Promise<void>;
  /** The person has saved the codes: from now on they are valid and earlier ones are not. */
  keepRecoveryCodes(key: SessionKey, version: number): Promise<void>;
  remove(key: SessionKey, version: number, what: Registrable): Promise<void>;
  /** Records that the person has confirmed everything. */
  confirmAll(key: SessionKey, version: number): Promise<void>;
  /** Goes back to the overview and drops the current task. */
  cancel(key: SessionKey, version: number): Promise<void>;

  /** Throws AGENT_OFFLINE. */
  draftChange(key: SessionKey, suite?: Suite): Promise<WritebackDraft>;
  /** Waits a few seconds for the verdict; `signal` ends the wait. */
  changePassword(key: SessionKey, version: number, form: ChangeForm, signal: AbortSignal): Promise<void>;

  /** Ends the session. Does not throw if it has ended already. */
  end(key: SessionKey): Promise<void>;
}
