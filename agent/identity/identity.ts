/** Reads and writes the identity of this agent and the cloud it belongs to. */
import { z } from "zod";
import { AppError } from "../../shared/errors.ts";
import { agentIdSchema, base64url, tenantIdSchema } from "../../shared/ids.ts";
import { fingerprintKey, type SigningKey, signingKeyFromSeed } from "../../shared/sealing/signing-key.ts";
import { Secret } from "../../shared/secret.ts";
import { readState } from "./read-state.ts";
import type { StateDirectory } from "./state-directory.ts";

export interface Identity {
  readonly agentId: string;
  readonly tenantId: string;
  readonly identityKey: SigningKey;
  /** The administrator compares it before approving the agent. */
  readonly fingerprint: string;
  /** The cloud's keys, pinned at enrolment; base64url. */
  readonly serviceKey: string;
  readonly issuerKey: string;
  /** Address of the cloud at enrolment. */
  readonly cloudUrl: string;
  /** Number of connections so far; 0 before the first. The cloud recognises a copy of this identity by an old number. */
  readonly generation: number;
  /** Stores the number; it is on disk when this resolves. */
  storeGeneration(generation: number): Promise<void>;
}

export const IDENTITY_FILE = "identity.json";
const GENERATION_FILE = "generation.json";

const identityFileSchema = z.strictObject({
  format: z.literal(1),
  agentId: agentIdSchema,
  tenantId: tenantIdSchema,
  identitySeed: base64url(32),
  serviceKey: base64url(32),
  issuerKey: base64url(32),
  cloudUrl: z.url().max(2048),
});
const generationFileSchema = z.strictObject({ generation: z.int().min(0) });

/** The result of enrolment. The seed is revealed only when the file is written. */
export type NewIdentity = Pick<
  Identity,
  "agentId" | "tenantId" | "identityKey" | "serviceKey" | "issuerKey" | "cloudUrl"
>;

export async function saveIdentity(state: StateDirectory, identity: NewIdentity): Promise<void> {
  const { agentId, tenantId, identityKey, serviceKey, issuerKey, cloudUrl } = identity;
  const file: z.infer<typeof identityFileSchema> = {
    format: 1,
    agentId,
    tenantId,
    identitySeed: identityKey.seed.reveal(),
    serviceKey,
    issuerKey,
    cloudUrl,
  };
  await state.write(GENERATION_FILE, JSON.stringify({ generation: 0 }));
  await state.write(IDENTITY_FILE, JSON.stringify(file));
}

/** Throws AGENT_NOT_ENROLLED, STATE_UNREADABLE. */
export async function openIdentity(state: StateDirectory): Promise<Identity> {
  const file = await readState(state, IDENTITY_FILE, identityFileSchema);
  if (file === null) throw new AppError("AGENT_NOT_ENROLLED");
  const stored = await readState(state, GENERATION_FILE, generationFileSchema);
  // Starting over at 0 would look like a copy to the cloud, which then locks the agent.
  if (stored === null) throw new AppError("STATE_UNREADABLE", `${state.path}/${GENERATION_FILE} is missing.`);
  let { generation } = stored;

  const { agentId, tenantId, serviceKey, issuerKey, cloudUrl } = file;
  const identityKey = signingKeyFromSeed(new Secret(file.identitySeed));
  return {
    agentId,
    tenantId,
    identityKey,
    fingerprint: fingerprintKey(identityKey.publicKey),
    serviceKey,
    issuerKey,
    cloudUrl,
    get generation() {
      return generation;
    },
    async storeGeneration(next) {
      await state.write(GENERATION_FILE, JSON.stringify({ generation: next }));
      generation = next;
    },
  };
}
