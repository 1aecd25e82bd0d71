/** Describes the differences between two policies, and whether each makes a takeover easier. */
import type { LimitRules } from "../../shared/api/limit-rules.ts";
import type { Policy, PolicyChange, Rules } from "../../shared/api/policy.ts";
import { mergeRules, privilegedRules } from "./decide.ts";

const SCOPE_ORDER = ["none", "groups", "all"] as const;
const TRUST_ORDER = ["verified", "aged", "synced"] as const;

/** In the order of the document. Groups are compared with the rules they inherit, because those apply to their members. */
export function policyChanges(before: Policy, after: Policy): PolicyChange[] {
  const scope = compare(
    "scope",
    "scope",
    before.scope,
    after.scope,
    rises(SCOPE_ORDER, before.scope, after.scope),
  );
  const profile = compare(
    "profile",
    "profile",
    before.profile ?? "none",
    after.profile ?? "none",
    after.profile === undefined,
  );
  return [
    ...profile,
    ...scope,
    ...compare("phoneRegion", "phoneRegion", before.phoneRegion, after.phoneRegion),
    ...compare("language", "language", before.language, after.language),
    ...compareRules("default", before.default, after.default),
    ...compareGroups(before, after),
    ...comparePrivileged(before, after),
    ...compareContacts(before, after),
    ...compareLimits(before.limits, after.limits),
  ];
}

/** A higher number gives an attacker more tries, and so does a network that counts as the organisation's own. */
function compareLimits(before: LimitRules, after: LimitRules): PolicyChange[] {
  const groups = ["perNetwork", "codesPerDay", "attack"] as const;
  const numbers = groups.flatMap((group) => {
    const [from, to]: Readonly<Record<string, number>>[] = [before[group], after[group]];
    return Object.entries(from ?? {}).flatMap(([key, was]) => {
      const is = to?.[key] ?? was;
      return compare("limits", `${group}.${key}`, was, is, is > was);
    });
  });
  const text = (rules: LimitRules): string =>
    list(
      rules.ownNetworks.map(
        ({ network, starts, codes, failedCodes }) => `${network} (${starts}, ${codes}, ${failedCodes})`,
      ),
    ) || "none";
  return [
    ...numbers,
    ...compare("limits", "ownNetworks", text(before), text(after), after.ownNetworks.length > 0),
  ];
}

function compareRules(about: string, before: Rules, after: Rules): PolicyChange[] {
  const hasMore = after.methods.some((method) => !before.methods.includes(method));
  const say = (key: string, from: unknown, to: unknown, loosens = false): PolicyChange[] =>
    compare(about, key, from, to, loosens);
  return [
    ...say("methods", list(before.methods), list(after.methods), hasMore),
    ...say(
      "methodsRequired",
      before.methodsRequired,
      after.methodsRequired,
      after.methodsRequired < before.methodsRequired,
    ),
    ...say("unlock", onOff(before.unlock), onOff(after.unlock), after.unlock),
    ...say(
      "number.trust",
      before.number.trust,
      after.number.trust,
      rises(TRUST_ORDER, before.number.trust, after.number.trust),
    ),
    ...say(
      "number.holdHours",
      before.number.holdHours,
      after.number.holdHours,
      after.number.holdHours < before.number.holdHours,
    ),
    ...say("registration.required", onOff(before.registration.required), onOff(after.registration.required)),
    ...say("registration.reconfirmDays", before.registration.reconfirmDays, after.registration.reconfirmDays),
    ...say("questions.register", before.questions.register, after.questions.register),
    ...say(
      "questions.answer",
      before.questions.answer,
      after.questions.answer,
      after.questions.answer < before.questions.answer,
    ),
    // A user who is not notified of a reset cannot object to it.
    ...say("notifyUser", onOff(before.notifyUser), onOff(after.notifyUser), !after.notifyUser),
  ];
}

