/** Simulates the cloud's side of a job by the rules of cloud/store/functions/jobs.lua, for one user without a network. */
import type { ClaimAnswer } from "../../agent/writeback/writeback-link.ts";
import { LIMITS } from "../../shared/protocol/limits.ts";
import type { JobOrder } from "../../shared/sealing/job.ts";
import type { Receipt } from "../../shared/sealing/receipt.ts";
import { type AccountMark, isFinalState, type JobState } from "../../shared/writeback.ts";

export interface SimulatedJob {
  readonly order: JobOrder;
  state: JobState;
  holders: string[];
  agentId: string | null;
  leaseUntil: number;
  mark: AccountMark | null;
  /** True when the user has a newer job: the agent may look but not write. */
  isBarred: boolean;
  /** Time at which the cloud stops waiting for a verdict. */
  deadline: number;
}

export interface SimulatedCloud {
  readonly jobs: readonly SimulatedJob[];
  submit(order: JobOrder): SimulatedJob;
  /** Null when there is nothing to offer to this agent now. */
  offer(job: SimulatedJob, agentId: string): JobOrder | null;
  claim(agentId: string, jobId: string, mark: AccountMark | null): ClaimAnswer;
  nack(agentId: string, jobId: string): void;
  outcome(receipt: Receipt): void;
  cancel(job: SimulatedJob): void;
  /** Applies all decisions that are due by now. */
  expire(): void;
}

const VERDICT_WAIT_MS = 60_000;

export function createSimulatedCloud(now: () => number): SimulatedCloud {
  const jobs: SimulatedJob[] = [];
  const isUngranted = ({ state }: SimulatedJob): boolean => state === "queued" || state === "offered";
  const find = (jobId: string): SimulatedJob | undefined => jobs.find(({ order }) => order.jobId === jobId);
  const hasGrantedSibling = (job: SimulatedJob): boolean =>
    jobs.some((other) => other !== job && other.state === "granted");
  const decideByTime = (job: SimulatedJob): void => {
    if (isUngranted(job) && now() > job.order.notAfter) job.state = "expired";
    else if (job.state === "granted" && now() > job.deadline) job.state = "unknown";
  };

  return {
    jobs,
    submit(order) {
      for (const older of jobs) {
        if (isUngranted(older)) older.state = "superseded";
        else older.isBarred = true;
      }
      const job: SimulatedJob = {
        order,
        state: "queued",
        holders: [],
        agentId: null,
        leaseUntil: 0,
        mark: null,
        isBarred: false,
        deadline: 0,
      };
      jobs.push(job);
      return job;
    },
    offer(job, agentId) {
      decideByTime(job);
      if (isFinalState(job.state)) return null;
      if (job.state === "granted") {
        if (now() < job.leaseUntil + LIMITS.leaseGraceMs) return null;
      } else {
        if (hasGrantedSibling(job)) return null;
        job.state = "offered";
        job.agentId = agentId;
      }
      return job.order;
    },
    claim(agentId, jobId, mark) {
      const deny = (reason: "final" | "busy" | "unknown"): ClaimAnswer => ({
        type: "job.deny",
        body: { jobId, reason },
      });
      const job = find(jobId);
      if (job === undefined) return deny("unknown");
      const grant = (mode: "apply" | "verify", mayApply: boolean, leaseMs: number): ClaimAnswer => ({
        type: "job.grant",
        body: { jobId, leaseMs, mode, mayApply, mark: job.mark },
      });
      decideByTime(job);
      if (job.state === "unknown") return grant("verify", false, LIMITS.leaseMs);
      if (isFinalState(job.state)) return deny("final");
      const isAgain = job.state === "granted";
      if (
        isAgain
          ? job.agentId !== agentId && now() < job.leaseUntil + LIMITS.leaseGraceMs
          : hasGrantedSibling(job)
      )
        return deny("busy");

      const mayApply = !isAgain || (now() < job.order.notAfter && !job.isBarred);
      if (!isAgain) job.mark = mark;
      job.state = "granted";
      job.agentId = agentId;
      if (!job.holders.includes(agentId)) job.holders.push(agentId);
      job.leaseUntil = now() + LIMITS.leaseMs;
      if (mayApply) job.leaseUntil = Math.min(job.leaseUntil, job.order.notAfter);
      job.deadline = Math.max(job.order.notAfter, job.leaseUntil) + VERDICT_WAIT_MS;
      return grant(isAgain ? "verify" : "apply", mayApply, Math.max(1, job.leaseUntil - now()));
    },
    nack(agentId, jobId) {
      const job = find(jobId);
      if (job?.agentId !== agentId) return;
      if (job.state === "offered") job.state = "queued";
      else if (job.state === "granted")
        job.leaseUntil = Math.min(job.leaseUntil, now() - LIMITS.leaseGraceMs);
    },
    outcome({ jobId, agentId, verdict }) {
      const job = find(jobId);
      if (job === undefined) return;
      const isCorrection = job.state === "unknown" && verdict.state !== "unknown";
      if (isFinalState(job.state) && !isCorrection) return;
      // "Nothing changed" from an agent without the grant says nothing about the one with it.
      if (job.holders.length > 0 && job.agentId !== agentId && verdict.state !== "applied") return;
      job.agentId = agentId;
      job.state = verdict.state;
    },
    cancel(job) {
      if (isUngranted(job)) job.state = "cancelled";
    },
    expire: () => jobs.forEach(decideByTime),
  };
}
