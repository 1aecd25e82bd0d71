/**
 * Notifies people that a destination of codes has changed in the directory: mobile number, office number or alternate address. The
 * notice goes to the old number and to every old address, because in Active Directory anyone at an unlocked PC can change them.
 * Many changes at once are an administrator's work, a mistake or an attack, so the administrators are notified too.
 */
import type { Clock } from "../../shared/clock.ts";
import { HOUR_MS, MINUTE_MS } from "../../shared/durations.ts";
import { isAppError, toAppError } from "../../shared/errors.ts";
import { newId } from "../../shared/ids.ts";
import type { Logger } from "../../shared/logger.ts";
import type { Closable } from "../../shared/shutdown.ts";
import { numberNotices } from "../limits/requests.ts";
import type { Notifier } from "../notify/notifier.ts";
import { decidePolicy } from "../policy/decide.ts";
import { changedDestinations } from "../store/destination-times.ts";
import type { NumberChangeStore } from "../store/number-changes.ts";
import { changedAtOf, type StoredUser } from "../store/user-record.ts";
import { noticeAddresses } from "./notice-addresses.ts";
import { createMayText, type NoticeTextsDeps } from "./notice-texts.ts";
import type { People, Person } from "./people.ts";
import { contactFact } from "./person-notices.ts";

export interface NumberChanges extends Closable {
  /**
   * Sends the notices about the changes of a run that has just ended, at most 200 at a time. The next call or the timer sends the
   * others, and those that fail.
   */
  tell(tenantId: string): Promise<void>;
}

export interface NumberChangesDeps extends NoticeTextsDeps {
  readonly changes: NumberChangeStore;
  readonly people: Pick<People, "get" | "getDeparted">;
  readonly notifier: Pick<Notifier, "notify">;
  readonly tenantIds: () => Promise<readonly string[]>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** More changes than this at once are reported to administrators too. */
const MANY = 20;
/** Number of people who are notified at a time, so that ten thousand changes do not fill the mail server's queue at once. */
const PER_ROUND = 200;
/** Interval at which this node looks for changes that are left, also by a dead node. */
const WATCH_EVERY_MS = MINUTE_MS;
/** Time for which one node sends the notices of a tenant before another may take over. */
const TELLER_MS = MINUTE_MS;

export function startNumberChanges(deps: NumberChangesDeps): NumberChanges {
  const { changes, people, notifier, policy, limits, clock } = deps;
  const log = deps.log.child({ room: "sync" });
  const mayText = createMayText(deps);
  const stop = new AbortController();

  /**
   * Returns a user who left the directory after the change as well: leaving for one run must not suppress the notice. "refused" when
   * the record is.
   */
  async function find(tenantId: string, userId: string): Promise<Person | "refused" | null> {
    try {
      return (await people.get(tenantId, userId)) ?? (await people.getDeparted(tenantId, userId));
    } catch (error) {
      if (isAppError(error, "RECORD_FORGED")) return "refused";
      throw error;
    }
  }

  /** Returns false for a user whose record is refused: what changed is known only when a run has written it again. */
  async function tellOrWait(tenantId: string, before: StoredUser, sparesTexts: boolean): Promise<boolean> {
    const person = await find(tenantId, before.id);
    if (person === "refused") return false;
    if (person !== null) await tellOne(tenantId, before, person, sparesTexts);
    return true;
  }

  /** `sparesTexts`: many changes at once are not texted to people with an address, so that the budget lasts for those without one. */
  async function tellOne(
    tenantId: string,
    before: StoredUser,
    person: Person,
    sparesTexts: boolean,
  ): Promise<void> {
    const changed = changedDestinations(before, person.user);
    if (changed.length === 0) return; // changed back
    const { policy: document } = await policy.get(tenantId);
    const { rules } = decidePolicy(document, {
      source: person.user.source,
      groups: [],
      protected: person.user.protected,
    });
    const changedAt = Math.max(...changed.map((field) => changedAtOf(person.user, field) ?? 0));
    const heldUntil = changedAt + rules.number.holdHours * HOUR_MS;
    const isHeld = rules.number.trust === "aged" && heldUntil > clock.now();
    const { alternateEmail } = before;
    const emails = [
      ...new Set([
        ...noticeAddresses({ ...person, user: before }),
        ...noticeAddresses({ ...person, user: { ...person.user, alternateEmail } }),
      ]),
    ];
    const mobile = sparesTexts && emails.length > 0 ? null : before.mobile;
    const texts = mobile === null || !(await mayText(tenantId, person.id, mobile)) ? [] : [mobile];
    if (emails.length + texts.length === 0) return;
    const { userName, displayName } = person.user;
    await notifier.notify({
      tenantId,
      kind: "number_changed",
      emails,
      texts,
      language: document.language,
      correlationId: newId(),
      facts: {
        userName,
        ...(displayName === null ? {} : { displayName }),
        changed: changed.join(","),
        ...(isHeld ? { until: String(heldUntil) } : {}),
        ...contactFact(document.contact.emails),
      },
    });
  }

  async function tellAdmins(tenantId: string, count: number): Promise<void> {
    log.warn("sync.numbers.changed", { tenantId, count });
    const { policy: document } = await policy.get(tenantId);
    const { emails } = document.admins;
    if (emails.length === 0 || (await limits.take(tenantId, [numberNotices()])) !== null) return;
    await notifier.notify({
      tenantId,
      kind: "admin_numbers_changed",
      emails,
      language: document.language,
      correlationId: newId(),
      facts: { count: String(count) },
    });
  }

  async function drain(tenantId: string): Promise<void> {
    const count = await changes.count(tenantId);
    const areMany = count > MANY;
    if (areMany) await tellAdmins(tenantId, count);
    for (const before of await changes.peek(tenantId, PER_ROUND)) {
      const isDone = before === null || (await tellOrWait(tenantId, before, areMany));
      await (isDone ? changes.drop(tenantId, 1) : changes.requeue(tenantId));
    }
  }

  async function tell(tenantId: string): Promise<void> {
    try {
      if ((await changes.count(tenantId)) === 0) return;
      const teller = newId();
      if (!(await changes.elect(tenantId, teller, TELLER_MS))) return;
      try {
        await drain(tenantId);
      } finally {
        await changes.release(tenantId, teller);
      }
    } catch (error) {
      log.warn("sync.numbers.failed", { tenantId, error: toAppError(error) });
    }
  }

  async function watch(): Promise<void> {
    for (;;) {
      await clock.sleep(WATCH_EVERY_MS, stop.signal);
      if (stop.signal.aborted) return;
      try {
        for (const tenantId of await deps.tenantIds()) await tell(tenantId);
      } catch (error) {
        log.warn("sync.numbers.failed", { error: toAppError(error) });
      }
    }
  }

  const watching = watch();
  return {
    tell,
    async close() {
      stop.abort();
      await watching;
    },
  };
}
