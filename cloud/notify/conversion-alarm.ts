/**
 * The conversion alarm against SMS pumping: an attacker who has texts and calls sent to numbers that earn him money never enters
 * a code. When too few of an hour's codes led to a proof, and several networks asked for the others, texts and calls to people who have
 * never proved anything stop for an hour. The audit log gets an entry and the administrators get an email. People who have proved who
 * they are before are neither counted nor refused. One network counts little, so that one stranger cannot stop the texts of others.
 */
import type { Clock } from "../../shared/clock.ts";
import { newId } from "../../shared/ids.ts";
import type { Language } from "../../shared/language.ts";
import type { Logger } from "../../shared/logger.ts";
import type { Audit } from "../audit/audit.ts";
import {
  CONVERSION_RULE,
  type ConversionCounts,
  type ConversionStore,
  type StrangersCode,
} from "../store/conversion.ts";
import { createCachedLookUp } from "../ttl-cache.ts";
import type { CountedCode, Notice, Notifier } from "./notifier.ts";

export interface ConversionAlarm extends Pick<Notifier, "verified" | "breakerOpen"> {
  /** Counts a code that a provider has accepted, and raises the alarm when it opens the breaker. Never rejects. */
  sent(tenantId: string, code: CountedCode): Promise<void>;
}

export interface ConversionAlarmDeps {
  readonly counts: ConversionStore;
  /** Recipients of the email. */
  readonly admins: (
    tenantId: string,
  ) => Promise<{ readonly emails: readonly string[]; readonly language: Language }>;
  readonly notify: (notice: Notice) => Promise<void>;
  readonly audit: Audit;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly log: Logger;
}

const BREAKER_TTL_MS = 1_000;
const MAX_TENANTS = 10_000;

export function createConversionAlarm(deps: ConversionAlarmDeps): ConversionAlarm {
  const { counts, admins, notify, audit, clock, log } = deps;
  const breakers = createCachedLookUp({ ttlMs: BREAKER_TTL_MS, clock, maxEntries: MAX_TENANTS }, (tenantId) =>
    counts.isOpen(tenantId),
  );

  async function tell(tenantId: string, { sent, verified }: ConversionCounts): Promise<void> {
    const correlationId = newId();
    log.warn("notify.breaker.opened", { tenantId, correlationId, sent, verified });
    await audit.append({
      tenantId,
      action: "breaker.opened",
      actor: "system",
      subject: null,
      outcome: "done",
      correlationId,
      details: { breaker: "conversion", sent, verified },
    });
    const { emails, language } = await admins(tenantId);
    await notify({
      tenantId,
      kind: "admin_breaker_opened",
      emails,
      language,
      correlationId,
      facts: { sent: String(sent), verified: String(verified) },
    });
  }

  /** A failed count must not fail the message. */
  async function unlessItFails(tenantId: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      log.warn("notify.conversion.not_counted", { tenantId, error });
    }
  }

  return {
    sent: (tenantId, { leastNetworks, ...code }) =>
      unlessItFails(tenantId, async () => {
        const found = await counts.sent(tenantId, code, { ...CONVERSION_RULE, leastNetworks });
        if (found === null) return;
        breakers.set(tenantId, true);
        await tell(tenantId, found);
      }),
    verified: (tenantId, code: StrangersCode) => unlessItFails(tenantId, () => counts.used(tenantId, code)),
    breakerOpen: (tenantId) => breakers.get(tenantId),
  };
}
