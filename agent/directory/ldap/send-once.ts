import type { Logger } from "../../../shared/logger.ts";
import type { LdapResult } from "./ldap-result.ts";

/**
 * Sends a request that changes the directory, once. Null when no answer came: once `onSend` has resolved, the outcome is
 * unknown. An error of `onSend` itself is thrown, because then nothing was sent.
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
