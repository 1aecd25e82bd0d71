import type { CoverageRow, RunScope } from "../../shared/protocol/run-coverage.ts";

/** Makes a run or request of one side of a row of the table of coverage; "one user" is always Jane. */
export const scopeOf = ([policy, subject]: CoverageRow["open"]): RunScope => ({
  policy,
  user: subject === "everybody" ? null : "jane",
  dryRun: false,
});
