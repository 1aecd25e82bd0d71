/** Applies a policy to one user, and decides which methods strangers see. Pure: the facts come from the directory. */
import type { Policy, RuleChanges, Rules } from "../../shared/api/policy.ts";
import { countProofs } from "../../shared/api/policy-checks.ts";
import type { Method } from "../../shared/methods.ts";
import type { Channel } from "../../shared/methods.ts";
import type { PolicyDecision, PolicyFacts } from "./policy-service.ts";

/** Added for privileged accounts with too few methods: both need something in hand that no phone company can give away. */
const STRONG_METHODS: readonly Method[] = ["authenticator", "recovery_code"];

export function decidePolicy(policy: Policy, facts: PolicyFacts): PolicyDecision {
  // The agent answers in the spelling that it was asked in, so that only the agent needs to know when two DNs are equal.
  const isIn = (group: string): boolean => facts.groups.includes(group);
  const entries = policy.groups.filter(({ source }) => source === undefined || source === facts.source);
  const match = entries.find(({ group }) => group === undefined || isIn(group));
  const rules = match === undefined ? policy.default : mergeRules(policy.default, match.rules);
  const powerful = privilegedGroups(policy, facts.source);
  const isPrivileged = facts.protected || powerful.some(isIn);
  const before = match === undefined ? entries : entries.slice(0, entries.indexOf(match));
  const needed = [...before.flatMap(({ group }) => group ?? []), ...(isPrivileged ? [] : powerful)];
  const missingGroups = policy.scope === "none" ? [] : missingAmong(needed, facts);
  const allowed =
    missingGroups.length === 0 &&
    (policy.scope === "all" || (policy.scope === "groups" && match !== undefined));
  // While it is not known who is privileged, everybody has the stricter rules.
  const privileged = isPrivileged || missingGroups.length > 0;
  return {
    allowed,
    name: isPrivileged ? "privileged" : (match?.name ?? "default"),
    privileged,
    rules: privileged ? privilegedRules(policy, rules) : rules,
    missingGroups,
  };
}

/** `needed`: the groups that could change the decision: those before the first that the user is in, and the privileged ones. */
const missingAmong = (needed: readonly string[], { missingGroups = [] }: PolicyFacts): string[] =>
  [...new Set(missingGroups)].filter((group) => needed.includes(group));

/** Returns the groups whose members are privileged: for the users of this source, or all of them. */
const privilegedGroups = ({ privileged }: Policy, source?: number): string[] =>
  privileged.groups.flatMap((entry) => {
    if (typeof entry === "string") return [entry];
    return source === undefined || entry.source === source ? [entry.group] : [];
  });

/** All groups with rules of their own, as DNs. The agent is asked about membership in them. */
export function policyGroups(policy: Policy): string[] {
  return [...new Set([...policy.groups.flatMap(({ group }) => group ?? []), ...privilegedGroups(policy)])];
}

/**
 * The methods offered to a visitor who has proved nothing: every method that some user in scope may begin with, in the order of
 * the default rules. Never questions, which prove nothing alone, and no method that no provider can send.
 */
export function openMethods(policy: Policy, channels: ReadonlySet<Channel>): Method[] {
  const inherited = policy.scope === "groups" ? [] : policy.default.methods;
  const offered = new Set<Method>([
    ...inherited,
    ...policy.groups.flatMap(({ rules }) => rules.methods ?? policy.default.methods),
    ...(policy.privileged.methods ?? []),
  ]);
  return [...new Set([...policy.default.methods, ...offered])].filter(
    (method) => offered.has(method) && method !== "questions" && canBeSent(method, channels),
  );
}

/** The rules of a group: those of the default, except where the group sets its own. */
export function mergeRules(base: Rules, changes: RuleChanges): Rules {
  return {
    methods: changes.methods ?? base.methods,
    methodsRequired: changes.methodsRequired ?? base.methodsRequired,
    unlock: changes.unlock ?? base.unlock,
    number: {
      trust: changes.number?.trust ?? base.number.trust,
      holdHours: changes.number?.holdHours ?? base.number.holdHours,
    },
    registration: {
      required: changes.registration?.required ?? base.registration.required,
      reconfirmDays: changes.registration?.reconfirmDays ?? base.registration.reconfirmDays,
    },
    questions: {
      register: changes.questions?.register ?? base.questions.register,
      answer: changes.questions?.answer ?? base.questions.answer,
    },
    notifyUser: changes.notifyUser ?? base.notifyUser,
  };
}

/**
 * Adds methods so that two different proofs are possible without questions. Otherwise "always two methods" would mean
 * "no reset at all".
 */
export function privilegedRules({ privileged }: Policy, rules: Rules): Rules {
  const methods = (privileged.methods ?? rules.methods).filter((method) => method !== "questions");
  const enough = countProofs(methods) >= 2 ? methods : [...new Set([...methods, ...STRONG_METHODS])];
  return { ...rules, methods: enough, methodsRequired: 2 };
}

const CHANNEL_OF: Readonly<Partial<Record<Method, Channel>>> = {
  text: "text",
  call: "call",
  office_call: "call",
  email: "email",
};

function canBeSent(method: Method, channels: ReadonlySet<Channel>): boolean {
  const channel = CHANNEL_OF[method];
  return channel === undefined || channels.has(channel);
}
