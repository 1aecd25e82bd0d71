/** Reports limits that refuse: in the log once per limit and window, in a metric, and in the audit when many may be affected. */
import type { Logger } from "../../shared/logger.ts";
import type { Audit } from "../audit/audit.ts";
import { type LimitRefusal, type LimitRequest, type Limits, subjectOf } from "../store/limits.ts";
import { limitNamed } from "./counters.ts";

/** Refusals of one network after which it is likely that more than one visitor is behind it. */
const MANY = 5;

export function reportLimits(deps: {
  readonly limits: Limits;
  readonly audit: Audit;
  readonly onHit: (name: string) => void;
  readonly log: Logger;
}): Limits {
  const { limits, audit, log } = deps;

  async function report(tenantId: string, refusal: LimitRefusal, isListed: boolean): Promise<void> {
    const { name, key, until, refusals } = refusal;
    if (refusals === 0) return; // a check
    if (limitNamed(name)?.refuses === false) return; // a signal: what it causes is reported where it acts
    deps.onHit(name);
    const subject = subjectOf(refusal);
    const facts = { tenantId, limit: name, key, until: new Date(until).toISOString() };
    if (refusals === 1) log.warn("limit.engaged", facts);
    const from = limitNamed(name)?.by === "tenant" ? 1 : MANY;
    if (!isListed || refusals !== from) return;
    await audit.append({
      tenantId,
      action: "limit.engaged",
      actor: "system",
      subject: null,
      outcome: "refused",
      details: { limit: name, for: subject, until: facts.until },
    });
  }

  const later = (tenantId: string, refusal: LimitRefusal, wants: readonly LimitRequest[]): void => {
    const isListed = wants.some(({ key, listed }) => key === refusal.key && listed === true);
    void report(tenantId, refusal, isListed).catch((error: unknown) =>
      log.error("limit.report.failed", { tenantId, limit: refusal.name, error }),
    );
  };

  return {
    ...limits,
    async take(tenantId, wants, returnable) {
      const refusal = await limits.take(tenantId, wants, returnable);
      if (refusal !== null) later(tenantId, refusal, wants);
      return refusal;
    },
    async count(tenantId, wants) {
      const counts = await limits.count(tenantId, wants);
      for (const { refusal } of counts) if (refusal !== null) later(tenantId, refusal, wants);
      return counts;
    },
  };
}
