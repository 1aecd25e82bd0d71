import type { Logger } from "../../../shared/logger.ts";
import { makeVerdict, type Verdict } from "../../../shared/writeback.ts";
import type { LdapSession } from "../ldap/ldap-session.ts";
import type { KnownAccount } from "./password-dialect.ts";

/** Tells whether anything keeps the user from signing in, or cannot be read. Such an account is never said to be unlocked. */
export const isClosed = (
  account: Pick<KnownAccount, "enabled" | "expired" | "locked" | "unreadable">,
): boolean => !account.enabled || account.expired || account.locked || account.unreadable.length > 0;

/**
 * Makes the verdict of an unlock that the server has accepted. A server accepts changes of attributes that it takes no notice of,
 * and other states than the one that was unlocked may close an account, so it is read again. `readClosed`: whether it is closed
 * now; null when it is gone.
 */
export async function unlockVerdict(
  { log }: { readonly log: Logger },
  { server }: Pick<LdapSession, "server">,
  facts: Pick<Verdict, "mustChange">,
  readClosed: () => Promise<boolean | null>,
): Promise<Verdict> {
  try {
    const isStillClosed = await readClosed();
    if (isStillClosed === null) return makeVerdict("not_found", "DIRECTORY_USER_NOT_FOUND", { server });
    if (!isStillClosed) return makeVerdict("applied", null, { unlocked: true, ...facts, server });
    log.warn("directory.unlock.without_effect", { server });
    return makeVerdict("not_applied", "NOT_APPLIED", { server });
  } catch (error) {
    log.warn("directory.unlock.unverified", { server, error });
    return makeVerdict("unknown", "VERDICT_UNKNOWN", { server });
  }
}
