import type { Logger } from "../../../shared/logger.ts";
import { makeVerdict, type Verdict } from "../../../shared/writeback.ts";
import type { LdapSession } from "../ldap/ldap-session.ts";

/**
 * Makes the verdict of an unlock that the server has accepted. A server accepts changes of attributes that it takes no notice of,
 * so the account is read again. `readLock`: whether it is locked now; null when it is gone.
 */
export async function unlockVerdict(
  { log }: { readonly log: Logger },
  { server }: Pick<LdapSession, "server">,
  facts: Pick<Verdict, "mustChange">,
  readLock: () => Promise<boolean | null>,
): Promise<Verdict> {
  try {
    const isLocked = await readLock();
    if (isLocked === null) return makeVerdict("not_found", "DIRECTORY_USER_NOT_FOUND", { server });
    if (!isLocked) return makeVerdict("applied", null, { unlocked: true, ...facts, server });
    log.warn("directory.unlock.without_effect", { server });
    return makeVerdict("not_applied", "NOT_APPLIED", { server });
  } catch (error) {
    log.warn("directory.unlock.unverified", { server, error });
    return makeVerdict("unknown", "VERDICT_UNKNOWN", { server });
  }
}
