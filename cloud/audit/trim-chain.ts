/** Removes the entries of a chain that are past their retention, and signs an anchor for its new beginning. */
import type { Clock } from "../../shared/clock.ts";
import { parseJson } from "../../shared/parse-json.ts";
import type { SigningKey } from "../../shared/sealing/signing-key.ts";
import type { AuditChain } from "../store/audit-chain.ts";
import { auditSealSchema, isAuditSealAuthentic, signAuditAnchor } from "./audit-seal.ts";

export interface TrimDeps {
  readonly chain: Pick<AuditChain, "snapshot" | "trim">;
  readonly serviceKey: SigningKey;
  readonly keepMs: number;
  readonly clock: Pick<Clock, "now">;
}

/** Removes entries up to the newest seal that is old enough. Returns the sequence of the last removed entry, or null. */
export async function trimChain(
  { chain, serviceKey, keepMs, clock }: TrimDeps,
  tenantId: string | null,
): Promise<number | null> {
  const { seals } = await chain.snapshot(tenantId);
  const now = clock.now();
  const [newest] = Object.entries(seals)
    .filter(([place]) => place !== "anchor")
    .flatMap(([, text]) => auditSealSchema.safeParse(parseJson(text)).data ?? [])
    .filter((seal) => seal.at < now - keepMs && isAuditSealAuthentic(serviceKey.publicKey, tenantId, seal))
    .sort((one, other) => other.sequence - one.sequence);
  if (newest === undefined) return null;
  const { sequence, hash } = newest;
  const anchor = signAuditAnchor(serviceKey, tenantId, { sequence, hash, at: now });
  return (await chain.trim(tenantId, sequence, JSON.stringify(anchor))) ? sequence : null;
}
