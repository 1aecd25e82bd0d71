import { isAppError } from "../../../shared/errors.ts";
import type { Check } from "../directory.ts";

export type CheckOutcome = Omit<Check, "name">;

export interface CheckStep {
  readonly name: string;
  /** Names of steps that must have passed, with or without a warning; otherwise this step is skipped. */
  readonly needs: readonly string[];
  /** An AppError that it throws is its failure. */
  run(): Promise<CheckOutcome>;
}

export const pass = (detail: string): CheckOutcome => ({ status: "pass", detail, action: null });
/** Everything works for now; `action` says what to do so that it works better, or still does later. */
export const warn = (detail: string, action: string): CheckOutcome => ({ status: "warn", detail, action });
export const skip = (detail: string): CheckOutcome => ({ status: "skip", detail, action: null });
export const fail = (detail: string, action: string): CheckOutcome => ({ status: "fail", detail, action });

/** Runs the steps in order. A step that fails does not stop those that do not need it. */
export async function* runSteps(steps: readonly CheckStep[]): AsyncGenerator<Check> {
  const passed = new Set<string>();
  for (const step of steps) {
    const missing = step.needs.find((need) => !passed.has(need));
    const outcome = missing === undefined ? await settle(step) : skip(`needs "${missing}"`);
    if (outcome.status === "pass" || outcome.status === "warn") passed.add(step.name);
    yield { name: step.name, ...outcome };
  }
}

async function settle(step: CheckStep): Promise<CheckOutcome> {
  try {
    return await step.run();
  } catch (error) {
    if (!isAppError(error)) throw error;
    return fail(`${error.code}: ${error.message}`, error.info.fix);
  }
}
