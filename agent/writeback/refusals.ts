/** The rules by which the agent refuses to write, whatever the cloud asks. Pure. */
import type { AccountObstacle } from "../../shared/account.ts";
import { HOUR_MS } from "../../shared/durations.ts";
import { AppError } from "../../shared/errors.ts";
import type { JobOrder } from "../../shared/sealing/job.ts";
import { MAX_JOB_TTL_MS } from "../../shared/writeback.ts";
import type { AccountState } from "../directory/directory.ts";
import { DnSet, isDn } from "../directory/ldap/dn.ts";

/**
 * Allowed difference between the clocks of agent and cloud. The cloud decides what has expired; this only stops absurd
 * times.
 */
export const CLOCK_TOLERANCE_MS = HOUR_MS;

/** Checks the times of an order. Throws JOB_EXPIRED for one from another day, as a replay of an old order would be. */
export function checkTimes(
  { issuedAt, notAfter }: Pick<JobOrder, "issuedAt" | "notAfter">,
  now: number,
): void {
  const isPlausible =
    notAfter > issuedAt &&
    notAfter - issuedAt <= MAX_JOB_TTL_MS &&
    now < notAfter + CLOCK_TOLERANCE_MS &&
    now > issuedAt - CLOCK_TOLERANCE_MS;
  if (!isPlausible)
    throw new AppError(
      "JOB_EXPIRED",
      "The order's times are far from this host's clock. Check that the clock is right.",
    );
}

/** `deny`: login names and DNs of users and groups, from the configuration. */
export function refuseAccount(
  account: AccountState,
  deny: readonly string[],
): Exclude<AccountObstacle, "DIRECTORY_USER_NOT_FOUND"> | null {
  if (account.protected) return "ACCOUNT_PROTECTED";
  if (isDenied(account, denyListOf(deny))) return "ACCOUNT_DENIED";
  if (!account.inScope) return "ACCOUNT_OUT_OF_SCOPE";
  if (account.unreadable.length > 0) return "ACCOUNT_STATE_UNREADABLE";
  if (!account.enabled) return "ACCOUNT_DISABLED";
  if (account.expired) return "ACCOUNT_EXPIRED";
  return null;
}

interface DenyList {
  /** Every entry in lowercase, DNs too: a login name may look like one. */
  readonly names: ReadonlySet<string>;
  readonly dns: DnSet;
}

/**
 * The deny list of a configuration is parsed once, because it may have a thousand entries and is used by every look-up
 * and every job.
 */
const denyLists = new WeakMap<readonly string[], DenyList>();

function denyListOf(deny: readonly string[]): DenyList {
  let list = denyLists.get(deny);
  if (list === undefined) {
    list = { names: new Set(deny.map(comparableName)), dns: new DnSet(deny.filter(isDn)) };
    denyLists.set(deny, list);
  }
  return list;
}

const isDenied = ({ names, dn, groups }: AccountState, deny: DenyList): boolean =>
  names.some((name) => deny.names.has(comparableName(name))) ||
  [dn, ...groups].some((each) => deny.dns.has(each));

const comparableName = (name: string): string => name.trim().toLowerCase();
