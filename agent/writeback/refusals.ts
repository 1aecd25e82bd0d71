/** The rules by which the agent refuses to write, whatever the cloud asks. Pure. */
import type { AccountObstacle } from "../../shared/account.ts";
import { HOUR_MS } from "../../shared/durations.ts";
import { AppError } from "../../shared/errors.ts";
import type { JobOrder } from "../../shared/sealing/job.ts";
import { MAX_JOB_TTL_MS } from "../../shared/writeback.ts";
import type { AccountState } from "../directory/directory.ts";

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

/** Something certain comes before what is unknown, and both before everything that an administrator may have set on purpose. */
export function refuseAccount(
  account: AccountState,
): Exclude<AccountObstacle, "DIRECTORY_USER_NOT_FOUND"> | null {
  if (account.protected) return "ACCOUNT_PROTECTED";
  if (account.denied) return "ACCOUNT_DENIED";
  if (account.protectionUnknown) return "PROTECTION_UNKNOWN";
  if (!account.inScope) return "ACCOUNT_OUT_OF_SCOPE";
  if (account.unreadable.length > 0) return "ACCOUNT_STATE_UNREADABLE";
  if (!account.enabled) return "ACCOUNT_DISABLED";
  if (account.expired) return "ACCOUNT_EXPIRED";
  return null;
}
