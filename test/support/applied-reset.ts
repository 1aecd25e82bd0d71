/** Resets a password as far as the store sees it: a job that an agent claims and applies. The functions of Redis are the real ones. */
import { createJobStore } from "../../cloud/store/jobs.ts";
import type { Store } from "../../cloud/store/store.ts";
import { newId } from "../../shared/ids.ts";
import { signJob } from "../../shared/sealing/job.ts";
import { FIRST_RECEIPT } from "../../shared/sealing/receipt.ts";
import { generateSigningKey } from "../../shared/sealing/signing-key.ts";
import { makeVerdict, type Verdict } from "../../shared/writeback.ts";
import { MARK } from "./writeback-host.ts";

const APPLIED = makeVerdict("applied", null, { passwordSet: true });

export async function applyReset(
  store: Store,
  { tenantId, userId }: { readonly tenantId: string; readonly userId: string },
  verdict: Verdict = APPLIED,
): Promise<string> {
  const jobs = createJobStore({ store, keepSeconds: 3600, maxPending: 5 });
  const { sequence, now } = await jobs.allot(tenantId, userId);
  const [jobId, agentId] = [newId(), newId()];
  const order = {
    jobId,
    tenantId,
    operation: "reset" as const,
    userId,
    userSequence: sequence,
    issuedAt: now,
    notAfter: now + 60_000,
    mustChange: false,
    unlock: true,
    methods: ["text"],
  };
  const job = signJob(generateSigningKey(), order, []);
  await jobs.create({ job, source: 1, requestedBy: "test", digest: "d", request: null, node: "n" });
  await jobs.offer({ tenantId, jobId, agentId, node: "n", reconnected: false });
  await jobs.claim(tenantId, jobId, { agentId, source: 1 }, MARK);
  const receipt = { jobId, tenantId, userId, agentId, verdict, decidedAt: 1, previous: FIRST_RECEIPT };
  await jobs.outcome({ ...receipt, signature: "checked before" });
  return jobId;
}
