/**
 * Stores the records of writeback jobs, which are authoritative for each job's result. Only functions/jobs.lua changes
 * their states.
 */
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
  /** The source of the user: only its agents get the job. */
  readonly source: number;
  readonly requestedBy: string;
  /** Digest of the request, which shows whether a repeated request is the same. */
  readonly digest: string;
  /** Digest of the idempotency key and its scope; null without a key. */
  readonly request: string | null;
  readonly node: string;
}

export type Created =
  /** `superseded`: jobs that this one replaced, or its own id when a newer job was stored first. */
  | { readonly kind: "created"; readonly superseded: readonly string[] }
  | { readonly kind: "existing"; readonly jobId: string }
  | { readonly kind: "conflict" | "stale" | "full" };

export type Offer =
  | { readonly kind: "offered"; readonly job: SignedJob }
  | { readonly kind: "final" | "missing" }
  /** The job is granted to another agent, or was granted to this one a moment ago. */
  | { readonly kind: "held"; readonly waitMs: number }
  /** Another job of the same user is granted and must finish first. */
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
 * Result of storing a verdict.
 * `decided`, `corrected`: the record changed. `same`: the verdict was already stored. `kept`: another final state
 * stays. `stray`: only the holder of the grant may give this verdict. `mismatch`: the receipt is for another user.
 * `missing`: there is no such record, or it has expired.
 */
export interface Outcome {
  readonly kind: "decided" | "corrected" | "same" | "kept" | "stray" | "mismatch" | "missing";
  /** Nodes on which a request or a delivery may be waiting for the job. */
  readonly nodes: readonly string[];
  /** The changed record. Null when nothing changed, and when another part of the record is damaged. */
  readonly record: JobRecord | null;
}

export interface Cancelled {
  readonly kind: "cancelled" | "final" | "granted" | "missing";
  readonly nodes: readonly string[];
}

export interface PendingJob {
  readonly jobId: string;
  readonly source: number;
}

const AUDITED_STEPS = ["submitted", "decided", "corrected", "cancelled"] as const;
/** A step of a job that is not yet in the audit. */
export interface AuditDebt {
  readonly jobId: string;
  readonly step: (typeof AUDITED_STEPS)[number];
}

/**
 * Every function throws STORE_UNAVAILABLE when Redis cannot be reached. Functions that read records throw
 * RECORD_CORRUPT, with the key in its text.
 */
export interface JobStore {
  /** Allots the next sequence number of a user. Also returns the time of Redis. */
  allot(tenantId: string, userId: string): Promise<{ readonly sequence: number; readonly now: number }>;
  create(job: NewJob): Promise<Created>;
  /** Finds the job that was created under an idempotency key; null when there is none. */
  findRequest(
    tenantId: string,
    request: string,
  ): Promise<{ readonly jobId: string; readonly digest: string } | null>;
  offer(offer: {
    readonly tenantId: string;
    readonly jobId: string;
    readonly agentId: string;
    readonly node: string;
    /** True when the agent has just connected, since it may have lost an earlier offer. */
    readonly reconnected: boolean;
  }): Promise<Offer>;
  /** `source`: the one that the agent serves. A job of another source is unknown to it. */
  claim(
    tenantId: string,
    jobId: string,
    agent: { readonly agentId: string; readonly source: number },
    mark: AccountMark | null,
  ): Promise<Claim>;
  /** Gives a job back. True when this changed anything, so that the job may be offered again. */
  nack(tenantId: string, jobId: string, agentId: string): Promise<boolean>;
  /** Stores the verdict of a receipt. The caller has checked its signature. */
  outcome(receipt: Receipt): Promise<Outcome>;
  cancel(tenantId: string, jobId: string, by: string): Promise<Cancelled>;
  /** Decides the jobs whose time has run out. Returns their ids. */
  expire(tenantId: string): Promise<string[]>;
  /** Reads a job; null when there is none or when its record has expired. */
  find(tenantId: string, jobId: string): Promise<JobRecord | null>;
  /** Lists jobs, newest first; so does `list`. */
  listForUser(tenantId: string, userId: string): Promise<JobRecord[]>;
  list(tenantId: string, limit: number): Promise<JobRecord[]>;
  /** Lists the undecided jobs. */
  pending(tenantId: string): Promise<PendingJob[]>;
  /** Lists steps that happened more than `olderThanMs` ago and are not yet in the audit. */
  unaudited(tenantId: string, olderThanMs: number): Promise<AuditDebt[]>;
  audited(tenantId: string, debts: readonly AuditDebt[]): Promise<void>;
  /** Must be called before a job is created, because the sweep visits active tenants only. */
  markTenantActive(tenantId: string): Promise<void>;
  activeTenants(): Promise<string[]>;
  /**
   * Call it when a tenant has no unfinished jobs. Removes the tenant from the active ones if its last submit is ten
   * minutes old.
   */
  markTenantIdle(tenantId: string): Promise<void>;
  /** True for one node in each period of `forMs`. */
  electSweeper(node: string, forMs: number): Promise<boolean>;
}

