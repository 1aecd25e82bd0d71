/** Checks that a policy does not contradict itself, so that every user it allows can finish a reset. */
import { canonicalDn } from "../dn.ts";
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

/** The parts of a policy that can contradict each other. */
export interface CheckedPolicy {
  readonly scope: "none" | "groups" | "all";
  readonly default: CheckedRules;
  readonly groups: readonly {
    readonly name: string;
    readonly group?: string | undefined;
    readonly source?: number | undefined;
    readonly rules: CheckedChanges;
  }[];
  readonly privileged: { readonly methods?: readonly Method[] | undefined };
}

export interface PolicyProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Counts different proofs. A text and a call reach the same mobile phone, so they count as one. */
export function countProofs(methods: readonly Method[]): number {
  return new Set(methods.map((method) => (method === "call" ? "text" : method))).size;
}

/** Names that policy decisions use themselves. */
const RESERVED_NAMES = ["default", "privileged"];

export function checkPolicy({ default: base, groups, privileged, scope }: CheckedPolicy): PolicyProblem[] {
  const problems = checkRules(base, {}, ["default"]);
  if (scope === "groups" && groups.length === 0)
    problems.push({
      path: ["scope"],
      message: "is 'groups', but there are no groups: add groups, or set scope to none or all",
    });

  groups.forEach(({ name, group, source, rules }, index) => {
    const path = ["groups", index];
    const earlier = groups.slice(0, index);
    if (RESERVED_NAMES.includes(name) || earlier.some((other) => other.name === name))
      problems.push({
        path: [...path, "name"],
        message: `'${name}' is already used: each group needs a name of its own`,
      });
    if (group === undefined && source === undefined)
      problems.push({ path, message: "needs a group, a source, or both" });
    const same = earlier.find((other) => covers(other, { group, source }));
    if (same !== undefined)
      problems.push({
        path: [...path, group === undefined ? "source" : "group"],
        message: `is covered by '${same.name}' above, so these rules would never be used`,
      });
    problems.push(...checkRules(base, rules, [...path, "rules"]));
  });

  const { methods } = privileged;
  if (methods?.includes("questions") === true)
    problems.push({
      path: ["privileged", "methods"],
      message: "must not contain questions: privileged accounts never use them",
    });
  else if (methods !== undefined && countProofs(methods) < 2)
    problems.push({
      path: ["privileged", "methods"],
      message: `must list two different methods for privileged accounts; ${SAME_PHONE}`,
    });
  return problems;
}

type Members = Pick<CheckedPolicy["groups"][number], "group" | "source">;

/** Whether every user whom the second entry fits is fitted by the first one, as far as the entries themselves tell. */
const covers = (first: Members, second: Members): boolean =>
  (first.source === undefined || first.source === second.source) &&
  (first.group === undefined ||
    (second.group !== undefined && canonicalDn(first.group) === canonicalDn(second.group)));

const SAME_PHONE = "text and call count as one, because both reach the mobile phone";

/** Checks the resulting rules, and reports a problem at the key that caused it. */
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
  const isSetHere = (key: keyof CheckedRules): boolean => isDefault || changes[key] !== undefined;
  const add = (key: keyof CheckedRules, message: string): void => {
    problems.push({ path: [...path, key], message });
  };

  // A fault that a group inherits is reported at the default only.
  if (isSetHere("methods")) {
    if (new Set(methods).size < methods.length) add("methods", "lists the same method twice");
    if (methods.every((method) => method === "questions"))
      add("methods", "must list another method besides questions, which are never the first proof");
  }
  if ((isSetHere("methods") || isSetHere("methodsRequired")) && countProofs(methods) < required)
    add(
      isSetHere("methods") ? "methods" : "methodsRequired",
      `two different methods are required; ${SAME_PHONE}`,
    );
  if (isSetHere("questions") && answer > register)
    add("questions", `asks for ${answer} answers, but only ${register} are registered`);
  return problems;
}
