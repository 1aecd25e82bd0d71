/**
 * Remembers which agent must not be offered which job, and until when. It is lost at a restart, after which the agent
 * refuses again.
 */
import type { Clock } from "../../shared/clock.ts";

export interface Refusals {
  add(jobId: string, agentId: string, forMs: number): void;
  /** 0 when the job may be offered to the agent now. */
  remainingMs(jobId: string, agentId: string): number;
  forget(jobId: string): void;
}

/** Bounds the jobs that became final on other nodes, which `forget` is not called for. The oldest is dropped. */
const MAX_JOBS = 10_000;

export function createRefusals(clock: Clock): Refusals {
  const byJob = new Map<string, Map<string, number>>();
  return {
    add(jobId, agentId, forMs) {
      const agents = byJob.get(jobId) ?? new Map<string, number>();
      byJob.set(jobId, agents.set(agentId, clock.monotonicMs() + forMs));
      const [oldest] = byJob.keys();
      if (byJob.size > MAX_JOBS && oldest !== undefined) byJob.delete(oldest);
    },
    remainingMs(jobId, agentId) {
      const until = byJob.get(jobId)?.get(agentId);
      return until === undefined ? 0 : Math.max(0, until - clock.monotonicMs());
    },
    forget: (jobId) => void byJob.delete(jobId),
  };
}
