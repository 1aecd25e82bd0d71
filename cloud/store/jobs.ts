/** Records of writeback jobs: the authority on what came of each. Their transitions are in functions/jobs.lua, nowhere else. */
import { z } from "zod";
import { MINUTE_MS } from "../../shared/durations.ts";
import { AppError } from "../../shared/errors.ts";
import { LIMITS } from "../../shared/protocol/limits.ts";
import type { SignedJob } from "../../shared/sealing/job.ts";
import type { Receipt } from "../../shared/sealing/receipt.ts";
import type { AccountMark } from "../../shared/writeback.ts";
import { type JobRecord, parseMark, parseRecord, parseSigned } from "./job-record.ts";
import { keys } from "./keys.ts";
import { guard, type Store } from "./store.ts";

export interface NewJob {
  readonly job: SignedJob;
  readonly requestedBy: string;
  /** Tells whether a repeated request is the same one. */
  readonly digest: string;
  /** Digest of the idempotency key and its scope; null without one. */
  readonly request: string | null;
  readonly node: string;
}

export type Created =
  /** `superseded`: jobs that this one replaced; its own id when a newer one was there first. */
  | { readonly kind: "created"; readonly superseded: readonly string[] }
  | { readonly kind: "existing"; readonly jobId: string }
  | { readonly kind: "conflict" | "stale" | "full" };

export type Offer =
  | { readonly kind: "offered"; readonly job: SignedJob }
  | { readonly kind: "final" | "missing" }
  /** Granted to another agent, or to this one a moment ago. */
  | { readonly kind: "held"; readonly waitMs: number }
  /** Another job of the same user is granted: that one first. */
  | { readonly kind: "busy"; readonly waitMs: number; readonly jobId: string };

export type Claim =
  | {
      readonly kind: "grant";
      readonly mode: "apply" | "verify";
      readonly mayApply: boolean;
      readonly leaseMs: number;
      readonly mark: AccountMark | null;
    }
  | { readonly kind: "deny"; readonly reason: "final" | "busy" | "unknown" };

/**
 * decided, corrected: the record changed. same: known already. kept: another final state stays. stray: only the holder of the
 * grant may say that. mismatch: the receipt is for another user. missing: no such record (any more).
 */
export interface Outcome {
  readonly kind: "decided" | "corrected" | "same" | "kept" | "stray" | "mismatch" | "missing";
  /** Where somebody may wait for it. */
  readonly nodes: readonly string[];
  /** As it is now, where it changed; null also when the rest of it is damaged. */
  readonly record: JobRecord | null;
}

export interface Cancelled {
  readonly kind: "cancelled" | "final" | "granted" | "missing";
  readonly nodes: readonly string[];
}

export const AUDITED_STEPS = ["submitted", "decided", "corrected", "cancelled"] as const;
/** What a job still owes the audit. */
export interface AuditDebt {
  readonly jobId: string;
  readonly step: (typeof AUDITED_STEPS)[number];
}

/** All throw STORE_UNAVAILABLE; what reads records throws RECORD_CORRUPT, naming the key. */
export interface JobStore {
  /** The next sequence of a user, and the time of Redis. */
  allot(tenantId: string, userId: string): Promise<{ readonly sequence: number; readonly now: number }>;
  create(job: NewJob): Promise<Created>;
  /** The job made under an idempotency key, if there is one. */
  findRequest(
    tenantId: string,
    request: string,
  ): Promise<{ readonly jobId: string; readonly digest: string } | null>;
  offer(offer: {
    readonly tenantId: string;
    readonly jobId: string;
    readonly agentId: string;
    readonly node: string;
    /** The agent has just connected: it may have lost what it was offered before. */
    readonly reconnected: boolean;
  }): Promise<Offer>;
  claim(tenantId: string, jobId: string, agentId: string, mark: AccountMark | null): Promise<Claim>;
  /** True when it changed anything: the job may be offered again. */
  nack(tenantId: string, jobId: string, agentId: string): Promise<boolean>;
  /** The caller has checked the signature. */
  outcome(receipt: Receipt): Promise<Outcome>;
  cancel(tenantId: string, jobId: string, by: string): Promise<Cancelled>;
  /** Decides what time has decided. The ids that were due. */
  expire(tenantId: string): Promise<string[]>;
  /** Null when there is none (any more). */
  find(tenantId: string, jobId: string): Promise<JobRecord | null>;
  /** Newest first. */
  listForUser(tenantId: string, userId: string): Promise<JobRecord[]>;
  list(tenantId: string, limit: number): Promise<JobRecord[]>;
  /** Ids that nobody has decided. */
  pending(tenantId: string): Promise<string[]>;
  /** Steps not in the audit `olderThanMs` after they happened. */
  unaudited(tenantId: string, olderThanMs: number): Promise<AuditDebt[]>;
  audited(tenantId: string, debts: readonly AuditDebt[]): Promise<void>;
  /** To be called before a job is created: the sweep looks at active tenants only. */
  markTenantActive(tenantId: string): Promise<void>;
  activeTenants(): Promise<string[]>;
  /** Nothing is under way: forgotten if its last submit is long enough ago. */
  markTenantIdle(tenantId: string): Promise<void>;
  /** True for one node in `forMs`. */
  electSweeper(node: string, forMs: number): Promise<boolean>;
}

