/** What a policy must hold beyond its form: that everybody it lets in can come to an end. */
import type { Method } from "../methods.ts";

interface CheckedRules {
  readonly methods: readonly Method[];
  readonly methodsRequired: 1 | 2;
  readonly questions: { readonly register: number; readonly answer: number };
}

interface CheckedChanges {
  readonly methods?: readonly Method[] | undefined;
  readonly methodsRequired?: 1 | 2 | undefined;
  readonly questions?:
    { readonly register?: number | undefined; readonly answer?: number | undefined } | undefined;
}

/** The part of a policy that can contradict itself. */
export interface CheckedPolicy {
  readonly scope: "none" | "groups" | "all";
  readonly default: CheckedRules;
  readonly groups: readonly {
    readonly name: string;
    readonly group: string;
    readonly rules: CheckedChanges;
  }[];
  readonly privileged: { readonly methods?: readonly Method[] | undefined };
}

export interface PolicyProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** How many different proofs these can give. A text and a call reach the same mobile phone: that is one. */
export function countProofs(methods: readonly Method[]): number {
  return new Set(methods.map((method) => (method === "call" ? "text" : method))).size;
}

/** Names that a decision has for itself. */
const TAKEN_NAMES = ["default", "privileged"];

export function checkPolicy({ default: base, groups, privileged, scope }: CheckedPolicy): PolicyProblem[] {
  const problems = checkRules(base, {}, ["default"]);
  if (scope === "groups" && groups.length === 0)
    problems.push({
      path: ["scope"],
      message: "is 'groups', and there are no groups: say none, or name them",
    });

  groups.forEach(({ name, group, rules }, index) => {
    const path = ["groups", index];
    const earlier = groups.slice(0, index);
    if (TAKEN_NAMES.includes(name) || earlier.some((other) => other.name === name))
      problems.push({ path: [...path, "name"], message: `'${name}' is taken: each needs a name of its own` });
    const same = earlier.find((other) => other.group.toLowerCase() === group.toLowerCase());
    if (same !== undefined)
      problems.push({
        path: [...path, "group"],
        message: `is the group of '${same.name}' above, which always wins: this would never be used`,
      });
    problems.push(...checkRules(base, rules, [...path, "rules"]));
  });

  const { methods } = privileged;
  if (methods?.includes("questions") === true)
    problems.push({ path: ["privileged", "methods"], message: "privileged accounts never use questions" });
  else if (methods !== undefined && countProofs(methods) < 2)
    problems.push({ path: ["privileged", "methods"], message: `privileged accounts need two: ${TWO_KINDS}` });
  return problems;
}

const TWO_KINDS = "name two different ones (text and call count as one: both reach the mobile phone)";

/** The rules that come out, named at the part that was changed. */
function checkRules(
  base: CheckedRules,
  changes: CheckedChanges,
  path: readonly (string | number)[],
): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  const isDefault = path[0] === "default";
  const methods = changes.methods ?? base.methods;
  const required = changes.methodsRequired ?? base.methodsRequired;
  const register = changes.questions?.register ?? base.questions.register;
  const answer = changes.questions?.answer ?? base.questions.answer;
  const isSaidHere = (key: keyof CheckedRules): boolean => isDefault || changes[key] !== undefined;
  const add = (key: keyof CheckedRules, message: string): void => {
    problems.push({ path: [...path, key], message });
  };

  // What a group inherits is wrong in the default, and said there.
  if (isSaidHere("methods")) {
    if (new Set(methods).size < methods.length) add("methods", "the same method stands there twice");
    if (methods.every((method) => method === "questions"))
      add("methods", "questions are never the first proof: name another method beside them");
  }
  if ((isSaidHere("methods") || isSaidHere("methodsRequired")) && countProofs(methods) < required)
    add(isSaidHere("methods") ? "methods" : "methodsRequired", `two methods are required: ${TWO_KINDS}`);
  if (isSaidHere("questions") && answer > register)
    add("questions", `${answer} answers are asked for, and only ${register} are registered`);
  return problems;
}
