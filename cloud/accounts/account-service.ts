/** Asks a tenant's agents about one account: its present state in the directory, and whether a password is right. */
import type { AccountView, SignInVerdict } from "../../shared/account.ts";
import type { Suite } from "../../shared/sealing/hpke-suite.ts";
import type { SealedPassword, SealingKeyRecord } from "../../shared/sealing/job.ts";
import type { SignInOrder } from "../../shared/sealing/sign-in.ts";
import type { Secret } from "../../shared/secret.ts";

export type { AccountObstacle, AccountView, SignInVerdict } from "../../shared/account.ts";

/** The order and the keys that a browser seals a sign-in password with. */
export interface SignInDraft {
  readonly order: SignInOrder;
  readonly recipients: readonly SealingKeyRecord[];
  readonly token: string;
}

export type SignInSubmission =
  | {
      readonly kind: "sealed";
      /** The user of the draft. The order itself does not show the id. */
      readonly userId: string;
      readonly order: SignInOrder;
      readonly token: string;
      readonly sealed: readonly SealedPassword[];
    }
  | { readonly kind: "plain"; readonly userId: string; readonly password: Secret };

export interface AccountService {
  /** True when an approved agent of any source that can write back is connected to some node. Cached for about a second. */
  available(tenantId: string): Promise<boolean>;
  /** Throws AGENT_OFFLINE, TIMEOUT, DIRECTORY_*. `groups`: DNs to check membership of, at most 40. */
  look(tenantId: string, userId: string, groups: readonly string[]): Promise<AccountView>;
  /** `suite`: the cipher suite that the caller can seal with; x25519 when left out. Throws AGENT_OFFLINE. */
  draftSignIn(tenantId: string, userId: string, suite?: Suite): Promise<SignInDraft>;
  /**
   * A draft is valid for one password: another submission under it gets the first verdict. Throws WRITEBACK_DRAFT_INVALID,
   * NOT_SEALED_TO_AGENT, PASSWORD_TOO_LONG, SEAL_INVALID, AGENT_OFFLINE, TIMEOUT, DIRECTORY_*.
   */
  signIn(tenantId: string, submission: SignInSubmission): Promise<SignInVerdict>;
}
