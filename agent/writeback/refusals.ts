/** What the agent refuses to write, whoever asks. Pure. */
import type { AccountObstacle } from "../../shared/account.ts";
import { HOUR_MS } from "../../shared/durations.ts";
import { AppError } from "../../shared/errors.ts";
import type { JobOrder } from "../../shared/sealing/job.ts";
import type { Passwords } from "../../shared/sealing/password.ts";
import { MAX_JOB_TTL_MS, MAX_PASSWORD_UNITS, type VerdictCode } from "../../shared/writeback.ts";
import type { AccountState } from "../directory/directory.ts";

/** By how much agent and cloud may disagree about the time. The cloud decides what is expired; this stops only what is absurd. */
export const CLOCK_TOLERANCE_MS = HOUR_MS;

/** Throws JOB_EXPIRED for an order from another day, as somebody who replays old ones would send. */
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
      "The order's times are far from this host's clock; is the clock right?",
    );
}

/** What is wrong with the passwords of an order, before any list is asked. */
export function refusePasswords(
  operation: JobOrder["operation"],
  passwords: Passwords | null,
): VerdictCode | null {
  if (operation === "unlock") return null;
  const newPassword = passwords?.newPassword.reveal() ?? "";
  if (newPassword === "") return "PASSWORD_EMPTY";
  if (newPassword.length > MAX_PASSWORD_UNITS) return "PASSWORD_TOO_LONG";
  // An empty old password would be an anonymous bind, which "succeeds" (RFC 4513 section 5.1.2).
  if (operation === "change" && (passwords?.oldPassword?.reveal() ?? "") === "") return "OLD_PASSWORD_WRONG";
  return null;
}

/** `deny`: login names and group DNs from the configuration. */
export function refuseAccount(
  account: AccountState,
  deny: readonly string[],
): Exclude<AccountObstacle, "DIRECTORY_USER_NOT_FOUND"> | null {
  if (account.protected) return "ACCOUNT_PROTECTED";
  if (isDenied(account, deny)) return "ACCOUNT_DENIED";
  if (!account.inScope) return "ACCOUNT_OUT_OF_SCOPE";
  if (!account.enabled) return "ACCOUNT_DISABLED";
  if (account.expired) return "ACCOUNT_EXPIRED";
  return null;
}

function isDenied(account: AccountState, deny: readonly string[]): boolean {
  const denied = new Set(deny.map(normalize));
  return [...account.names, account.dn, ...account.groups].some((name) => denied.has(normalize(name)));
}

/** Case and the spaces around separators mean nothing in names and DNs (RFC 4514). */
const normalize = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replace(/\s*([,=+])\s*/g, "$1");
