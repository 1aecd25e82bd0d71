/** Notices of both portals to people about their own accounts: to every known address, some of them limited per day. */
import type { Language } from "../../shared/language.ts";
import { impossibleNotices } from "../limits/requests.ts";
import type { NoticeFacts, NoticeReason, Notifier } from "../notify/notifier.ts";
import type { PolicyService } from "../policy/policy-service.ts";
import type { NoticeKind } from "../store/delivery-record.ts";
import type { LimitRequest, Limits } from "../store/limits.ts";
import { noticeAddresses } from "./notice-addresses.ts";
import type { Person } from "./people.ts";

/**
 * Delay before an email says that something is not possible, in milliseconds: at random from the first value up to the second. This work
 * exists for real names alone, so it must not slow down the visitor's next request.
 */
export const MAIL_AFTER_MS = [1_000, 4_000] as const;

/** The visit that a notice is about. `id` is the reference in the email. */
export interface Occasion {
  readonly tenantId: string;
  readonly id: string;
  readonly language: Language;
}

export interface PersonNotices {
  /** Sends by text when there is no email address, and names the administrators to contact. Sends nothing to made-up people. */
  tell(occasion: Occasion, person: Person, kind: NoticeKind, facts: NoticeFacts): Promise<void>;
  /**
   * Takes one from `counter` (limits/requests.ts) and returns false when it is exhausted. Made-up people are counted
   * too.
   */
  mayTell(occasion: Occasion, counter: LimitRequest): Promise<boolean>;
  /** Notifies the person that something is not possible. The notices of both portals are counted together. */
  impossible(
    occasion: Occasion,
    person: Person,
    kind: "reset_impossible" | "sign_in_impossible",
    reason: NoticeReason,
  ): Promise<void>;
}

export function createPersonNotices(deps: {
  readonly notifier: Pick<Notifier, "notify">;
  readonly limits: Pick<Limits, "take">;
  readonly policy: Pick<PolicyService, "get">;
}): PersonNotices {
  const { notifier, limits, policy } = deps;

  /** A notice without the administrators' addresses is better than none, so a policy that cannot be read stops none. */
  const contactOf = async (tenantId: string): Promise<NoticeFacts> => {
    const record = await policy.get(tenantId).catch(() => null);
    return contactFact(record?.policy.contact.emails ?? []);
  };

  const notices: PersonNotices = {
    async tell({ tenantId, id, language }, person, kind, facts) {
      const emails = noticeAddresses(person);
      const mobile = person.registration.mobile?.number ?? person.user.mobile;
      const texts = emails.length === 0 && person.real && mobile !== null ? [mobile] : [];
      if (emails.length + texts.length === 0) return;
      await notifier.notify({
        tenantId,
        kind,
        emails,
        texts,
        language,
        correlationId: id,
        facts: { ...nameOf(person), ...(await contactOf(tenantId)), ...facts },
      });
    },
    async mayTell({ tenantId }, counter) {
      return (await limits.take(tenantId, [counter])) === null;
    },
    async impossible(occasion, person, kind, reason) {
      if (await notices.mayTell(occasion, impossibleNotices(person.id)))
        await notices.tell(occasion, person, kind, { reason });
    },
  };
  return notices;
}

/** The administrators to tell; left out when none are named. */
export const contactFact = (emails: readonly string[]): NoticeFacts =>
  emails.length === 0 ? {} : { contact: emails.join(", ") };

/** Name facts for the greeting, and for administrators. */
export const nameOf = ({ user }: Pick<Person, "user">): NoticeFacts => ({
  userName: user.userName,
  ...(user.displayName === null ? {} : { displayName: user.displayName }),
});
