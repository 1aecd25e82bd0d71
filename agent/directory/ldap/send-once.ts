import type { Logger } from "../../../shared/logger.ts";
import type { LdapResult } from "./ldap-result.ts";

/**
 * Sends what changes something. Null when no answer came: from the moment `onSend` has resolved, nobody knows. What `onSend`
 * itself throws goes on up, for then nothing was sent.
 */
export async function sendOnce(
  log: Logger,
  onSend: () => Promise<void>,
  send: () => Promise<LdapResult>,
): Promise<LdapResult | null> {
  await onSend();
  try {
    return await send();
  } catch (error) {
    log.warn("directory.write.unanswered", { error });
    return null;
  }
}
