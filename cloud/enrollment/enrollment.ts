/**
 * Enrols agents: an administrator gives a token to the host, which uses it once and proves that it holds the keys it
 * has made.
 */
import type { Clock } from "../../shared/clock.ts";
import { HOUR_MS } from "../../shared/durations.ts";
import { AppError, type ErrorCode } from "../../shared/errors.ts";
import { newId } from "../../shared/ids.ts";
import { isAddressRange, isInRanges } from "../../shared/ip-address.ts";
import {
  type EnrollmentRequest,
  type EnrollmentResponse,
  formatEnrollmentToken,
  isEnrollmentAuthentic,
  signEnrollmentResponse,
} from "../../shared/sealing/enrollment.ts";
import { isSealingKeyAuthentic } from "../../shared/sealing/job.ts";
import { fingerprintKey, generateSigningKey, type SigningKey } from "../../shared/sealing/signing-key.ts";
import type { Secret } from "../../shared/secret.ts";
import type { Audit } from "../audit/audit.ts";
import { createEnrollmentStore, type StoredEnrollment } from "../store/enrollments.ts";
import type { Store } from "../store/store.ts";

const MAX_TOKEN_TTL_MS = HOUR_MS;
const MINIMUM_TOKEN_TTL_MS = 1_000;
const MAX_RANGES = 32;

export interface TokenOrder {
  readonly tenantId: string;
  /** Becomes the agent's name. */
  readonly name: string;
  /** Addresses that the agent may enrol from; any address when empty. */
  readonly cidrs?: readonly string[];
  /** At most MAX_TOKEN_TTL_MS, which is also the default. */
  readonly ttlMs?: number;
  /** `key:<id>` or `system`. */
  readonly createdBy: string;
}

/** The public facts of a token, which do not suffice to enrol. */
export interface EnrollmentRecord extends Omit<StoredEnrollment, "publicKey" | "state" | "isFirst"> {
  readonly state: StoredEnrollment["state"] | "expired";
}

export interface Enrollment {
  /**
   * Creates a token. It can be shown only once, because only its public half is stored. Throws REQUEST_INVALID for a
   * bad range.
   */
  createToken(order: TokenOrder): Promise<{ readonly token: Secret; readonly record: EnrollmentRecord }>;
  /** Throws ENROLLMENT_TOKEN_INVALID, ENROLLMENT_TOKEN_EXPIRED, RECORD_FORGED. */
  enroll(request: EnrollmentRequest, remoteAddress: string): Promise<EnrollmentResponse>;
  /** Newest first. Tokens are kept for a week after their end. */
  list(tenantId: string): Promise<EnrollmentRecord[]>;
  /** Makes an open token unusable. Throws ENROLLMENT_TOKEN_INVALID when there is no such token. */
  revoke(tenantId: string, tokenId: string, by: string): Promise<EnrollmentRecord>;
}

export interface EnrollmentOptions {
  readonly store: Store;
  readonly audit: Audit;
  readonly serviceKey: SigningKey;
  readonly issuerPublicKey: string;
  readonly clock: Pick<Clock, "now">;
}

