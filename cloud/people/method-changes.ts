/**
 * Changes the methods of a person. One write stores the change, owes its audit entry and its notice, and ends the person's
 * other visits. Both messages follow at once; a watch sends those that a dead node or a failing store has left, so each comes
 * at least once. Its id in the audit shows which entries are the same.
 */
import type { Clock } from "../../shared/clock.ts";
import { MINUTE_MS } from "../../shared/durations.ts";
import { AppError, toAppError } from "../../shared/errors.ts";
import { newId } from "../../shared/ids.ts";
import type { Language } from "../../shared/language.ts";
import type { Logger } from "../../shared/logger.ts";
import type { Method } from "../../shared/methods.ts";
import type { Closable } from "../../shared/shutdown.ts";
import type { Audit } from "../audit/audit.ts";
import type { Notifier } from "../notify/notifier.ts";
import { epochOf } from "../store/person-epochs.ts";
import type { OwedChange, Registration, Registrations } from "../store/registration-record.ts";
import { MAX_OWED } from "../store/registrations.ts";
import type { StoredUser } from "../store/user-record.ts";
import { noticeAddresses } from "./notice-addresses.ts";
import { createMayText, type NoticeTextsDeps } from "./notice-texts.ts";
import { contactFact, nameOf } from "./person-notices.ts";

export interface MethodChange {
  readonly tenantId: string;
  readonly user: StoredUser;
  readonly kind: "added" | "confirmed" | "removed";
  readonly methods: readonly Method[];
  /** Id of the change, made before it so that a session can name the epoch it is about to begin. */
  readonly id: string;
  readonly actor: string;
  /** The session or request, which the notice gives as its reference. */
  readonly correlationId: string;
  readonly language: Language;
  readonly details: OwedChange["details"];
  /** Epoch ms until which the change waits, because it was made with the password alone; null when it counts at once. */
  readonly waitsUntil: number | null;
  /** False when the person has proved nothing but the password. */
  readonly isProven: boolean;
  /** The epochs of the session that makes the change; null when it is not made in a session. */
  readonly within: readonly string[] | null;
  /** Returns null when nothing is to be changed. */
  change(present: Registration): Registration | null;
}

export interface MethodChanges extends Closable {
  /**
   * Resolves to true when the change is stored, to false when nothing is to be changed. Throws SESSION_ENDED when the session has been ended, USER_UNKNOWN,
   * STORE_UNAVAILABLE. A message that fails is logged and stays owed.
   */
  change(change: MethodChange): Promise<boolean>;
  /** Sends what is owed since before this time, unless another node does so now. Throws STORE_UNAVAILABLE. */
  settleOwed(tenantId: string, before: number): Promise<void>;
}

export interface MethodChangesDeps extends NoticeTextsDeps {
  readonly registrations: Pick<
    Registrations,
    "get" | "update" | "owing" | "crossOff" | "postpone" | "elect" | "release"
  >;
  readonly notifier: Pick<Notifier, "notify">;
  readonly tenantIds: () => Promise<readonly string[]>;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly log: Logger;
}

const WATCH_EVERY_MS = MINUTE_MS;
/** Time for the node that made the change. */
const OVERDUE_MS = 10_000;
/** Time for which one node sends the messages of a tenant before another may take over. */
const TELLER_MS = MINUTE_MS;

export const newMethodChangeId = newId;
export const epochOfChange = (id: string): string => epochOf("methods", id);

