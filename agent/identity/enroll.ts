/** Enrols this host as an agent: makes keys, proves them to the cloud, checks its answer and writes the files. */
import { z } from "zod";
import type { Clock } from "../../shared/clock.ts";
import { AppError } from "../../shared/errors.ts";
import { agentIdSchema, base64url, newId, ulidSchema } from "../../shared/ids.ts";
import type { Logger } from "../../shared/logger.ts";
import { AGENT_PATH, PRODUCT_VERSION } from "../../shared/protocol/version.ts";
import {
  checkEnrollmentResponse,
  enrollmentResponseSchema,
  parseEnrollmentToken,
  signEnrollmentRequest,
} from "../../shared/sealing/enrollment.ts";
import { fingerprintKey, generateSigningKey, signingKeyFromSeed } from "../../shared/sealing/signing-key.ts";
import { Secret } from "../../shared/secret.ts";
import type { StatedDirectory } from "../../shared/source.ts";
import { postToCloud, readRequestOptions } from "../cloud-http.ts";
import type { AgentConfig } from "../config.ts";
import { IDENTITY_FILE, saveIdentity } from "./identity.ts";
import { readState } from "./read-state.ts";
import { startSealingKeys } from "./sealing-keys.ts";
import type { StateDirectory } from "./state-directory.ts";

export interface EnrollOptions {
  readonly config: AgentConfig["cloud"];
  readonly state: StateDirectory;
  readonly hostName: string;
  /** The directory that the configuration names; null when it cannot be reached now. */
  readonly directory: StatedDirectory | null;
  readonly token: Secret;
  readonly log: Logger;
  readonly clock: Clock;
}

export interface Enrolled {
  readonly agentId: string;
  readonly tenantId: string;
  /** The administrator compares it before approving the agent. */
  readonly fingerprint: string;
  readonly state: "pending" | "approved";
}

const TIMEOUT_MS = 15_000;

/** Written before the token is used. If the answer is lost, the request can then be repeated with the same key. */
const ATTEMPT_FILE = "enrollment.json";
const attemptSchema = z.strictObject({
  tokenId: ulidSchema,
  agentId: agentIdSchema,
  identitySeed: base64url(32),
});

/**
 * Makes the keys on this host and enrols them. After a lost answer, call it again with the same token. Throws
 * AGENT_ALREADY_ENROLLED, ENROLLMENT_*, CLOUD_*, PROXY_REFUSED, STATE_UNREADABLE.
 */
export async function enroll({
  config,
  state,
  hostName,
  directory,
  token,
  log,
  clock,
}: EnrollOptions): Promise<Enrolled> {
  if ((await state.read(IDENTITY_FILE)) !== null) throw new AppError("AGENT_ALREADY_ENROLLED");
  const parsedToken = parseEnrollmentToken(token);
  const { tenantId, tokenId } = parsedToken;
  const { agentId, identityKey } = await openAttempt(state, tokenId);

  const sealingKeys = await startSealingKeys({ state, identity: { agentId, identityKey }, log, clock });
  await sealingKeys.close();

  const request = signEnrollmentRequest(parsedToken, identityKey, {
    tenantId,
    tokenId,
    agentId,
    identityKey: identityKey.publicKey,
    sealingKeys: sealingKeys.current(),
    hostName,
    platform: `${process.platform}-${process.arch}`,
    version: PRODUCT_VERSION,
    directory,
    sentAt: clock.now(),
  });
  const response = await postToCloud(
    readRequestOptions(config),
    new URL(`${AGENT_PATH}/enroll`, config.url),
    request,
    enrollmentResponseSchema,
    AbortSignal.timeout(TIMEOUT_MS),
  );
  checkEnrollmentResponse(parsedToken, response, request.tokenSignature);
  if (response.agentId !== agentId || response.tenantId !== tenantId)
    throw new AppError("ENROLLMENT_PIN_MISMATCH", "The cloud answered for another agent.");

  const { serviceKey, issuerKey } = response;
  await saveIdentity(state, { agentId, tenantId, identityKey, serviceKey, issuerKey, cloudUrl: config.url });
  await state.remove(ATTEMPT_FILE);
  const fingerprint = fingerprintKey(identityKey.publicKey);
  log.info("identity.agent.enrolled", { agentId, tenantId, fingerprint });
  return { agentId, tenantId, fingerprint, state: response.state };
}

async function openAttempt(state: StateDirectory, tokenId: string) {
  const before = await readState(state, ATTEMPT_FILE, attemptSchema);
  if (before?.tokenId === tokenId)
    return { agentId: before.agentId, identityKey: signingKeyFromSeed(new Secret(before.identitySeed)) };

  const agentId = newId();
  const identityKey = generateSigningKey();
  const attempt: z.infer<typeof attemptSchema> = {
    tokenId,
    agentId,
    identitySeed: identityKey.seed.reveal(),
  };
  await state.write(ATTEMPT_FILE, JSON.stringify(attempt));
  return { agentId, identityKey };
}
