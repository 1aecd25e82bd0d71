/** Dependencies of the registration service and its parts. */
import type { Clock } from "../../shared/clock.ts";
import type { Logger } from "../../shared/logger.ts";
import type { AccountService } from "../accounts/account-service.ts";
import type { Audit } from "../audit/audit.ts";
import type { PortalKeys } from "../keys/portal-keys.ts";
import type { Proofs } from "../methods/proofs.ts";
import type { Notifier } from "../notify/notifier.ts";
import type { MethodChanges } from "../people/method-changes.ts";
import type { People } from "../people/people.ts";
import type { PolicyService } from "../policy/policy-service.ts";
import type { Limits } from "../store/limits.ts";
import type { Registrations } from "../store/registration-record.ts";
import type { UserStore } from "../store/users.ts";
import type { VisitStore } from "../store/visits.ts";
import type { WritebackService } from "../writeback/writeback-service.ts";
import type { RegistrationSession } from "./session.ts";

/** Counts the entry of a code before it is compared. Returns false when a limit is reached. `amount`: -1 gives it back. */
export type CountTry = (session: RegistrationSession, amount: -1 | 1) => Promise<boolean>;

export interface RegistrationDeps {
  readonly sessions: VisitStore<RegistrationSession>;
  readonly registrations: Registrations;
  readonly methodChanges: Pick<MethodChanges, "change">;
  readonly proofs: Pick<Proofs, "authenticator" | "recoveryCode">;
  readonly people: People;
  readonly users: Pick<UserStore, "count">;
  readonly policy: Pick<PolicyService, "get">;
  readonly accounts: Pick<AccountService, "draftSignIn" | "signIn" | "look">;
  readonly writeback: Pick<WritebackService, "draft" | "submit" | "waitForVerdict">;
  readonly notifier: Pick<Notifier, "channels" | "sendOtp" | "notify">;
  readonly limits: Pick<Limits, "take" | "giveBack" | "count" | "known" | "remember">;
  /** Returns the tenant's name, which authenticator apps show next to the account. */
  readonly tenantName: (tenantId: string) => Promise<string>;
  readonly portalKeys: PortalKeys;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly log: Logger;
}
