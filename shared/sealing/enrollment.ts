/** The one-time enrolment token, and the proofs by which agent and cloud authenticate each other. */
import { z } from "zod";
import { AppError } from "../errors.ts";
import { agentIdSchema, base64url, base64urlUpTo, tenantIdSchema, ulidSchema } from "../ids.ts";
import { printableText } from "../printable.ts";
import { Secret } from "../secret.ts";
import { statedDirectorySchema } from "../source.ts";
import { packFields } from "./bytes.ts";
import { sealingKeyRecordSchema } from "./job.ts";
import { fingerprintKey, type SigningKey, signingKeyFromSeed, verifySignature } from "./signing-key.ts";

/**
 * `lk1.<tenant>.<tokenId>.<seed>.<fingerprint of the service key>.<fingerprint of the issuer key>`. The cloud stores
 * only the public half of the seed, so that reading its store is not enough to enrol. The fingerprints let the agent
 * check the cloud.
 */
export interface EnrollmentToken {
  readonly tenantId: string;
  readonly tokenId: string;
  readonly seed: Secret;
  readonly serviceKeyFingerprint: string;
  readonly issuerKeyFingerprint: string;
}

export function formatEnrollmentToken(token: EnrollmentToken): Secret {
  const { tenantId, tokenId, seed, serviceKeyFingerprint, issuerKeyFingerprint } = token;
  const pins = [serviceKeyFingerprint, issuerKeyFingerprint].map((pin) => pin.replaceAll("-", ""));
  return new Secret(["lk1", tenantId, tokenId, seed.reveal(), ...pins].join("."));
}

const tokenSchema = z.tuple([
  z.literal("lk1"),
  tenantIdSchema,
  ulidSchema,
  base64url(32),
  z.string().regex(/^[0-9a-f]{32}$/),
  z.string().regex(/^[0-9a-f]{32}$/),
]);

export function parseEnrollmentToken(text: Secret): EnrollmentToken {
  const parsed = tokenSchema.safeParse(text.reveal().trim().split("."));
  if (!parsed.success)
    throw new AppError(
      "ENROLLMENT_TOKEN_INVALID",
      "The token is not an enrolment token: those begin with lk1. and have six parts.",
    );
  const [, tenantId, tokenId, seed, service, issuer] = parsed.data;
  const dashed = (hex: string): string => (hex.match(/.{4}/g) ?? []).join("-");
  return {
    tenantId,
    tokenId,
    seed: new Secret(seed),
    serviceKeyFingerprint: dashed(service),
    issuerKeyFingerprint: dashed(issuer),
  };
}

/** `POST /agent/v1/enroll`. */
export const enrollmentRequestSchema = z.strictObject({
  tenantId: tenantIdSchema,
  tokenId: ulidSchema,
  agentId: agentIdSchema,
  identityKey: base64url(32),
  sealingKeys: z.array(sealingKeyRecordSchema).min(1).max(2),
  hostName: printableText(255),
  platform: printableText(64),
  version: printableText(32),
  /** The directory that the agent is configured for. Null when it could not be reached at the enrolment. */
  directory: statedDirectorySchema.nullable(),
  /** Epoch ms on the agent. */
  sentAt: z.int().min(0),
  /** Made with the token's seed and with the identity key, over the same bytes. */
  tokenSignature: base64url(64),
  identitySignature: base64url(64),
});
export type EnrollmentRequest = z.infer<typeof enrollmentRequestSchema>;

/** The answer. The agent checks both keys against the token's fingerprints before it stores anything. */
export const enrollmentResponseSchema = z.strictObject({
  agentId: agentIdSchema,
  tenantId: tenantIdSchema,
  serviceKey: base64url(32),
  issuerKey: base64url(32),
  state: z.enum(["pending", "approved"]),
  /** Made with the service key, over the request's token signature. */
  signature: base64url(64),
});
export type EnrollmentResponse = z.infer<typeof enrollmentResponseSchema>;

type UnsignedRequest = Omit<EnrollmentRequest, "tokenSignature" | "identitySignature">;

const requestBytes = (request: UnsignedRequest): Uint8Array =>
  packFields("latchkey/v1/enroll", [
    request.tenantId,
    request.tokenId,
    request.agentId,
    request.identityKey,
    ...request.sealingKeys.flatMap((key) => [key.keyId, key.publicKey]),
    request.hostName,
    request.platform,
    request.version,
    // Parsed, so that both sides have the keys in the order of the schema.
    JSON.stringify(statedDirectorySchema.nullable().parse(request.directory)),
    request.sentAt,
  ]);

