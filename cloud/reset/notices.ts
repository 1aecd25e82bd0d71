/** Emails to people and administrators about resets, with their limits. */
import type { Policy } from "../../shared/api/policy.ts";
import { blockedNotices } from "../limits/requests.ts";
import type { Notice, NoticeReason, Notifier } from "../notify/notifier.ts";
import type { KnownPerson, Person } from "../people/people.ts";
import { createPersonNotices, nameOf } from "../people/person-notices.ts";
import { recentFact, recentMethods } from "../people/recent-methods.ts";
import type { PolicyService } from "../policy/policy-service.ts";
import type { Limits } from "../store/limits.ts";
import type { DefiniteOutcome } from "../writeback/job-outcome.ts";
import type { Attempt } from "./attempt.ts";
import { countedProofs } from "./attempt-step.ts";

export interface ResetNotices {
  /** Tells the account's owner that a reset was asked for and is not possible. Nothing is sent for made-up people. */
  impossible(attempt: Attempt, person: Person, reason: NoticeReason): Promise<void>;
  /** Tells the account's owner that self-service is blocked, at most once a day. */
  blocked(attempt: Attempt, person: Person, until: number): Promise<void>;
  /** Also names what was registered lately: whoever has the password may have added methods to keep the account. */
  done(attempt: Attempt, person: KnownPerson, operation: "reset" | "unlock", now: number): Promise<void>;
  /** Tells administrators about a reset of a privileged account. */
  privilegedDone(
    attempt: Attempt,
    person: Person,
    operation: "reset" | "unlock",
    policy: Policy,
  ): Promise<void>;
  outcomeKnown(
    attempt: Attempt,
    person: Person,
    operation: "reset" | "unlock",
    outcome: DefiniteOutcome,
  ): Promise<void>;
  breakerOpened(tenantId: string, policy: Policy, failed: number): Promise<void>;
}

export function createResetNotices(deps: {
  readonly notifier: Pick<Notifier, "notify">;
  readonly limits: Pick<Limits, "take">;
  readonly policy: Pick<PolicyService, "get">;
}): ResetNotices {
  const { notifier } = deps;
  const mails = createPersonNotices(deps);

  async function toAdmins(notice: Omit<Notice, "texts">): Promise<void> {
    if (notice.emails.length > 0) await notifier.notify(notice);
  }

  return {
    impossible: (attempt, person, reason) => mails.impossible(attempt, person, "reset_impossible", reason),
    async blocked(attempt, person, until) {
      if (await mails.mayTell(attempt, blockedNotices(person.id)))
        await mails.tell(attempt, person, "self_service_blocked", { until: String(until) });
    },
    async done(attempt, person, operation, now) {
      if (attempt.account?.notifyUser === false) return;
      const kind = operation === "reset" ? "password_reset" : "account_unlocked";
      await mails.tell(attempt, person, kind, {
        method: methodsOf(attempt),
        ...recentFact(recentMethods(person.onFile, now)),
      });
    },
    async privilegedDone(attempt, person, operation, policy) {
      if (attempt.account?.privileged !== true) return;
      await toAdmins({
        tenantId: attempt.tenantId,
        kind: "admin_privileged_reset",
        emails: policy.admins.emails,
        language: policy.language,
        correlationId: attempt.id,
        facts: { ...nameOf(person), operation, method: methodsOf(attempt) },
      });
    },
    outcomeKnown: (attempt, person, operation, outcome) =>
      mails.tell(attempt, person, "outcome_known", { operation, outcome: wordOf(outcome) }),
    breakerOpened: (tenantId, policy, failed) =>
      toAdmins({
        tenantId,
        kind: "admin_breaker_opened",
        emails: policy.admins.emails,
        language: policy.language,
        correlationId: tenantId,
        facts: { failed: String(failed) },
      }),
  };
}

const wordOf = (outcome: DefiniteOutcome): "applied" | "not_applied" | "refused" =>
  outcome.kind === "applied" ? "applied" : outcome.code === "NOT_APPLIED" ? "not_applied" : "refused";

const methodsOf = (attempt: Attempt): string =>
  countedProofs(attempt)
    .map(({ method }) => method)
    .join(",");