export function createEnrollment(options: EnrollmentOptions): Enrollment {
  const { audit, serviceKey, issuerPublicKey, clock } = options;
  const tokens = createEnrollmentStore(options.store);

  function view(stored: StoredEnrollment): EnrollmentRecord {
    const { tokenId, tenantId, name, cidrs, createdBy, createdAt, expiresAt, usedAt, agentId } = stored;
    const state = stored.state === "open" && clock.now() > expiresAt ? "expired" : stored.state;
    return { tokenId, tenantId, name, cidrs, state, createdBy, createdAt, expiresAt, usedAt, agentId };
  }

  /**
   * Audits a refusal of a token that exists. Random guesses are not audited, because a stranger could fill the audit
   * log with them.
   */
  async function refuse(record: StoredEnrollment, code: ErrorCode, why: string): Promise<never> {
    await audit.append({
      tenantId: record.tenantId,
      action: "enrollment.refused",
      actor: "system",
      subject: `enrollment:${record.tokenId}`,
      outcome: "refused",
      code,
      details: { why },
    });
    throw new AppError(code);
  }

  return {
    async createToken({ tenantId, name, cidrs = [], ttlMs = MAX_TOKEN_TTL_MS, createdBy }) {
      const wrong = cidrs.filter((range) => !isAddressRange(range));
      if (wrong.length > 0 || cidrs.length > MAX_RANGES)
        throw new AppError(
          "REQUEST_INVALID",
          `Not an address range: ${wrong.join(", ").slice(0, 200)}. Use an address or a range such as 10.0.0.0/8, at most ${MAX_RANGES}.`,
        );
      if (!(ttlMs >= MINIMUM_TOKEN_TTL_MS && ttlMs <= MAX_TOKEN_TTL_MS))
        throw new AppError("REQUEST_INVALID", "A token must be valid for 1 second to 1 hour.");
      const pair = generateSigningKey();
      const tokenId = newId();
      const record = await tokens.create(
        { tokenId, tenantId, name, cidrs, createdBy, publicKey: pair.publicKey },
        Math.round(ttlMs),
      );
      await audit.append({
        tenantId,
        action: "enrollment.created",
        actor: createdBy,
        subject: `enrollment:${tokenId}`,
        outcome: "done",
        details: { name, ranges: cidrs.join(",") },
      });
      const token = formatEnrollmentToken({
        tenantId,
        tokenId,
        seed: pair.seed,
        serviceKeyFingerprint: fingerprintKey(serviceKey.publicKey),
        issuerKeyFingerprint: fingerprintKey(issuerPublicKey),
      });
      return { token, record: view(record) };
    },

    async enroll(request, remoteAddress) {
      const { tenantId, tokenId, agentId, identityKey, sealingKeys } = request;
      const record = await tokens.find(tenantId, tokenId);
      if (record === null) throw new AppError("ENROLLMENT_TOKEN_INVALID");
      if (!isEnrollmentAuthentic(record.publicKey, request))
        return refuse(record, "ENROLLMENT_TOKEN_INVALID", "signature");
      if (!sealingKeys.every((key) => key.agentId === agentId && isSealingKeyAuthentic(identityKey, key)))
        return refuse(record, "ENROLLMENT_TOKEN_INVALID", "sealing key");
      if (!isInRanges(record.cidrs, remoteAddress))
        return refuse(record, "ENROLLMENT_TOKEN_INVALID", "address");

      const verdict = await tokens.consume(request, record);
      switch (verdict.word) {
        case "missing":
          throw new AppError("ENROLLMENT_TOKEN_INVALID");
        case "expired":
          return refuse(record, "ENROLLMENT_TOKEN_EXPIRED", "expired");
        case "used":
        case "taken":
          return refuse(record, "ENROLLMENT_TOKEN_INVALID", verdict.word);
        case "ok":
          await audit.append({
            tenantId,
            action: "agent.enrolled",
            actor: `agent:${agentId}`,
            subject: `agent:${agentId}`,
            outcome: "done",
            details: {
              token: tokenId,
              name: record.name,
              hostName: request.hostName,
              fingerprint: fingerprintKey(identityKey),
            },
          });
          break;
        case "again":
          break;
      }
      return signEnrollmentResponse(
        serviceKey,
        {
          agentId,
          tenantId,
          serviceKey: serviceKey.publicKey,
          issuerKey: issuerPublicKey,
          state: verdict.state,
        },
        request.tokenSignature,
      );
    },

    list: async (tenantId) => (await tokens.list(tenantId)).map(view),

    async revoke(tenantId, tokenId, by) {
      const found = await tokens.revoke(tenantId, tokenId);
      const record = found ? await tokens.find(tenantId, tokenId) : null;
      if (record === null)
        throw new AppError(
          "ENROLLMENT_TOKEN_INVALID",
          `Tenant ${tenantId} has no enrolment token ${tokenId.slice(0, 40)}.`,
        );
      await audit.append({
        tenantId,
        action: "enrollment.revoked",
        actor: by,
        subject: `enrollment:${tokenId}`,
        outcome: "done",
      });
      return view(record);
    },
  };
}
