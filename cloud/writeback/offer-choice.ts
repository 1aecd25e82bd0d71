/** Counts credits and chooses the agent of this node that a job is offered to. */
import { LIMITS } from "../../shared/protocol/limits.ts";
import type { CarriedJob } from "./carried-job.ts";
import type { Refusals } from "./refusals.ts";
import type { OfferSession } from "./writeback-service.ts";

/** The source whose agents a job may go to. */
export interface JobPlace {
  readonly tenantId: string;
  readonly source: number;
}

export interface OfferChoice {
  /** Sessions that take jobs of this source: approved, serving it, able to write back, with credits. */
  takers(place: JobPlace): OfferSession[];
  /** Number of further jobs that the source's agents here can take. */
  freeCredits(place: JobPlace): number;
  /** The agent to offer the job to now. The one that had the offer last is the last choice. Null: no agent takes it now. */
  choose(job: CarriedJob): OfferSession | null;
  /** For each taker, how long it still refuses the job. */
  refusalsOf(job: CarriedJob): number[];
}

export interface OfferChoiceDeps {
  readonly sessions: (tenantId: string) => readonly OfferSession[];
  readonly carried: ReadonlyMap<string, CarriedJob>;
  readonly refusals: Pick<Refusals, "remainingMs">;
}

export function createOfferChoice({ sessions, carried, refusals }: OfferChoiceDeps): OfferChoice {
  const takers = ({ tenantId, source }: JobPlace): OfferSession[] =>
    sessions(tenantId).filter(
      (session) =>
        session.approved && session.source === source && session.writebackEnabled && session.credits > 0,
    );

  const creditsOf = (session: OfferSession): number => Math.min(session.credits, LIMITS.jobCredits);

  function usedCredits(session: OfferSession, except?: CarriedJob): number {
    let used = 0;
    for (const job of carried.values()) if (job !== except && job.holder === session) used += 1;
    return used;
  }

  return {
    takers,
    freeCredits(place) {
      const { tenantId, source } = place;
      let free = 0;
      for (const session of takers(place)) free += creditsOf(session) - usedCredits(session);
      for (const job of carried.values())
        if (job.tenantId === tenantId && job.source === source && job.state === "unplaced") free -= 1;
      return free;
    },
    choose(job) {
      const able = takers(job).filter(
        (session) =>
          refusals.remainingMs(job.jobId, session.agentId) === 0 &&
          usedCredits(session, job) < creditsOf(session),
      );
      if (job.reconnected !== null && able.includes(job.reconnected)) return job.reconnected;
      const load = (session: OfferSession): number =>
        usedCredits(session) + (session === job.holder ? LIMITS.jobCredits : 0);
      return able.sort((a, b) => load(a) - load(b))[0] ?? null;
    },
    refusalsOf: (job) => takers(job).map(({ agentId }) => refusals.remainingMs(job.jobId, agentId)),
  };
}
