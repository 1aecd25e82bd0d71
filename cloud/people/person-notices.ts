/** What both portals tell people about their own accounts: to every address known, and of some things only so often a day. */
import type { Language } from "../../shared/language.ts";
import { impossibleNotices } from "../limits/counters.ts";
import type { NoticeFacts, NoticeReason, Notifier } from "../notify/notifier.ts";
import type { NoticeKind } from "../store/delivery-record.ts";
import type { LimitRequest, Limits } from "../store/limits.ts";
import { noticeAddresses } from "./notice-addresses.ts";
import type { Person } from "./people.ts";

/**
 * How long after the answer a person is told by mail that something cannot be done: milliseconds, at random between the two. Work that
 * exists for real names alone must not slow down the visitor's next request (T-01).
 */
export const MAIL_AFTER_MS = [1_000, 4_000] as const;

/** The attempt or session it is about; `id` is the mail's reference. */
export interface Occasion {
  readonly tenantId: string;
  readonly id: string;
  readonly language: Language;
}

export interface PersonNotices {
  /** By text when there is no address for mail. Nothing goes out to who is made up. */
  tell(occasion: Occasion, person: Person, kind: NoticeKind, facts: NoticeFacts): Promise<void>;
  /** Is it one of so many a day? Counted alike for who is made up. */
  mayTell(occasion: Occasion, counter: LimitRequest): Promise<boolean>;
  /** To whoever asked for what cannot be done, at either portal; counted together. */
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
}): PersonNotices {
  const { notifier, limits } = deps;

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
        facts: { ...nameOf(person), ...facts },
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

/** For the greeting, and for administrators. */
export const nameOf = ({ user }: Person): NoticeFacts => ({
  userName: user.userName,
  ...(user.displayName === null ? {} : { displayName: user.displayName }),
});
