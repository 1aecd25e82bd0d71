/** Makes records of agents and sources with the MACs that a node of a test cloud makes. */
import { approvalText, enrolmentText, sourceText } from "../../cloud/store/agent-proofs.ts";
import { keys } from "../../cloud/store/keys.ts";
import { generateSigningKey } from "../../shared/sealing/signing-key.ts";
import type { DirectoryIdentity } from "../../shared/source.ts";
import { testMac } from "./record-mac.ts";
import { statedDirectory } from "./stated-directory.ts";

const ENROLLED_AT = 1_700_000_000_000;

/** The fields of an agent that an administrator has approved. */
export function approvedAgent({
  tenantId,
  agentId,
  source,
  identityKey = generateSigningKey().publicKey,
}: {
  readonly tenantId: string;
  readonly agentId: string;
  readonly source: number;
  readonly identityKey?: string;
}): Record<string, string> {
  const key = keys.agent(tenantId, agentId);
  const name = "dc1";
  const sourceKey = statedDirectory().identity.key;
  const decidedBy = "key:1";
  return {
    tenantId,
    agentId,
    name,
    hostName: "dc1",
    platform: "linux-x64",
    version: "0.0.0",
    state: "approved",
    identityKey,
    sealingKeys: "[]",
    generation: "1",
    enrolledAt: String(ENROLLED_AT),
    decidedAt: String(ENROLLED_AT),
    decidedBy,
    source: String(source),
    sourceKey,
    enrolment: signEnrolment(key, { name, identityKey, enrolledAt: ENROLLED_AT, isFirst: false }),
    approval: testMac.sign(
      key,
      approvalText({ identityKey, source, sourceKey, decidedAt: ENROLLED_AT, decidedBy }),
    ),
  };
}

export const signEnrolment = (key: string, facts: Parameters<typeof enrolmentText>[0]): string =>
  testMac.sign(key, enrolmentText(facts));

export const sourceMac = (
  tenantId: string,
  number: number,
  identity: DirectoryIdentity,
  createdAt: number,
): string =>
  testMac.sign(
    keys.sources(tenantId),
    sourceText({ number, identity: JSON.stringify(identity), createdAt, createdBy: "system" }),
  );
