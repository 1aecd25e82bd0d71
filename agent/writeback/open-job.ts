/** Checks a job's issuer signature and opens the seal addressed to this agent. */
import { AppError } from "../../shared/errors.ts";
import { createHpkeOpen, type SealingKeyPair } from "../../shared/sealing/hpke.ts";
import { isJobAuthentic, type SignedJob } from "../../shared/sealing/job.ts";
import { openPassword, type Passwords } from "../../shared/sealing/password.ts";

export interface JobOpener {
  /** True when the job is for this tenant and signed by the issuer that was pinned at enrolment. */
  isAuthentic(job: SignedJob): boolean;
  /** Returns null for `unlock`. Throws SEAL_INVALID, or NOT_SEALED_TO_AGENT, also when the key has been erased. */
  open(job: SignedJob): Promise<Passwords | null>;
}

export interface JobOpenerOptions {
  readonly identity: { readonly agentId: string; readonly tenantId: string; readonly issuerKey: string };
  readonly sealingKeys: { find(keyId: string): SealingKeyPair | null };
}

export function createJobOpener({ identity, sealingKeys }: JobOpenerOptions): JobOpener {
  const hpkeOpen = createHpkeOpen();
  return {
    isAuthentic: (job) => job.order.tenantId === identity.tenantId && isJobAuthentic(identity.issuerKey, job),
    async open({ order, sealed }) {
      if (order.operation === "unlock") return null;
      for (const seal of sealed) {
        const key = seal.agentId === identity.agentId ? sealingKeys.find(seal.keyId) : null;
        if (key?.suite === seal.suite) return openPassword(order, seal, key, hpkeOpen);
      }
      throw new AppError("NOT_SEALED_TO_AGENT");
    },
  };
}