export interface JobStoreOptions {
  readonly store: Store;
  readonly keepSeconds: number;
  readonly maxPending: number;
  /** How long a granted agent has for starting its write, and how long others wait after that; milliseconds. */
  readonly leaseMs?: number;
  readonly graceMs?: number;
  /** How long after the last lease the cloud waits for a verdict before it says `unknown`. */
  readonly giveUpMs?: number;
}

/** A schema is built once: to build one costs many times what it then costs to parse with it. */
const answerSchema = z.tuple([z.union([z.string(), z.number()])], z.union([z.string(), z.number()]));
const idsSchema = z.array(z.string());

const GIVE_UP_MS = MINUTE_MS;
const REQUEST_SECONDS = 86_400;
const TENANT_IDLE_MS = 600_000;
const SWEEP_AT_ONCE = 500;

export function createJobStore({
  store,
  keepSeconds,
  maxPending,
  leaseMs = LIMITS.leaseMs,
  graceMs = LIMITS.leaseGraceMs,
  giveUpMs = GIVE_UP_MS,
}: JobStoreOptions): JobStore {
  const { redis } = store;

  const call = async (
    name: string,
    tenantId: string,
    args: readonly (string | number)[],
  ): Promise<z.infer<typeof answerSchema>> =>
    answerSchema.parse(await store.call(`latchkey_job_${name}`, jobRoom(tenantId), args));

  async function read(tenantId: string, ids: readonly string[]): Promise<JobRecord[]> {
    const rows = await guard(() => Promise.all(ids.map((id) => redis.hgetall(keys.job(tenantId, id)))));
    return rows.flatMap((row, index) => {
      const id = ids[index];
      return id === undefined || Object.keys(row).length === 0 ? [] : [parseRecord(tenantId, id, row)];
    });
  }

  return {
    async allot(tenantId, userId) {
      const [sequence, now] = await call("allot", tenantId, [userId]);
      return { sequence: Number(sequence), now: Number(now) };
    },
    async create({ job: { order, sealed, signature }, requestedBy, digest, request, node }) {
      const [kind, jobId, ...superseded] = await call("create", order.tenantId, [
        order.jobId,
        order.userId,
        order.userSequence,
        order.notAfter,
        JSON.stringify(order),
        JSON.stringify(sealed),
        signature,
        requestedBy,
        digest,
        node,
        request ?? "",
        keepSeconds,
        maxPending,
        graceMs,
        REQUEST_SECONDS,
      ]);
      switch (kind) {
        case "created":
          return { kind, superseded: superseded.map(String) };
        case "existing":
          return { kind, jobId: String(jobId) };
        case "conflict":
        case "stale":
        case "full":
          return { kind };
        default:
          throw unexpected("create", kind);
      }
    },
    async findRequest(tenantId, request) {
      const text = await guard(() => redis.get(keys.jobRequest(tenantId, request)));
      const [jobId, digest] = text?.split(" ") ?? [];
      return jobId === undefined || digest === undefined ? null : { jobId, digest };
    },
    async offer({ tenantId, jobId, agentId, node, reconnected }) {
      const [kind, second, third, fourth] = await call("offer", tenantId, [
        jobId,
        agentId,
        node,
        reconnected ? "1" : "0",
      ]);
      switch (kind) {
        case "offered": {
          const job = parseSigned(tenantId, jobId, String(second), String(third), String(fourth));
          return { kind, job };
        }
        case "held":
          return { kind, waitMs: Number(second) };
        case "busy":
          return { kind, waitMs: Number(second), jobId: String(third) };
        case "final":
        case "missing":
          return { kind };
        default:
          throw unexpected("offer", kind);
      }
    },
    async claim(tenantId, jobId, agentId, mark) {
      const [kind, second, mayApply, lease, first] = await call("claim", tenantId, [
        jobId,
        agentId,
        mark === null ? "" : JSON.stringify(mark),
        leaseMs,
        giveUpMs,
      ]);
      if (kind === "deny")
        return { kind, reason: second === "final" || second === "busy" ? second : "unknown" };
      return {
        kind: "grant",
        mode: second === "apply" ? "apply" : "verify",
        mayApply: mayApply === 1,
        leaseMs: Number(lease),
        mark: first === "" ? null : parseMark(tenantId, jobId, String(first)),
      };
    },
    async nack(tenantId, jobId, agentId) {
      return (await store.call("latchkey_job_nack", jobRoom(tenantId), [jobId, agentId])) === 1;
    },
    async outcome(receipt) {
      const { tenantId, verdict } = receipt;
      const [kind, ...fields] = await call("outcome", tenantId, [
        receipt.jobId,
        receipt.agentId,
        receipt.userId,
        verdict.state,
        verdict.code ?? "",
        JSON.stringify(verdict),
        JSON.stringify(receipt),
      ]);
      const row = rowOf(fields);
      return {
        kind: kind as Outcome["kind"],
        nodes: namesOf([row["submitNode"] ?? "", row["offerNode"] ?? ""]),
        record: fields.length === 0 ? null : readable(tenantId, receipt.jobId, row),
      };
    },
    async cancel(tenantId, jobId, by) {
      const [kind, ...nodes] = await call("cancel", tenantId, [jobId, by]);
      return { kind: kind as Cancelled["kind"], nodes: namesOf(nodes) };
    },
    async expire(tenantId) {
      const due = await store.call("latchkey_job_expire", jobRoom(tenantId), [SWEEP_AT_ONCE]);
      return idsSchema.parse(due);
    },
    async find(tenantId, jobId) {
      return (await read(tenantId, [jobId]))[0] ?? null;
    },
    async listForUser(tenantId, userId) {
      return read(tenantId, await guard(() => redis.zrevrange(keys.jobsOfUser(tenantId, userId), 0, -1)));
    },
    async list(tenantId, limit) {
      return read(tenantId, await guard(() => redis.zrevrange(keys.jobs(tenantId), 0, limit - 1)));
    },
    pending: (tenantId) => guard(() => redis.zrange(keys.jobsPending(tenantId), "0", "-1")),
    async unaudited(tenantId, olderThanMs) {
      const [seconds, microseconds] = await guard(() => redis.time());
      const before = Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000) - olderThanMs;
      const members = await guard(() =>
        redis.zrangebyscore(keys.jobsUnaudited(tenantId), "-inf", before, "LIMIT", 0, SWEEP_AT_ONCE),
      );
      return members.map((member) => {
        const [jobId = "", step] = member.split(":");
        return { jobId, step: AUDITED_STEPS.find((known) => known === step) ?? "decided" };
      });
    },
    async audited(tenantId, debts) {
      const members = debts.map(({ jobId, step }) => `${jobId}:${step}`);
      await guard(() => redis.zrem(keys.jobsUnaudited(tenantId), ...members));
    },
    async markTenantActive(tenantId) {
      await store.call("latchkey_job_tenant_active", [keys.jobTenants], [tenantId]);
    },
    activeTenants: () => guard(() => redis.zrange(keys.jobTenants, "0", "-1")),
    async markTenantIdle(tenantId) {
      await store.call("latchkey_job_tenant_idle", [keys.jobTenants], [tenantId, TENANT_IDLE_MS]);
    },
    async electSweeper(node, forMs) {
      return (await guard(() => redis.set(keys.jobSweeper, node, "PX", forMs, "NX"))) === "OK";
    },
  };
}

