/**
 * Stores enrolment tokens. A record is enough to check a token, but not enough to enrol with it. It carries a MAC, so that a writer
 * of Redis cannot make a token.
 */
import { z } from "zod";
import { MINUTE_MS } from "../../shared/durations.ts";
import { AppError, isAppError } from "../../shared/errors.ts";
import { base64url, tenantIdSchema, ulidSchema } from "../../shared/ids.ts";
import type { EnrollmentRequest } from "../../shared/sealing/enrollment.ts";
import { enrolmentText, type Proof, tokenText } from "./agent-proofs.ts";
import { statedFields } from "./agent-record.ts";
import { keys } from "./keys.ts";
import { guard, type Store, storeTime } from "./store.ts";

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
  /** True when the tenant had never had an approved agent when the token was made. */
  readonly isFirst: boolean;
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
  /** Throws RECORD_FORGED for a token that no node has made. */
  find(tenantId: string, tokenId: string): Promise<StoredEnrollment | null>;
  /** Lists tokens, newest first, until a week after they have expired. Forged ones are left out. */
  list(tenantId: string): Promise<StoredEnrollment[]>;
  /** Revokes a token. False when there is no such token. A used token stays used. */
  revoke(tenantId: string, tokenId: string): Promise<boolean>;
  /** Uses up the token and creates the agent, in one step. */
  consume(
    request: EnrollmentRequest,
    token: Pick<StoredEnrollment, "name" | "expiresAt" | "isFirst">,
  ): Promise<ConsumeVerdict>;
}

const REPEAT_MS = 10 * MINUTE_MS;

const instant = z.coerce.number().int().min(0);
const storedSchema = z.object({
  tokenId: ulidSchema,
  tenantId: tenantIdSchema,
  name: z.string(),
  cidrs: z.string(),
  state: z.enum(["open", "used", "revoked"]),
  createdBy: z.string(),
  createdAt: instant,
  expiresAt: instant,
  usedAt: instant.optional(),
  agentId: z.string().optional(),
  publicKey: base64url(32),
  first: z
    .string()
    .default("")
    .transform((flag) => flag === "1"),
  mac: z.string().default(""),
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
    const { usedAt, agentId, cidrs, first: isFirst, mac, ...rest } = parsed.data;
    if (!store.mac.verify(key, tokenText({ ...rest, cidrs, isFirst }), mac))
      throw store.refusals.refuse({ kind: "enrolment_token", tenantId, key });
    return {
      ...rest,
      isFirst,
      cidrs: cidrs === "" ? [] : cidrs.split(","),
      usedAt: usedAt ?? null,
      agentId: agentId ?? null,
    };
  }

  /** True while the tenant has never had an approved agent. */
  async function isBeforeApproval(tenantId: string): Promise<boolean> {
    const [once, approved] = await guard(() =>
      Promise.all([
        store.redis.hexists(keys.sources(tenantId), "approvedOnce"),
        store.redis.scard(keys.agentsApproved(tenantId)),
      ]),
    );
    return once === 0 && approved === 0;
  }

  return {
    find,
    async create({ tokenId, tenantId, name, cidrs, createdBy, publicKey }, ttlMs) {
      const isFirst = await isBeforeApproval(tenantId);
      const expiresAt = (await storeTime(store)) + ttlMs;
      const key = keys.enrollment(tenantId, tokenId);
      const ranges = cidrs.join(",");
      const text = tokenText({ name, cidrs: ranges, createdBy, publicKey, isFirst, expiresAt });
      const facts = {
        tokenId,
        tenantId,
        name,
        cidrs: ranges,
        createdBy,
        publicKey,
        first: isFirst ? "1" : "",
        mac: store.mac.sign(key, text),
      };
      await store.call(
        "latchkey_token_create",
        [key, keys.enrollments(tenantId)],
        [tokenId, expiresAt, ...Object.entries(facts).flat()],
      );
      const record = await find(tenantId, tokenId);
      if (record === null) throw new AppError("STORE_UNAVAILABLE");
      return record;
    },
    async list(tenantId) {
      const ids = await guard(() => store.redis.zrange(keys.enrollments(tenantId), "0", "-1", "REV"));
      const records = await Promise.all(ids.map((id) => find(tenantId, id).catch(leaveOutForged)));
      return records.filter((record) => record !== null);
    },
    async revoke(tenantId, tokenId) {
      const reply = await store.call("latchkey_token_revoke", [keys.enrollment(tenantId, tokenId)], []);
      return z.tuple([z.string()]).parse(reply)[0] === "ok";
    },
    async consume(request, { name, expiresAt, isFirst }) {
      const { tenantId, tokenId, agentId, identityKey, hostName, platform, version, sealingKeys, directory } =
        request;
      const key = keys.agent(tenantId, agentId);
      const enrolledAt = await storeTime(store);
      const facts = {
        agentId,
        tenantId,
        name,
        hostName,
        platform,
        version,
        identityKey,
        enrolledAt,
        first: isFirst ? "1" : "",
        enrolment: store.mac.sign(key, enrolmentText({ name, identityKey, enrolledAt, isFirst })),
        sealingKeys: JSON.stringify(sealingKeys),
      };
      const reply = consumeReply.parse(
        await store.call(
          "latchkey_agent_enroll",
          [keys.enrollment(tenantId, tokenId), key, keys.agents(tenantId)],
          [
            agentId,
            identityKey,
            REPEAT_MS,
            expiresAt,
            ...Object.entries(facts).flat(),
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

/** Returns the MAC of a token's record and what it covers; null for a record that cannot be read or a token that is used or over. */
export function tokenProof(fields: Record<string, string>, now: number): Proof | null {
  const parsed = storedSchema.safeParse(fields);
  if (!parsed.success || parsed.data.state !== "open" || parsed.data.expiresAt < now) return null;
  const { first: isFirst, mac, ...facts } = parsed.data;
  return { field: "mac", text: tokenText({ ...facts, isFirst }), mac };
}

function leaveOutForged(error: unknown): null {
  if (isAppError(error, "RECORD_FORGED")) return null;
  throw error;
}
