/** Asks a tenant's agents about one account: what the directory says of it now, and whether a password opens it. */
import type { AccountView, SignInVerdict } from "../../shared/account.ts";
import type { Suite } from "../../shared/sealing/hpke-suite.ts";
import type { SealedPassword, SealingKeyRecord } from "../../shared/sealing/job.ts";
import type { SignInOrder } from "../../shared/sealing/sign-in.ts";
import type { Secret } from "../../shared/secret.ts";

export type { AccountObstacle, AccountView, SignInVerdict } from "../../shared/account.ts";

/** What a browser seals a sign-in password for. */
export interface SignInDraft {
  readonly order: SignInOrder;
  readonly recipients: readonly SealingKeyRecord[];
  readonly token: string;
}

export type SignInSubmission =
  | {
      readonly kind: "sealed";
      /** Whom it was drafted for: the order does not show it. */
      readonly userId: string;
      readonly order: SignInOrder;
      readonly token: string;
      readonly sealed: readonly SealedPassword[];
    }
  | { readonly kind: "plain"; readonly userId: string; readonly password: Secret };

export interface AccountService {
  /** Is an approved agent that writes back connected anywhere? Kept for about a second. */
  available(tenantId: string): Promise<boolean>;
  /** Throws AGENT_OFFLINE, TIMEOUT, DIRECTORY_*. `groups`: DNs to look for, at most 40. */
  look(tenantId: string, userId: string, groups: readonly string[]): Promise<AccountView>;
  /** `suite`: what the caller can seal with; x25519 when left out. Throws AGENT_OFFLINE. */
  draftSignIn(tenantId: string, userId: string, suite?: Suite): Promise<SignInDraft>;
  /**
   * A draft is good for one password: what is submitted under it again gets the first verdict. Throws WRITEBACK_DRAFT_INVALID,
   * NOT_SEALED_TO_AGENT, PASSWORD_TOO_LONG, SEAL_INVALID, AGENT_OFFLINE, TIMEOUT, DIRECTORY_*.
   */
  signIn(tenantId: string, submission: SignInSubmission): Promise<SignInVerdict>;
}
