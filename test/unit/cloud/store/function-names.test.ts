import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { ERROR_CODES } from "../../../../shared/errors.ts";
import { RUN_STATES, SYNC_COUNTS } from "../../../../shared/protocol/frames.ts";
import { FINAL_STATES, JOB_STATES, OPEN_STATES } from "../../../../shared/writeback.ts";

const read = (name: string): string =>
  readFileSync(join(import.meta.dirname, "../../../../cloud/store/functions", name), "utf8");
const all = (text: string, pattern: RegExp): string[] => [
  ...new Set([...text.matchAll(pattern)].map(([, name = ""]) => name)),
];

describe("names in the Redis functions", () => {
  const jobs = read("jobs.lua");
  const runs = read("sync/2-runs.lua") + read("sync/3-end.lua");

  it("lists the counts of a run in the order of the protocol", () => {
    const [list = ""] = all(runs, /local COUNTS = \{([^}]*)\}/g);
    expect(all(list, /'(\w+)'/g)).to.deep.equal([...SYNC_COUNTS]);
  });

  it("sets only states of a run that the protocol has", () => {
    const states = all(
      runs,
      /(?:HSET', k\.run \.\. run, 'state', |fields = \{ 'state', |create_run\(k, id, \{ 'state', |end_run\(k, id, |over\(k, id, )'(\w+)'/g,
    );
    expect(states).to.include.members(["requested", "running", "done", "failed"]);
    expect([...RUN_STATES]).to.include.members(states);
  });

  it("treats a job as undecided in its open states, and decides it with final states only", () => {
    const [undecided = ""] = all(jobs, /local UNDECIDED = \{([^}]*)\}/g);
    expect(all(undecided, /(\w+) = true/g)).to.have.members([...OPEN_STATES]);
    const decided = all(jobs, /finish\(keys, [^']*'([a-z_]+)', '[A-Z]/g);
    expect(decided).to.have.length.above(3);
    expect([...FINAL_STATES]).to.include.members(decided);
    expect([...JOB_STATES]).to.include.members(all(jobs, /job\.state [~=]?= '(\w+)'/g));
  });

  it("uses only codes of the error table", () => {
    const codes = [
      ...all(jobs, /finish\(keys, [^']*'[a-z_]+', '([A-Z_]+)'/g),
      ...all(runs, /fail_run\(k, \w+, '(\w+)'/g),
    ];
    expect(codes).to.have.length.above(4);
    expect([...ERROR_CODES]).to.include.members(codes);
  });
});
