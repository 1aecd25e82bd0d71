/** What people and administrators are told by mail about a reset, and how often at most. */
import type { Policy } from "../../shared/api/policy.ts";
import type { Limits } from "../limits/limits.ts";
import type { Notice, NoticeFacts, NoticeKind, NoticeReason, Notifier } from "../notify/notifier.ts";
import { noticeAddresses } from "../people/notice-addresses.ts";
import type { Person } from "../people/people.ts";
import type { Attempt } from "./attempt.ts";
import { countedProofs } from "./attempt-step.ts";

const DAY_MS = 86_400_000;
const MAX_IMPOSSIBLE_A_DAY = 3;

export interface ResetNotices {
  /** To whoever asked for what cannot be done; also for a name nobody has, for which nothing goes out. */
  impossible(attempt: Attempt, person: Person, reason: NoticeReason): Promise<void>;
  /** Once a day. */
  blocked(attempt: Attempt, person: Person, until: number): Promise<void>;
  done(attempt: Attempt, person: Person, operation: "reset" | "unlock"): Promise<void>;
  /** To the administrators, when the account has power. */
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
    outcome: "applied" | "refused" | "not_applied",
  ): Promise<void>;
  contactRequest(
    attempt: Attempt,
    policy: Policy,
    message: string,
    reason: NoticeReason | null,
  ): Promise<void>;
  breakerOpened(tenantId: string, policy: Policy, failed: number): Promise<void>;
}

export function createResetNotices(deps: {
  readonly notifier: Pick<Notifier, "notify">;
  readonly limits: Pick<Limits, "take">;
}): ResetNotices {
  const { notifier, limits } = deps;

  async function toPerson(
    attempt: Attempt,
    person: Person,
    kind: NoticeKind,
    facts: NoticeFacts,
  ): Promise<void> {
    const emails = noticeAddresses(person);
    const mobile = person.registration.mobile?.number ?? person.user.mobile;
    const texts = emails.length === 0 && person.real && mobile !== null ? [mobile] : [];
    if (emails.length + texts.length === 0) return;
    const { tenantId, language, id: correlationId } = attempt;
    await notifier.notify({
      ...{ tenantId, kind, emails, texts, language, correlationId },
      facts: { ...nameOf(person), ...facts },
    });
  }

  async function toAdmins(notice: Omit<Notice, "texts">): Promise<void> {
    if (notice.emails.length > 0) await notifier.notify(notice);
  }

  const mayTell = async (attempt: Attempt, person: Person, what: string, limit: number): Promise<boolean> => {
    const want = { key: `person:${person.id}:${what}`, limit, windowMs: DAY_MS };
    return (await limits.take(attempt.tenantId, [want])) === null;
  };

  return {
    async impossible(attempt, person, reason) {
      if (await mayTell(attempt, person, "impossible-notices", MAX_IMPOSSIBLE_A_DAY))
        await toPerson(attempt, person, "reset_impossible", { reason });
    },
    async blocked(attempt, person, until) {
      if (await mayTell(attempt, person, "blocked-notices", 1))
        await toPerson(attempt, person, "self_service_blocked", { until: String(until) });
    },
    async done(attempt, person, operation) {
      if (attempt.account?.notifyUser === false) return;
      const kind = operation === "reset" ? "password_reset" : "account_unlocked";
      await toPerson(attempt, person, kind, { method: methodsOf(attempt) });
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
      toPerson(attempt, person, "outcome_known", { operation, outcome }),
    contactRequest: ({ tenantId, id, userName, proofs }, policy, message, reason) =>
      toAdmins({
        tenantId,
        kind: "admin_contact_request",
        emails: policy.contact.emails,
        language: policy.language,
        correlationId: id,
        facts: {
          userName,
          message,
          proven: proofs.length > 0 ? "yes" : "no",
          ...(reason === null ? {} : { reason }),
        },
      }),
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

const nameOf = ({ user }: Person): NoticeFacts => ({
  userName: user.userName,
  ...(user.displayName === null ? {} : { displayName: user.displayName }),
});

const methodsOf = (attempt: Attempt): string =>
  countedProofs(attempt)
    .map(({ method }) => method)
    .join(",");
