/** Whose word a job is, and what is sealed in it for this agent. */
import { AppError } from "../../shared/errors.ts";
import { createHpkeOpen, type SealingKeyPair } from "../../shared/sealing/hpke.ts";
import { isJobAuthentic, type SignedJob } from "../../shared/sealing/job.ts";
import { openPassword, type Passwords } from "../../shared/sealing/password.ts";

export interface JobOpener {
  /** Signed by the issuer pinned at enrolment, and for this tenant? */
  isAuthentic(job: SignedJob): boolean;
  /** Null for `unlock`. Throws NOT_SEALED_TO_AGENT (perhaps to a key that is erased), SEAL_INVALID. */
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