/** The KEYS of every function, see functions/jobs.lua. */
const jobRoom = (tenantId: string): string[] => [
  keys.job(tenantId, ""),
  keys.jobs(tenantId),
  keys.jobsPending(tenantId),
  keys.jobsUnaudited(tenantId),
  keys.jobSequences(tenantId),
  keys.jobsOfUser(tenantId, ""),
  keys.jobsOpen(tenantId, ""),
  keys.jobRequest(tenantId, ""),
];

/** Redis gives a hash to a function as field, value, field, value … */
function rowOf(fields: readonly (string | number)[]): Record<string, string> {
  const row: Record<string, string> = {};
  for (let index = 0; index < fields.length; index += 2)
    row[String(fields[index])] = String(fields[index + 1]);
  return row;
}

function readable(tenantId: string, jobId: string, row: Record<string, string>): JobRecord | null {
  try {
    return parseRecord(tenantId, jobId, row);
  } catch {
    return null; // whoever reads the record is told what is wrong with it
  }
}

const namesOf = (nodes: readonly (string | number)[]): string[] =>
  [...new Set(nodes.map(String))].filter((node) => node !== "");

const unexpected = (name: string, answer: unknown): AppError =>
  new AppError("INTERNAL", `latchkey_job_${name} answered ${String(answer)}.`);
