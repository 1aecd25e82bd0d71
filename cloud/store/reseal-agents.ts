/**
 * Authenticates the agents, enrolment tokens and sources of a tenant once more: under the key in use after it was changed, or for the
 * first time after an upgrade from a version whose records had no MAC.
 */
import type { Proof } from "./agent-proofs.ts";
import { agentProofs } from "./agent-record.ts";
import { tokenProof } from "./enrollments.ts";
import { keys } from "./keys.ts";
import { parseNumbers, sourceProof } from "./sources.ts";
import { guard, type Store, storeTime } from "./store.ts";

export interface ResealOptions {
  /** Accepts records that have no MAC at all. A record with a wrong one is never accepted. */
  readonly adoptUnsigned: boolean;
  /** Counts alone. */
  readonly dryRun: boolean;
}

export interface ResealCounts {
  /** Records whose MAC was valid. */
  readonly sealed: number;
  /** Records that had no MAC. */
  readonly adopted: number;
  /** Records that stay as they are: forged, damaged, or without a MAC and not to be adopted. */
  readonly refused: number;
}

export async function resealAgents(
  store: Store,
  tenantId: string,
  { adoptUnsigned, dryRun }: ResealOptions,
): Promise<ResealCounts> {
  const { redis, mac } = store;
  const counts = { sealed: 0, adopted: 0, refused: 0 };

  /** Counts a record. Returns the fields to write and their new MACs; none for a record that stays as it is. */
  function reseal(key: string, proofs: readonly Proof[] | null): readonly string[] {
    if (proofs?.length === 0) return [];
    const unproven = proofs?.filter(({ text, mac: given }) => !mac.verify(key, text, given)) ?? null;
    const mayAdopt = adoptUnsigned && unproven?.every(({ text, mac: given }) => given === "" && text !== "");
    const verdict = unproven?.length === 0 ? "sealed" : mayAdopt === true ? "adopted" : "refused";
    counts[verdict] += 1;
    if (proofs === null || verdict === "refused" || dryRun) return [];
    return proofs.flatMap(({ field, text }) => [field, mac.sign(key, text)]);
  }

  /** Writes one new MAC, unless the record was changed or has expired since it was read. */
  async function swap(
    key: string,
    fields: Record<string, string>,
    [field, made]: readonly string[],
  ): Promise<void> {
    if (field !== undefined && made !== undefined)
      await store.call("latchkey_record_swap", [key], [field, fields[field] ?? "", made]);
  }

  const read = (key: string): Promise<Record<string, string>> => guard(() => redis.hgetall(key));

  let hadApproved = false;
  for (const agentId of await guard(() => redis.zrange(keys.agents(tenantId), "0", "-1"))) {
    const key = keys.agent(tenantId, agentId);
    const fields = await read(key);
    const { state = "", approval = "" } = fields;
    hadApproved ||= state !== "pending";
    const macs = reseal(key, agentProofs(fields));
    // A record that was changed meanwhile has its MACs from the node that changed it.
    if (macs.length > 0) await store.call("latchkey_agent_seal", [key], [state, approval, ...macs]);
  }

  const sources = keys.sources(tenantId);
  const fields = await read(sources);
  for (const number of parseNumbers(fields["numbers"] ?? "")) {
    const macs = reseal(sources, [sourceProof(fields, number)]);
    await swap(sources, fields, macs);
  }
  // An earlier version did not remember that the tenant had an approved agent.
  if (hadApproved && !dryRun) await guard(() => redis.hset(sources, "approvedOnce", "1"));

  const now = await storeTime(store);
  for (const tokenId of await guard(() => redis.zrange(keys.enrollments(tenantId), "0", "-1"))) {
    const key = keys.enrollment(tenantId, tokenId);
    const token = await read(key);
    const proof = tokenProof(token, now);
    await swap(key, token, reseal(key, proof === null ? [] : [proof]));
  }
  return counts;
}