export function startMethodChanges(deps: MethodChangesDeps): MethodChanges {
  const { registrations, notifier, policy, audit, clock } = deps;
  const log = deps.log.child({ room: "people" });
  const stop = new AbortController();

  const mayText = createMayText(deps);

  async function textsOf(tenantId: string, userId: string, { texts }: OwedChange): Promise<string[]> {
    const allowed: string[] = [];
    for (const number of texts) if (await mayText(tenantId, userId, number)) allowed.push(number);
    return allowed;
  }

  const logFailure = (facts: Readonly<Record<string, unknown>>, error: unknown): void =>
    log.warn("registration.message.failed", { ...facts, error: toAppError(error) });

  /** Tells the audit and the person, and crosses off what is stored. Never throws. Returns whether nothing of it is owed any more. */
  async function settle(tenantId: string, userId: string, owed: readonly OwedChange[]): Promise<boolean> {
    const paid = new Map<string, Set<OwedChange["owes"][number]>>();
    for (const change of owed) {
      const done = new Set<OwedChange["owes"][number]>();
      paid.set(change.id, done);
      for (const debt of change.owes)
        try {
          if (debt === "audit") await audit.append(auditEventOf(tenantId, userId, change));
          else
            await notifier.notify({
              tenantId,
              ...noticeOf(change),
              texts: await textsOf(tenantId, userId, change),
            });
          done.add(debt);
        } catch (error) {
          logFailure({ tenantId, userId, debt }, error);
        }
    }
    const left = ({ id, owes }: OwedChange): OwedChange["owes"] =>
      owes.filter((debt) => paid.get(id)?.has(debt) !== true);
    try {
      await registrations.crossOff(tenantId, userId, left);
      return owed.every((change) => left(change).length === 0);
    } catch (error) {
      logFailure({ tenantId, userId }, error);
      return false;
    }
  }

  /** Settles what one user is owed. A user who fails comes after all others, so that no number of them is in the way. */
  async function settleUser(tenantId: string, userId: string, before: number): Promise<void> {
    try {
      const { owed } = await registrations.get(tenantId, userId);
      if (await settle(tenantId, userId, owed)) return;
    } catch (error) {
      logFailure({ tenantId, userId }, error);
    }
    await registrations.postpone(tenantId, userId, Math.max(clock.now(), before + 1));
  }

  /** Ends because each user is settled or postponed to a time after `before`. */
  async function settleAll(tenantId: string, before: number): Promise<void> {
    for (;;) {
      const userIds = await registrations.owing(tenantId, before);
      if (userIds.length === 0) return;
      for (const userId of userIds) {
        if (stop.signal.aborted) return;
        await settleUser(tenantId, userId, before);
      }
    }
  }

  async function watch(): Promise<void> {
    for (;;) {
      await clock.sleep(WATCH_EVERY_MS, stop.signal);
      if (stop.signal.aborted) return;
      try {
        for (const tenantId of await deps.tenantIds())
          await changes
            .settleOwed(tenantId, clock.now() - OVERDUE_MS)
            .catch((error: unknown) => logFailure({ tenantId }, error));
      } catch (error) {
        logFailure({}, error);
      }
    }
  }

  const changes: Omit<MethodChanges, "close"> = {
    async change({ tenantId, user, kind, methods, within, waitsUntil, ...request }) {
      const { contact } = (await policy.get(tenantId)).policy;
      const before = await registrations.get(tenantId, user.id);
      // A number of their own may be a thief's; the directory's is told too.
      const own = before.mobile?.number ?? null;
      const numbers = [own, user.mobile].filter((number, at, all) => all.indexOf(number) === at);
      const known = numbers.flatMap((number) => (number === null ? [] : [number]));
      const hasMail = noticeAddresses({ id: user.id, real: true, user, registration: before }).length > 0;
      // What waits is told by text as well: a thief who has the password may have the mailbox too.
      const texts = waitsUntil === null ? (hasMail ? [] : known.slice(0, 1)) : known;
      const owedFor = (present: Registration, changed: Registration): OwedChange => ({
        id: request.id,
        at: clock.now(),
        owes: ["audit", "notice"],
        isProven: request.isProven,
        actor: request.actor,
        correlationId: request.correlationId,
        details: { ...request.details, ...(waitsUntil === null ? {} : { waitsUntil }) },
        kind: NOTICE_OF[kind][waitsUntil === null ? "now" : "waits"],
        // The notice also goes to the addresses before the change. Otherwise, an attacker who takes over an account could
        // suppress it.
        emails: [present, changed]
          .flatMap((registration) => noticeAddresses({ id: user.id, real: true, user, registration }))
          .filter((address, at, all) => all.indexOf(address) === at),
        texts,
        language: request.language,
        facts: {
          ...nameOf({ user }),
          method: methods.join(","),
          ...(waitsUntil === null ? {} : { until: String(waitsUntil) }),
          ...contactFact(contact.emails),
        },
      });
      const stored: { owed: readonly OwedChange[] } = { owed: [] };
      await registrations.update(
        tenantId,
        user.id,
        (present) => {
          stored.owed = [];
          const changed = request.change(present);
          if (changed === null) return null;
          if (present.owed.length >= MAX_OWED)
            throw new AppError(
              "STORE_UNAVAILABLE",
              `${MAX_OWED} changes of user ${user.id} wait for their messages. Changes are possible again once these are stored.`,
            );
          stored.owed = [owedFor(present, changed)];
          return { ...changed, owed: [...present.owed, ...stored.owed] };
        },
        { begins: epochOfChange(request.id), within },
      );
      if (stored.owed.length === 0) return false;
      await settle(tenantId, user.id, stored.owed);
      return true;
    },
    async settleOwed(tenantId, before) {
      if ((await registrations.owing(tenantId, before)).length === 0) return;
      const node = newId();
      if (!(await registrations.elect(tenantId, node, TELLER_MS))) return;
      try {
        await settleAll(tenantId, before);
      } finally {
        await registrations.release(tenantId, node);
      }
    },
  };

  const watching = watch();
  return {
    ...changes,
    async close() {
      stop.abort();
      await watching;
    },
  };
}

const NOTICE_OF = {
  added: { now: "method_added", waits: "method_waits" },
  confirmed: { now: "method_added", waits: "method_waits" },
  removed: { now: "method_removed", waits: "method_removal_waits" },
} as const;

const noticeOf = ({ kind, emails, texts, language, correlationId, facts }: OwedChange) => ({
  kind,
  emails,
  texts,
  language,
  correlationId,
  facts,
});

const auditEventOf = (tenantId: string, userId: string, owed: OwedChange) =>
  ({
    tenantId,
    action: owed.isProven ? "registration.changed" : "registration.changed_unproven",
    actor: owed.actor,
    subject: `user:${userId}`,
    outcome: "done",
    correlationId: owed.correlationId,
    details: { ...owed.details, change: owed.id },
  }) as const;
