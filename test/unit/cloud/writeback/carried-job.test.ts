import { expect } from "chai";
import { CarriedJob } from "../../../../cloud/writeback/carried-job.ts";
import { createOfferChoice } from "../../../../cloud/writeback/offer-choice.ts";
import type { OfferSession } from "../../../../cloud/writeback/writeback-service.ts";

const sessionOf = (agentId: string, credits = 1, source = 1): OfferSession => ({
  tenantId: "contoso",
  agentId,
  credits,
  approved: true,
  writebackEnabled: true,
  source,
  identityKey: "",
  send: () => undefined,
});

describe("a carried job", () => {
  const session = sessionOf("a");
  let job: CarriedJob;
  beforeEach(() => {
    job = new CarriedJob("contoso", 1, "job");
  });

  it("goes from unplaced to offered, and elsewhere when the offer is withdrawn", () => {
    const states: unknown[] = [job.state];
    job.withdraw();
    states.push(job.state);
    job.recordAnswered();
    states.push(job.state);
    job.offer(session);
    states.push(job.state, job.holder === session);
    job.withdraw();
    states.push(job.state, job.holder);

    expect(states).to.deep.equal(["unplaced", "unplaced", "elsewhere", "offered", true, "elsewhere", null]);
  });

  it("keeps its offer when the record answers that an agent has it", () => {
    job.offer(session);
    job.recordAnswered();

    expect([job.state, job.holder]).to.deep.equal(["offered", session]);
  });

  it("never leaves decided", () => {
    job.offer(session);
    job.decide();

    expect(job.offer(session)).to.equal(false);
    job.withdraw();
    job.recordAnswered();
    expect([job.state, job.holder]).to.deep.equal(["decided", null]);
  });
});

describe("the choice of an agent", () => {
  const [first, second, foreign] = [sessionOf("a", 2), sessionOf("b", 1), sessionOf("c", 8, 2)];
  const place = { tenantId: "contoso", source: 1 };
  let carried: Map<string, CarriedJob>;
  let refused: string[];
  const choice = () =>
    createOfferChoice({
      sessions: () => [first, second, foreign],
      carried,
      refusals: { remainingMs: (_jobId, agentId) => (refused.includes(agentId) ? 100 : 0) },
    });
  const carry = (jobId: string): CarriedJob => {
    const job = new CarriedJob("contoso", 1, jobId);
    carried.set(jobId, job);
    return job;
  };
  beforeEach(() => {
    carried = new Map();
    refused = [];
  });

  it("counts a credit for each job that is unplaced or offered, and none for the others", () => {
    const free = [choice().freeCredits(place)];
    const job = carry("1");
    free.push(choice().freeCredits(place));
    job.offer(first);
    free.push(choice().freeCredits(place));
    job.withdraw();
    free.push(choice().freeCredits(place));

    expect(free).to.deep.equal([3, 2, 2, 3]);
  });

  it("prefers the agent that has just connected again, then the one with less to do, and the last holder last", () => {
    const job = carry("1");
    carry("2").offer(first);
    const chosen = [choice().choose(job)];
    job.offer(second);
    chosen.push(choice().choose(job));
    job.reconnected = second;
    chosen.push(choice().choose(job));

    expect(chosen.map((session) => session?.agentId)).to.deep.equal(["b", "a", "b"]);
  });

  it("passes over agents that refuse the job or have no credit left", () => {
    const job = carry("1");
    carry("2").offer(second);
    refused = ["a"];

    expect([choice().choose(job), choice().refusalsOf(job)]).to.deep.equal([null, [100, 0]]);
  });

  it("never chooses an agent of another source, even if all others refuse", () => {
    const job = carry("1");
    refused = ["a", "b"];
    job.reconnected = foreign;

    expect(choice().choose(job)).to.equal(null);
    expect(choice().freeCredits({ tenantId: "contoso", source: 2 })).to.equal(8);
  });
});
