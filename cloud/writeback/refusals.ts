/** Which agent is not to be offered which job for how long. Forgotten with the process: then the agent says it again. */
import type { Clock } from "../../shared/clock.ts";

export interface Refusals {
  add(jobId: string, agentId: string, forMs: number): void;
  /** 0 when it may be offered now. */
  remainingMs(jobId: string, agentId: string): number;
  forget(jobId: string): void;
}

/** Jobs that became final on other nodes are not forgotten by name; the oldest make room. */
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
