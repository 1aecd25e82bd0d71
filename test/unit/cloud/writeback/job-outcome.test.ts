import { expect } from "chai";
import type { JobRecord } from "../../../../cloud/store/job-record.ts";
import {
  type JobOutcome,
  mayBeStored,
  outcomeOf,
  readOutcome,
  SUBMIT_WITHIN_MS,
  unsubmittedOutcome,
  writebackProblem,
} from "../../../../cloud/writeback/job-outcome.ts";
import { AppError, type ErrorCode } from "../../../../shared/errors.ts";
import { newId } from "../../../../shared/ids.ts";
import type { JobOrder } from "../../../../shared/sealing/job.ts";
import { JOB_STATES, makeVerdict } from "../../../../shared/writeback.ts";
import { createManualClock } from "../../../support/manual-clock.ts";
import { queuedJob } from "../../../support/queued-job.ts";

const NOW = 1_700_000_000_000;
const ORDER: JobOrder = {
  jobId: newId(),
  tenantId: "contoso",
  operation: "reset",
  userId: "a".repeat(32),
  userSequence: 1,
  issuedAt: NOW,
  notAfter: NOW + 60_000,
  mustChange: false,
  unlock: false,
  methods: ["text"],
};
const record = (changes: Partial<JobRecord>): JobRecord => queuedJob(ORDER, "test", changes);

describe("the outcome of a job", () => {
  it("is unclear only for `unknown`, and open until the job is final", () => {
    const kinds = JOB_STATES.map((state) => [state, outcomeOf(record({ state }))?.kind ?? "open"]);
    expect(Object.fromEntries(kinds)).to.deep.equal({
      queued: "open",
      offered: "open",
      granted: "open",
      applied: "applied",
      unknown: "unclear",
      rejected: "failed",
      not_found: "failed",
      refused: "failed",
      not_applied: "failed",
      expired: "failed",
      cancelled: "failed",
      superseded: "failed",
    });
  });

  const missing = (wasSeen: boolean, ageMs: number): Promise<JobOutcome | null> =>
    readOutcome(
      {
        clock: createManualClock(NOW),
        writeback: { waitForVerdict: () => Promise.reject(new AppError("WRITEBACK_UNKNOWN")) },
      },
      "contoso",
      { id: "a", since: NOW - ageMs, wasSeen },
    );

  it("of a job that is not stored is a failure once it can no longer be stored", async () => {
    const failed = { kind: "failed", code: "NOT_APPLIED", verdict: null };
    expect(await missing(false, SUBMIT_WITHIN_MS - 1)).to.equal(null);
    expect(await missing(false, SUBMIT_WITHIN_MS)).to.deep.equal(failed);
    expect(unsubmittedOutcome(NOW - SUBMIT_WITHIN_MS, NOW)).to.deep.equal(failed);
  });

  it("of a job whose record was read and then lost stays unclear", async () => {
    expect(await missing(true, 10 * SUBMIT_WITHIN_MS)).to.deep.equal({ kind: "unclear" });
  });

  it("shows the agent's verdict for what is wrong with a password, otherwise the code", () => {
    const shown = (code: "PASSWORD_POLICY" | "OLD_PASSWORD_WRONG" | "ACCOUNT_DISABLED" | "NOT_APPLIED") =>
      writebackProblem({ kind: "failed", code, verdict: makeVerdict("rejected", code) }).kind;
    expect(shown("PASSWORD_POLICY")).to.equal("password_refused");
    expect(shown("OLD_PASSWORD_WRONG")).to.equal("password_refused");
    expect(shown("ACCOUNT_DISABLED")).to.equal("not_applied");
    expect(shown("NOT_APPLIED")).to.equal("not_applied");
    expect(writebackProblem({ kind: "failed", code: "PASSWORD_EMPTY", verdict: null })).to.deep.equal({
      kind: "not_applied",
      code: "PASSWORD_EMPTY",
    });
  });

  it("is left open by errors that do not say whether the job was stored", () => {
    const codes: ErrorCode[] = [
      "STORE_UNAVAILABLE",
      "INTERNAL",
      "RECORD_CORRUPT",
      "AGENT_OFFLINE",
      "QUEUE_FULL",
    ];
    expect(codes.filter((code) => mayBeStored(new AppError(code)))).to.deep.equal(codes.slice(0, 3));
  });
});