export function signEnrollmentRequest(
  token: EnrollmentToken,
  identity: SigningKey,
  request: UnsignedRequest,
): EnrollmentRequest {
  const bytes = requestBytes(request);
  return {
    ...request,
    tokenSignature: signingKeyFromSeed(token.seed).sign(bytes),
    identitySignature: identity.sign(bytes),
  };
}

/** Checks that the sender holds the token and the private half of the identity key. */
export function isEnrollmentAuthentic(tokenPublicKey: string, request: EnrollmentRequest): boolean {
  const bytes = requestBytes(request);
  return (
    verifySignature(tokenPublicKey, bytes, request.tokenSignature) &&
    verifySignature(request.identityKey, bytes, request.identitySignature)
  );
}

const responseBytes = (response: Omit<EnrollmentResponse, "signature">, tokenSignature: string): Uint8Array =>
  packFields("latchkey/v1/enrolled", [
    response.agentId,
    response.tenantId,
    response.serviceKey,
    response.issuerKey,
    response.state,
    tokenSignature,
  ]);

export function signEnrollmentResponse(
  service: SigningKey,
  response: Omit<EnrollmentResponse, "signature">,
  tokenSignature: string,
): EnrollmentResponse {
  return { ...response, signature: service.sign(responseBytes(response, tokenSignature)) };
}

/** Throws ENROLLMENT_PIN_MISMATCH unless the answer comes from the cloud that made the token. */
export function checkEnrollmentResponse(
  token: EnrollmentToken,
  response: EnrollmentResponse,
  tokenSignature: string,
): void {
  const authentic =
    fingerprintKey(response.serviceKey) === token.serviceKeyFingerprint &&
    fingerprintKey(response.issuerKey) === token.issuerKeyFingerprint &&
    verifySignature(response.serviceKey, responseBytes(response, tokenSignature), response.signature);
  if (!authentic) throw new AppError("ENROLLMENT_PIN_MISMATCH");
}

/** `POST /agent/v1/challenge`. The answer contains the nonce that the next upgrade must sign. */
export const challengeRequestSchema = z.strictObject({ tenantId: tenantIdSchema, agentId: agentIdSchema });
export const challengeResponseSchema = z.strictObject({
  nonce: base64urlUpTo(96),
  serverTime: z.int().min(0),
  node: z.string().min(1).max(64),
  versionMin: z.int().min(1),
  versionMax: z.int().min(1),
});
export type ChallengeResponse = z.infer<typeof challengeResponseSchema>;

/**
 * Sent with the upgrade as `Authorization: Latchkey <base64url of this as JSON>`, and checked before the upgrade is
 * accepted.
 */
export const agentProofSchema = z.strictObject({
  version: z.int().min(1).max(99),
  tenantId: tenantIdSchema,
  agentId: agentIdSchema,
  /** The nonce of the challenge. It works once. */
  nonce: base64urlUpTo(96),
  /** The agent's own nonce, which the cloud signs in `welcome`. */
  agentNonce: base64url(32),
  generation: z.int().min(0),
  /** The host name that the agent connected to, so that a proof made for one cloud is useless at another. */
  audience: z.string().min(1).max(255),
  signature: base64url(64),
});
export type AgentProof = z.infer<typeof agentProofSchema>;

const proofBytes = (proof: Omit<AgentProof, "signature">): Uint8Array =>
  packFields("latchkey/v1/auth", [
    proof.version,
    proof.tenantId,
    proof.agentId,
    proof.nonce,
    proof.agentNonce,
    proof.generation,
    proof.audience,
  ]);

export function signAgentProof(identity: SigningKey, proof: Omit<AgentProof, "signature">): AgentProof {
  return { ...proof, signature: identity.sign(proofBytes(proof)) };
}
export const isAgentProofAuthentic = (identityPublicKey: string, proof: AgentProof): boolean =>
  verifySignature(identityPublicKey, proofBytes(proof), proof.signature);

/** The bytes that the cloud signs in `welcome`, so that the agent can check the cloud before it sends anything. */
export const welcomeBytes = (fields: {
  readonly agentId: string;
  readonly agentNonce: string;
  readonly sessionId: string;
  readonly generation: number;
}): Uint8Array =>
  packFields("latchkey/v1/welcome", [fields.agentId, fields.agentNonce, fields.sessionId, fields.generation]);