function compareGroups(before: Policy, after: Policy): PolicyChange[] {
  const changes: PolicyChange[] = [];
  for (const { name, ...members } of before.groups) {
    if (after.groups.some((other) => other.name === name)) continue;
    // Its members get the default rules, which may ask less of them, or may not let them reset at all.
    const rules = rulesOf(before, name);
    const loosens =
      after.scope === "all" && compareRules("", rules, after.default).some((change) => change.loosens);
    changes.push({ about: quote(name), text: `removed (was ${membersText(members)})`, loosens });
  }
  for (const { name, ...members } of after.groups) {
    const known = before.groups.find((other) => other.name === name);
    const about = quote(name);
    if (known === undefined) {
      const isLooser = compareRules("", before.default, rulesOf(after, name)).some(
        (change) => change.loosens,
      );
      changes.push({
        about,
        text: `added for ${membersText(members)}`,
        loosens: after.scope === "groups" || isLooser,
      });
      continue;
    }
    changes.push(...compare(about, "group", membersText(known), membersText(members), true));
    changes.push(...compareRules(about, rulesOf(before, name), rulesOf(after, name)));
  }
  const order = (policy: Policy, other: Policy): string[] =>
    policy.groups.map(({ name }) => name).filter((name) => other.groups.some((known) => known.name === name));
  // Members of several of these groups now have other rules.
  changes.push(...compare("groups", "order", list(order(before, after)), list(order(after, before)), true));
  return changes;
}

const membersText = ({ group, source }: Pick<Policy["groups"][number], "group" | "source">): string =>
  [group ?? "all users", ...(source === undefined ? [] : [`of source ${source}`])].join(" ");

function comparePrivileged(before: Policy, after: Policy): PolicyChange[] {
  const [had, has] = [before, after].map(({ privileged }) =>
    privileged.groups.map((entry) => (typeof entry === "string" ? entry : membersText(entry))),
  ) as [string[], string[]];
  const lost = had.filter((group) => !has.includes(group));
  const gained = has.filter((group) => !had.includes(group));
  const about = "privileged";
  const from = privilegedRules(before, before.default).methods;
  const to = privilegedRules(after, after.default).methods;
  return [
    ...lost.map((group) => ({
      about,
      text: `members of ${group} no longer count as privileged`,
      loosens: true,
    })),
    ...gained.map((group) => ({
      about,
      text: `members of ${group} now count as privileged`,
      loosens: false,
    })),
    ...compare(
      about,
      "methods",
      list(from),
      list(to),
      to.some((method) => !from.includes(method)),
    ),
  ];
}

function compareContacts(before: Policy, after: Policy): PolicyChange[] {
  return [
    ...compare("contact", "url", before.contact.url ?? "none", after.contact.url ?? "none"),
    ...compareEmails("contact", before.contact.emails, after.contact.emails),
    // The administrator who would notice may be the one who is removed.
    ...compareEmails("admins", before.admins.emails, after.admins.emails),
  ];
}

function compareEmails(about: string, before: readonly string[], after: readonly string[]): PolicyChange[] {
  const lost = before.filter((email) => !after.includes(email)).length;
  const gained = after.filter((email) => !before.includes(email)).length;
  if (lost === 0 && gained === 0) return [];
  return [
    { about, text: `emails: ${gained} added, ${lost} removed`, loosens: about === "admins" && lost > 0 },
  ];
}

function compare(
  about: string,
  key: string,
  before: unknown,
  after: unknown,
  loosens = false,
): PolicyChange[] {
  if (before === after) return [];
  const name = key === about ? "" : `${key}: `;
  return [{ about, text: `${name}${String(before)} → ${String(after)}`, loosens }];
}

function rulesOf(policy: Policy, name: string): Rules {
  const group = policy.groups.find((one) => one.name === name);
  return group === undefined ? policy.default : mergeRules(policy.default, group.rules);
}

/** The orders above run from strict to loose. */
const rises = <T>(order: readonly T[], before: T, after: T): boolean =>
  order.indexOf(after) > order.indexOf(before);

const list = (words: readonly string[]): string => words.join(", ");
const onOff = (value: boolean): string => (value ? "on" : "off");
const quote = (name: string): string => `"${name}"`;
