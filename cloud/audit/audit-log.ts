/** The audit log: one chain for each tenant and one for the installation. */
import type { AuditEntry, AuditVerification } from "../../shared/api/audit.ts";
import type { Clock } from "../../shared/clock.ts";
import { DAY_MS, MINUTE_MS } from "../../shared/durations.ts";
import type { Logger } from "../../shared/logger.ts";
import { parseJson } from "../../shared/parse-json.ts";
import type { SigningKey } from "../../shared/sealing/signing-key.ts";
import type { Closable } from "../../shared/shutdown.ts";
import type { AuditChain } from "../store/audit-chain.ts";
import type { Audit } from "./audit.ts";
import { auditTextSchema } from "./audit-entry.ts";
import { ChainWriter } from "./chain-writer.ts";
import { trimChain } from "./trim-chain.ts";
import { verifyChain } from "./verify-chain.ts";

export interface AuditLog extends Audit, Closable {
  /** Lists entries, newest first. `before` is the last sequence of the previous page. */
  list(
    tenantId: string | null,
    page: { readonly limit: number; readonly before?: number | undefined },
  ): Promise<AuditEntry[]>;
  /** Verifies the chain. Throws AUDIT_BROKEN with the first bad entry in `details.sequence`. */
  verify(tenantId: string | null): Promise<AuditVerification>;
}

export interface AuditLogDeps {
  readonly chain: AuditChain;
  readonly serviceKey: SigningKey;
  /** Retention: older entries are removed. */
  readonly keepMs: number;
  readonly log: Logger;
  readonly clock: Clock;
}

/** Interval at which entries that no regular seal covers yet are sealed. */
const SEAL_EVERY_MS = MINUTE_MS;
/** Interval at which a chain that this node writes to is trimmed to the retention. */
const TRIM_EVERY_MS = DAY_MS;

interface OwnChain {
  readonly writer: ChainWriter;
  /** Time of the next trim, by the monotonic clock. */
  trimAt: number;
}

export function startAuditLog({ chain, serviceKey, keepMs, log, clock }: AuditLogDeps): AuditLog {
  /** The chains that this node has written to. */
  const chains = new Map<string | null, OwnChain>();
  const closing = new AbortController();

  function chainOf(tenantId: string | null): OwnChain {
    const known = chains.get(tenantId);
    if (known !== undefined) return known;
    const { signal } = closing;
    const writer = new ChainWriter({ tenantId, chain, serviceKey, log, clock, closing: signal });
    const made = { writer, trimAt: 0 };
    chains.set(tenantId, made);
    return made;
  }

  const append: Audit["append"] = (event) => chainOf(event.tenantId).writer.append(event);

  async function sealTails(): Promise<void> {
    for (const { writer } of chains.values()) await writer.sealTail();
  }

  async function trimChains(): Promise<void> {
    for (const [tenantId, own] of chains) {
      const now = clock.monotonicMs();
      if (now < own.trimAt) continue;
      own.trimAt = now + TRIM_EVERY_MS;
      try {
        const last = await trimChain({ chain, serviceKey, keepMs, clock }, tenantId);
        if (last === null) continue;
        log.info("audit.chain.trimmed", { tenantId, last });
        await append({
          tenantId,
          action: "audit.trimmed",
          actor: "system",
          subject: null,
          outcome: "done",
          details: { last },
        });
      } catch (error) {
        log.warn("audit.trim.failed", { tenantId, error });
      }
    }
  }

  const maintenance = (async () => {
    for (;;) {
      await clock.sleep(SEAL_EVERY_MS, closing.signal);
      if (closing.signal.aborted) return;
      await sealTails();
      await trimChains();
    }
  })();

  return {
    append,
    async list(tenantId, { limit, before }) {
      const entries = await chain.readBackward(tenantId, before, limit);
      return entries.flatMap(({ text, hash }) => {
        const parsed = auditTextSchema.safeParse(parseJson(text));
        return parsed.success ? [{ ...parsed.data, hash }] : []; // `verify` reports an entry that does not parse
      });
    },
    verify: (tenantId) => verifyChain({ chain, servicePublicKey: serviceKey.publicKey }, tenantId),
    async close() {
      closing.abort();
      for (const { writer } of chains.values()) writer.hurry();
      await maintenance;
      for (const { writer } of chains.values()) await writer.drained();
      await sealTails();
    },
  };
}
