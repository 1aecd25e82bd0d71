/**
 * The conversion alarm against SMS pumping: an attacker who has texts and calls sent to numbers that earn him money never enters
 * a code. When too few of an hour's sends led to a proof, texts and calls of the tenant stop for an hour, the audit log gets an
 * entry and the administrators get an email.
 */
import type { Clock } from "../../shared/clock.ts";
import { newId } from "../../shared/ids.ts";
import type { Language } from "../../shared/language.ts";
import type { Logger } from "../../shared/logger.ts";
import type { Channel } from "../../shared/methods.ts";
import type { Audit } from "../audit/audit.ts";
import type { ConversionCounts, ConversionRule, ConversionStore } from "../store/conversion.ts";
import { createCachedLookUp } from "../ttl-cache.ts";
import type { Notice, Notifier } from "./notifier.ts";

/** Fewer than 25 % of at least 20 sends (see SECURITY.md). Codes are valid for five minutes, so younger sends do not count yet. */
const CONVERSION_RULE: ConversionRule = { leastSends: 20, leastPercent: 25, settleMinutes: 5 };

export interface ConversionAlarm extends Pick<Notifier, "verified" | "breakerOpen"> {
  /** The rule that a sent message on this channel is counted by, or null when it is not counted. */
  ruleFor(channel: Channel): ConversionRule | null;
  /** Raises the alarm after a send has opened the breaker. Never rejects. */
  opened(tenantId: string, counts: ConversionCounts): Promise<void>;
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
/** Email costs nothing. */
const isCounted = (channel: Channel): boolean => channel !== "email";

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
    ruleFor: (channel) => (isCounted(channel) ? CONVERSION_RULE : null),
    async opened(tenantId, found) {
      breakers.set(tenantId, true);
      await unlessItFails(tenantId, () => tell(tenantId, found));
    },
    async verified(tenantId, channel) {
      if (isCounted(channel)) await unlessItFails(tenantId, () => counts.verified(tenantId));
    },
    breakerOpen: (tenantId) => breakers.get(tenantId),
  };
}