export interface JobStoreOptions {
  readonly store: Store;
  readonly keepSeconds: number;
  readonly maxPending: number;
  /**
   * Time in which an agent with a grant must start its write, and the time other agents wait after that, in
   * milliseconds.
   */
  readonly leaseMs?: number;
  readonly graceMs?: number;
  /** Time after the last lease in which the cloud waits for a verdict before the job becomes `unknown`, in milliseconds. */
  readonly giveUpMs?: number;
}

/** Schemas are built once, because building one costs many times as much as parsing with it. */
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
    answerSchema.parse(await store.call(`latchkey_job_${name}`, jobKeys(tenantId), args));

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
    async create({ job: { order, sealed, signature }, source, requestedBy, digest, request, node }) {
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
        source,
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
    async claim(tenantId, jobId, { agentId, source }, mark) {
      const [kind, second, mayApply, lease, first] = await call("claim", tenantId, [
        jobId,
        agentId,
        mark === null ? "" : JSON.stringify(mark),
        leaseMs,
        giveUpMs,
        source,
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
      return (await store.call("latchkey_job_nack", jobKeys(tenantId), [jobId, agentId])) === 1;
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
      const due = await store.call("latchkey_job_expire", jobKeys(tenantId), [SWEEP_AT_ONCE]);
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
    async pending(tenantId) {
      const ids = await guard(() => redis.zrange(keys.jobsPending(tenantId), "0", "-1"));
      const sources = await guard(() =>
        Promise.all(ids.map((jobId) => redis.hget(keys.job(tenantId, jobId), "source"))),
      );
      // A job without a source has no record any more: the sweep drops it when its time is over.
      return ids.flatMap((jobId, at) => {
        const source = Number(sources[at] ?? 0);
        return source === 0 ? [] : [{ jobId, source }];
      });
    },
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

/** Returns the KEYS of every function, see functions/jobs.lua. */
const jobKeys = (tenantId: string): string[] => [
  keys.job(tenantId, ""),
  keys.jobs(tenantId),
  keys.jobsPending(tenantId),
  keys.jobsUnaudited(tenantId),
  keys.jobSequences(tenantId),
  keys.jobsOfUser(tenantId, ""),
  keys.jobsOpen(tenantId, ""),
  keys.jobRequest(tenantId, ""),
  keys.personEpoch(tenantId),
];

/** Builds a record from the flat list in which Redis returns a hash to a function: field, value, field, value, … */
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
    return null; // reading the record later reports what is damaged
  }
}

const namesOf = (nodes: readonly (string | number)[]): string[] =>
  [...new Set(nodes.map(String))].filter((node) => node !== "");

const unexpected = (name: string, answer: unknown): AppError =>
  new AppError(
    "INTERNAL",
    `The Redis function latchkey_job_${name} returned an unexpected reply: ${String(answer)}.`,
  );
