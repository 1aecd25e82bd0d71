import { expect } from "chai";
import {
  type CheckStep,
  fail,
  pass,
  runSteps,
  skip,
} from "../../../../../agent/directory/checks/check-step.ts";
import type { Check } from "../../../../../agent/directory/directory.ts";
import { AppError } from "../../../../../shared/errors.ts";

const step = (name: string, needs: readonly string[], run: CheckStep["run"]): CheckStep => ({
  name,
  needs,
  run,
});
const report = async (steps: readonly CheckStep[]): Promise<Check[]> => {
  const checks: Check[] = [];
  for await (const check of runSteps(steps)) checks.push(check);
  return checks;
};

describe("the steps of doctor", () => {
  it("go on after a failure, and skip what needed it", async () => {
    const checks = await report([
      step("one", [], () => Promise.resolve(fail("broken", "mend it"))),
      step("two", ["one"], () => Promise.resolve(pass("never run"))),
      step("three", [], () => Promise.resolve(skip("not here"))),
      step("four", ["three"], () => Promise.resolve(pass("never run"))),
      step("five", [], () => Promise.resolve(pass("fine"))),
    ]);

    expect(checks.map(({ name, status }) => `${name} ${status}`)).to.deep.equal([
      "one fail",
      "two skip",
      "three skip",
      "four skip",
      "five pass",
    ]);
    expect(checks[0]?.action).to.equal("mend it");
    expect(checks[1]?.detail).to.equal('needs "one"');
  });

  it("turn an error into a failure that says what to do", async () => {
    const [check] = await report([
      step("one", [], () => Promise.reject(new AppError("DIRECTORY_TIMEOUT", "No answer."))),
    ]);

    expect(check).to.include({ status: "fail", detail: "DIRECTORY_TIMEOUT: No answer." });
    expect(check?.action).to.match(/operationTimeoutMs/);
  });
});
