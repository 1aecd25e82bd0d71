/** The form of a limit in the table of counters.ts, and its numbers: of a tenant, and in words. */
import type { LimitRules } from "../../shared/api/limit-rules.ts";

/** What a counter belongs to. `destination`: a phone number or an email address. `visit`: one code of one visit. */
type CountedBy = "visit" | "person" | "destination" | "network" | "tenant";
/** `helpdesk`: latchkey user unblock, with the user's numbers and addresses. `administrator`: latchkey limits lift. `time`: only the end of its window. */
type LiftedBy = "helpdesk" | "administrator" | "time";

/** What the thresholds of a tenant depend on. Own networks have numbers of their own (network.ts) instead of `perNetwork`. */
export interface TenantSize {
  readonly rules: LimitRules;
  /** Number of users in the tenant. */
  readonly users: number;
}
type Threshold = number | ((tenant: TenantSize) => number);

export interface Limit {
  readonly by: CountedBy;
  readonly counts: string;
  readonly protects: string;
  readonly limit: Threshold;
  /** A second number, for the same counter or for one beside it. */
  readonly also?: { readonly limit: Threshold; readonly when: string };
  readonly windowMs: number;
  /** False for a signal, which refuses nobody: it makes captchas dearer, or spares administrators a second notice. */
  readonly refuses: boolean;
  readonly liftedBy: LiftedBy;
  /** Key of the policy that sets the threshold. */
  readonly setting?: string;
}

export const AT_KNOWN_PLACE = "from networks where the user has proved who they are before";

/** A share of the tenant's users, but at least a minimum. */
export const shareOf = (users: number, { minimum, percent }: { minimum: number; percent: number }): number =>
  Math.max(minimum, Math.ceil((users * percent) / 100));

/** The tenant has two budgets of codes, and one of notices, of the same size. */
export function budgetOfDay({ rules, users }: TenantSize): number {
  const { minimum, percentOfUsers } = rules.codesPerDay;
  return Math.ceil(shareOf(users, { minimum, percent: percentOfUsers }) / 2);
}

export const attackedNames = ({ rules: { attack }, users }: TenantSize): number =>
  shareOf(users, { minimum: attack.users, percent: attack.percentOfUsers });

export const valueOf = (threshold: Threshold, tenant: TenantSize): number =>
  typeof threshold === "number" ? threshold : threshold(tenant);

/** The numbers of a tenant in words. `print`: prints one of them. */
export function thresholdText(
  { limit, also }: Limit,
  tenant: TenantSize,
  print = (threshold: Threshold): string => String(valueOf(threshold, tenant)),
): string {
  return also === undefined ? print(limit) : `${print(limit)}; ${print(also.limit)} ${also.when}`;
}

/** For a tenant of any size: `120, or 20 % of the users`. */
export function defaultText(limit: Limit, rules: LimitRules): string {
  const many = 1_000_000;
  return thresholdText(limit, { rules, users: 0 }, (threshold) => {
    const [least, most] = [0, many].map((users) => valueOf(threshold, { rules, users }));
    if (most === least || most === undefined) return String(least);
    return `${least}, or ${Math.round((most / many) * 1_000) / 10} % of the users`;
  });
}
