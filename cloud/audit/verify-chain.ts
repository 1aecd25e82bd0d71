/** Checks a chain from its first entry and stops at the first one that was changed. */
import type { AuditVerification } from "../../shared/api/audit.ts";
import { AppError } from "../../shared/errors.ts";
import { parseJson } from "../../shared/parse-json.ts";
import type { AuditChain, StoredEntry } from "../store/audit-chain.ts";
import { auditTextSchema, hashAuditText } from "./audit-entry.ts";
import {
  type AuditSeal,
  auditSealSchema,
  isAuditAnchorAuthentic,
  isAuditSealAuthentic,
  SEAL_EVERY_ENTRIES,
} from "./audit-seal.ts";

export interface VerifyDeps {
  readonly chain: Pick<AuditChain, "snapshot" | "readForward">;
  readonly servicePublicKey: string;
}

const PAGE = 500;

export async function verifyChain(
  { chain, servicePublicKey }: VerifyDeps,
  tenantId: string | null,
): Promise<AuditVerification> {
  // Entries that are appended meanwhile are not checked.
  const { head, seals: signed } = await chain.snapshot(tenantId);
  const { anchor: anchorText, ...texts } = signed;
  const seals = authenticSeals(texts);
  const sealAt = new Map(seals.map((seal) => [seal.sequence, seal]));
  const latest = seals.reduce<AuditSeal | undefined>(
    (newest, seal) => (newest !== undefined && newest.sequence > seal.sequence ? newest : seal),
    undefined,
  );

  // Entries past their retention are removed; the chain continues from the hash in the signed anchor.
  const anchor = anchorText === undefined ? null : authenticAnchor(anchorText);
  let sequence = anchor?.sequence ?? 0;
  let hash = anchor?.hash ?? "";
  let position = "0-0";
  while (sequence < head.sequence) {
    const page = await chain.readForward(tenantId, position, Math.min(PAGE, head.sequence - sequence));
    if (page.length === 0) throw broken(sequence + 1, "it was removed from the end");
    for (const entry of page) {
      sequence += 1;
      hash = checkEntry(entry, sequence, hash);
      position = entry.streamId;
    }
  }
  if (hash !== head.hash) throw broken(sequence, "its hash is not that of the chain's head");
  if (latest !== undefined && latest.sequence > sequence)
    throw broken(sequence + 1, `it was removed: entries up to ${latest.sequence} were signed`);
  if (sequence === 0 && (await chain.readForward(tenantId, "0-0", 1)).length > 0)
    throw broken(1, "the chain's head was removed");
  return {
    entries: sequence - (anchor?.sequence ?? 0),
    head: sequence === 0 ? null : hash,
    signedUpTo: latest?.sequence ?? 0,
    signedAt: latest?.at ?? null,
  };

  function checkEntry(entry: StoredEntry, expected: number, previous: string): string {
    if (entry.streamId !== `${expected}-0`)
      throw broken(expected, `entry ${entry.streamId} is in its place: it was removed or moved`);
    const parsed = auditTextSchema.safeParse(parseJson(entry.text));
    if (!parsed.success) throw broken(expected, "it does not parse");
    const computed = hashAuditText(previous, entry.text);
    if (parsed.data.sequence !== expected || parsed.data.tenantId !== tenantId)
      throw broken(expected, "it belongs to another position or chain");
    if (computed !== entry.hash) throw broken(expected, "it was altered");
    // A seal reveals an altered entry even when all later hashes were recomputed.
    const seal = sealAt.get(expected);
    if (seal === undefined && expected % SEAL_EVERY_ENTRIES === 0)
      throw broken(expected, "its seal was removed");
    if (seal !== undefined && seal.hash !== computed)
      throw broken(expected, "the hashes up to it were recomputed: an earlier entry was altered");
    return computed;
  }

  function authenticSeals(stored: Readonly<Record<string, string>>): AuditSeal[] {
    return Object.entries(stored).map(([place, text]) => {
      const parsed = auditSealSchema.safeParse(parseJson(text));
      if (!parsed.success || !isAuditSealAuthentic(servicePublicKey, tenantId, parsed.data))
        throw broken(Number(place) || 1, "its seal is not signed by the service key");
      return parsed.data;
    });
  }

  function authenticAnchor(text: string): AuditSeal {
    const parsed = auditSealSchema.safeParse(parseJson(text));
    if (!parsed.success || !isAuditAnchorAuthentic(servicePublicKey, tenantId, parsed.data))
      throw broken(1, "the anchor, where the chain begins, is not signed by the service key");
    return parsed.data;
  }

  function broken(at: number, problem: string): AppError {
    const chainName = tenantId === null ? "of the installation" : `of tenant ${tenantId}`;
    return new AppError("AUDIT_BROKEN", `The audit chain ${chainName} breaks at entry ${at}: ${problem}.`, {
      details: { sequence: at, problem },
    });
  }
}
