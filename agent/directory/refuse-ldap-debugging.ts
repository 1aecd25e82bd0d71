import { AppError } from "../../shared/errors.ts";

/**
 * Refuses to start with NODE_DEBUG=ldapts. That library would print requests, passwords included. The code that could print
 * them is not in use here, but a program that holds passwords does not start in that mode. Throws CONFIG_INVALID.
 */
export function refuseLdapDebugging(nodeDebug: string | undefined): void {
  if (nodeDebug !== undefined && /(?:^|[\s,])(?:ldapts|\*)/i.test(nodeDebug))
    throw new AppError(
      "CONFIG_INVALID",
      "NODE_DEBUG must not name ldapts: it would print passwords. Unset it.",
    );
}
