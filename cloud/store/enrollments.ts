/** Stores enrolment tokens. A record is enough to check a token, but not enough to enrol with it. */
import { z } from "zod";
import { MINUTE_MS } from "../../shared/durations.ts";
import { AppError } from "../../shared/errors.ts";
import { base64url, tenantIdSchema, ulidSchema } from "../../shared/ids.ts";
import type { EnrollmentRequest } from "../../shared/sealing/enrollment.ts";
import { fingerprintKey } from "../../shared/sealing/signing-key.ts";
import { statedFields } from "./agent-record.ts";
import { keys } from "./keys.ts";
import { guard, type Store } from "./store.ts";

export interface StoredEnrollment {
  readonly tokenId: string;
  readonly tenantId: string;
  readonly name: string;
  /** Networks from which the agent may enrol; any network when empty. */
  readonly cidrs: readonly string[];
  readonly state: "open" | "used" | "revoked";
  readonly createdBy: string;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly usedAt: number | null;
  readonly agentId: string | null;
  /** The public half of the token's seed. */
  readonly publicKey: string;
}

/**
 * `again`: the same agent repeats its request, because the first reply may have been lost. `taken`: another agent has
 * this id.
 */
export type ConsumeVerdict =
  | { readonly word: "ok" | "again"; readonly state: "pending" | "approved" }
  | { readonly word: "missing" | "used" | "expired" | "taken" };

export interface EnrollmentStore {
  create(
    token: Pick<StoredEnrollment, "tokenId" | "tenantId" | "name" | "cidrs" | "createdBy" | "publicKey">,
    ttlMs: number,
  ): Promise<StoredEnrollment>;
  find(tenantId: string, tokenId: string): Promise<StoredEnrollment | null>;
  /** Lists tokens, newest first, until a week after they have expired. */
  list(tenantId: string): Promise<StoredEnrollment[]>;
  /** Revokes a token. False when there is no such token. A used token stays used. */
  revoke(tenantId: string, tokenId: string): Promise<boolean>;
  /** Uses up the token and creates the agent, in one step. */
  consume(request: EnrollmentRequest, name: string): Promise<ConsumeVerdict>;
}

const REPEAT_MS = 10 * MINUTE_MS;

const instant = z.coerce.number().int().min(0);
const storedSchema = z.object({
  tokenId: ulidSchema,
  tenantId: tenantIdSchema,
  name: z.string(),
  cidrs: z.string().transform((text) => (text === "" ? [] : text.split(","))),
  state: z.enum(["open", "used", "revoked"]),
  createdBy: z.string(),
  createdAt: instant,
  expiresAt: instant,
  usedAt: instant.optional(),
  agentId: z.string().optional(),
  publicKey: base64url(32),
});
const consumeReply = z.union([
  z.tuple([z.enum(["ok", "again"]), z.enum(["pending", "approved", "revoked", "locked"])]),
  z.tuple([z.enum(["missing", "used", "expired", "taken"])]),
]);

export function createEnrollmentStore(store: Store): EnrollmentStore {
  async function find(tenantId: string, tokenId: string): Promise<StoredEnrollment | null> {
    const key = keys.enrollment(tenantId, tokenId);
    const fields = await guard(() => store.redis.hgetall(key));
    if (Object.keys(fields).length === 0) return null;
    const parsed = storedSchema.safeParse(fields);
    if (!parsed.success) throw new AppError("RECORD_CORRUPT", `The record ${key} is damaged.`);
    const { usedAt, agentId, ...rest } = parsed.data;
    return { ...rest, usedAt: usedAt ?? null, agentId: agentId ?? null };
  }

  return {
    find,
    async create({ tokenId, tenantId, name, cidrs, createdBy, publicKey }, ttlMs) {
      await store.call(
        "latchkey_token_create",
        [keys.enrollment(tenantId, tokenId), keys.enrollments(tenantId)],
        [
          tokenId,
          ttlMs,
          "tokenId",
          tokenId,
          "tenantId",
          tenantId,
          "name",
          name,
          "cidrs",
          cidrs.join(","),
          "createdBy",
          createdBy,
          "publicKey",
          publicKey,
        ],
      );
      const record = await find(tenantId, tokenId);
      if (record === null) throw new AppError("STORE_UNAVAILABLE");
      return record;
    },
    async list(tenantId) {
      const ids = await guard(() => store.redis.zrange(keys.enrollments(tenantId), "0", "-1", "REV"));
      const records = await Promise.all(ids.map((id) => find(tenantId, id)));
      return records.filter((record) => record !== null);
    },
    async revoke(tenantId, tokenId) {
      const reply = await store.call("latchkey_token_revoke", [keys.enrollment(tenantId, tokenId)], []);
      return z.tuple([z.string()]).parse(reply)[0] === "ok";
    },
    async consume(request, name) {
      const { tenantId, tokenId, agentId, identityKey, hostName, platform, version, sealingKeys, directory } =
        request;
      const reply = consumeReply.parse(
        await store.call(
          "latchkey_agent_enroll",
          [keys.enrollment(tenantId, tokenId), keys.agent(tenantId, agentId), keys.agents(tenantId)],
          [
            agentId,
            identityKey,
            REPEAT_MS,
            "agentId",
            agentId,
            "tenantId",
            tenantId,
            "name",
            name,
            "hostName",
            hostName,
            "platform",
            platform,
            "version",
            version,
            "identityKey",
            identityKey,
            "fingerprint",
            fingerprintKey(identityKey),
            "sealingKeys",
            JSON.stringify(sealingKeys),
            ...statedFields(directory),
          ],
        ),
      );
      if (reply[0] !== "ok" && reply[0] !== "again") return { word: reply[0] };
      // The agent may have been revoked or locked since. The first answer is repeated; the agent learns of it when it
      // next connects.
      return { word: reply[0], state: reply[1] === "approved" ? "approved" : "pending" };
    },
  };
}
