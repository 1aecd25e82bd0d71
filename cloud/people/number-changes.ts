/**
 * Notifies people that their mobile number has changed in the directory. The notice goes to the old number and to every
 * address, because in Active Directory anyone at an unlocked PC can change the number. Many changes at once are an
 * administrator's work or a mistake, so one notice goes to the administrators instead.
 */
import type { Clock } from "../../shared/clock.ts";
import { HOUR_MS, MINUTE_MS } from "../../shared/durations.ts";
import { toAppError } from "../../shared/errors.ts";
import { newId } from "../../shared/ids.ts";
import type { Logger } from "../../shared/logger.ts";
import type { Closable } from "../../shared/shutdown.ts";
import type { DirectoryUser } from "../../shared/user.ts";
import type { PortalKeys } from "../keys/portal-keys.ts";
import { numberNotices, unaskedText } from "../limits/counters.ts";
import type { Notifier } from "../notify/notifier.ts";
import { decidePolicy } from "../policy/decide.ts";
import type { PolicyService } from "../policy/policy-service.ts";
import type { Limits } from "../store/limits.ts";
import type { NumberChangeStore } from "../store/number-changes.ts";
import { noticeAddresses } from "./notice-addresses.ts";
import type { People } from "./people.ts";

export interface NumberChanges extends Closable {
  /**
   * Sends the notices about the changes of a run that has just ended. The next call or the timer sends those that fail.
   */
  tell(tenantId: string): Promise<void>;
}

export interface NumberChangesDeps {
  readonly changes: NumberChangeStore;
  readonly people: Pick<People, "get">;
  readonly notifier: Pick<Notifier, "notify">;
  readonly policy: Pick<PolicyService, "get">;
  readonly limits: Pick<Limits, "take">;
  readonly portalKeys: Pick<PortalKeys, "digest">;
  readonly countUsers: (tenantId: string) => Promise<number>;
  readonly tenantIds: () => Promise<readonly string[]>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** More changes than this at once are reported to administrators only. */
const MAX_TOLD_ONE_BY_ONE = 20;
const MAX_READ = 1_000;
/** Interval at which this node looks for changes that a dead node has left. */
const WATCH_EVERY_MS = MINUTE_MS;
/** Time for which one node sends the notices of a tenant before another may take over. */
const TELLER_MS = MINUTE_MS;

export function startNumberChanges(deps: NumberChangesDeps): NumberChanges {
  const { changes, people, notifier, policy, limits, clock } = deps;
  const log = deps.log.child({ room: "sync" });
  const stop = new AbortController();

  async function tellOne(tenantId: string, before: DirectoryUser): Promise<void> {
    const person = await people.get(tenantId, before.id);
    if (person === null || person.user.mobile === before.mobile) return; // gone, or changed back
    const { policy: document } = await policy.get(tenantId);
    const { rules } = decidePolicy(document, {
      source: person.user.source,
      groups: [],
      protected: person.user.protected,
    });
    const heldUntil = (person.user.numberChangedAt ?? 0) + rules.number.holdHours * HOUR_MS;
    const isHeld = rules.number.trust === "aged" && heldUntil > clock.now();
    const former = {
      ...person,
      user: { ...before, source: person.user.source, createdAt: 0, changedAt: 0, numberChangedAt: null },
    };
    const emails = [...new Set([...noticeAddresses(former), ...noticeAddresses(person)])];
    const texts = before.mobile === null || !(await mayText(tenantId, before.mobile)) ? [] : [before.mobile];
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
        ...(isHeld ? { until: String(heldUntil) } : {}),
      },
    });
  }

  /** The budgets of codes apply here too, so that a number that keeps changing costs no more than others. */
  async function mayText(tenantId: string, number: string): Promise<boolean> {
    const users = await deps.countUsers(tenantId);
    const texts = unaskedText({ tenantId, to: number, users }, deps.portalKeys);
    return (await limits.take(tenantId, texts)) === null;
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
    if (count > MAX_TOLD_ONE_BY_ONE) {
      await tellAdmins(tenantId, count);
      await changes.drop(tenantId, count);
      return;
    }
    const waiting = await changes.peek(tenantId, MAX_READ);
    for (const before of waiting) {
      if (before !== null) await tellOne(tenantId, before);
      await changes.drop(tenantId, 1);
    }
  }

  async function tell(tenantId: string): Promise<void> {
    try {
      if ((await changes.count(tenantId)) === 0) return;
      if (!(await changes.elect(tenantId, newId(), TELLER_MS))) return;
      try {
        await drain(tenantId);
      } finally {
        await changes.release(tenantId);
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
