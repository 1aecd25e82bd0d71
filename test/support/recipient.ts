import { newId } from "../../shared/ids.ts";
import { generateSealingKeyPair, type SealingKeyPair } from "../../shared/sealing/hpke.ts";
import { type SealingKeyRecord, signSealingKey } from "../../shared/sealing/job.ts";
import { generateSigningKey, type SigningKey } from "../../shared/sealing/signing-key.ts";

const LIFE_MS = 86_400_000;

/** Makes an agent's sealing key, and the signed record that passwords are sealed to. */
export async function makeRecipient({
  identityKey = generateSigningKey(),
  agentId = newId(),
  createdAt = Date.now(),
}: {
  readonly identityKey?: SigningKey;
  readonly agentId?: string;
  readonly createdAt?: number;
} = {}): Promise<{ readonly record: SealingKeyRecord; readonly sealingKey: SealingKeyPair }> {
  const sealingKey = await generateSealingKeyPair("x25519");
  const { suite, publicKey } = sealingKey;
  const expiresAt = createdAt + LIFE_MS;
  const record = signSealingKey(identityKey, {
    agentId,
    keyId: newId(),
    suite,
    publicKey,
    createdAt,
    expiresAt,
  });
  return { record, sealingKey };
}
