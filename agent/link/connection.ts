/** Makes one connection to the cloud: challenge, proof, upgrade, welcome. supervisor.ts keeps dialling. */
import { randomBytes } from "node:crypto";
import type { Clock } from "../../shared/clock.ts";
import { AppError } from "../../shared/errors.ts";
import type { CloudFrame } from "../../shared/protocol/frames.ts";
import { AGENT_PATH, PROTOCOL_VERSION } from "../../shared/protocol/version.ts";
import { toBase64url } from "../../shared/sealing/bytes.ts";
import {
  type ChallengeResponse,
  challengeResponseSchema,
  signAgentProof,
  welcomeBytes,
} from "../../shared/sealing/enrollment.ts";
import { verifySignature } from "../../shared/sealing/signing-key.ts";
import { postToCloud, readRequestOptions } from "../cloud-http.ts";
import type { AgentConfig } from "../config.ts";
import type { Identity } from "../identity/identity.ts";
import { type Connection, startUpgrade } from "./cloud-socket.ts";
import type { LinkTimings } from "./link-timings.ts";

export interface DialOptions {
  readonly config: AgentConfig["cloud"];
  readonly identity: Pick<
    Identity,
    "agentId" | "tenantId" | "identityKey" | "serviceKey" | "generation" | "storeGeneration"
  >;
  readonly clock: Clock;
  readonly timings: LinkTimings;
  readonly signal: AbortSignal;
  /** Called with the cloud's clock minus this host's clock, milliseconds, even if the proof is refused afterwards. */
  readonly onClockSkew: (skewMs: number) => void;
  /** Called with every frame after the welcome that is not an answer to a request. Must not throw. */
  readonly onFrame: (frame: CloudFrame) => void;
}

/**
 * Resolves when the welcome's signature is checked and its generation is on disk: `ready` may be sent then. Throws CLOUD_*,
 * PROXY_REFUSED, AGENT_*, PROTOCOL_*, and then leaves nothing open.
 */
export async function dial(options: DialOptions): Promise<Connection> {
  const { config, identity, clock, timings, signal } = options;
  const { agentId, tenantId } = identity;
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(timings.dialTimeoutMs)]);
  const requestOptions = readRequestOptions(config);
  const url = new URL(AGENT_PATH, config.url);

  const askedAt = clock.now();
  const challenge = await postToCloud(
    requestOptions,
    new URL(`${AGENT_PATH}/challenge`, url),
    { tenantId, agentId },
    challengeResponseSchema,
    deadline,
  );
  options.onClockSkew(Math.round(challenge.serverTime - (askedAt + clock.now()) / 2));
  checkVersion(challenge);

  const agentNonce = toBase64url(randomBytes(32));
  const { generation } = identity;
  const proof = signAgentProof(identity.identityKey, {
    version: PROTOCOL_VERSION,
    tenantId,
    agentId,
    nonce: challenge.nonce,
    agentNonce,
    generation,
    audience: url.hostname,
  });
  const connection = await startUpgrade({
    requestOptions,
    url,
    proof: toBase64url(Buffer.from(JSON.stringify(proof))),
    deadline,
    clock,
    timings,
    onFrame: options.onFrame,
  });
  try {
    const { welcome } = connection;
    const isGenuine =
      welcome.agentId === agentId &&
      welcome.tenantId === tenantId &&
      welcome.generation === generation + 1 &&
      verifySignature(identity.serviceKey, welcomeBytes({ ...welcome, agentNonce }), welcome.signature);
    if (!isGenuine) throw new AppError("CLOUD_IDENTITY_INVALID");
    // Stored before `ready` is sent. If a generation that the cloud counts as used were lost here, this agent would
    // look like a copy.
    await identity.storeGeneration(welcome.generation);
  } catch (error) {
    connection.close();
    throw error;
  }
  return connection;
}

function checkVersion({ versionMin, versionMax }: ChallengeResponse): void {
  if (PROTOCOL_VERSION >= versionMin && PROTOCOL_VERSION <= versionMax) return;
  throw new AppError(
    "PROTOCOL_VERSION",
    `The cloud speaks protocol ${versionMin} to ${versionMax}, this agent ${PROTOCOL_VERSION}.`,
  );
}
