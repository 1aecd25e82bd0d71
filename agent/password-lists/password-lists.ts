/**
 * Refuses passwords whatever the directory says: common ones, those made of banned words or the user's own names,
 * breached ones.
 */
import type { Logger } from "../../shared/logger.ts";
import { type Closable, CloseStack } from "../../shared/shutdown.ts";
import type { AgentConfig } from "../config.ts";
import type { AccountState } from "../directory/directory.ts";
import { BannedFile } from "./banned-file.ts";
import { domainParts, isBanned, nameParts } from "./banned-passwords.ts";
import { openBreachedFilter } from "./breached-filter.ts";

export interface PasswordLists extends Closable {
  refuse(
    password: string,
    user: Pick<AccountState, "names" | "displayName">,
  ): Promise<"PASSWORD_BANNED" | "PASSWORD_OWN_NAME" | "PASSWORD_BREACHED" | null>;
}

/** Opens the administrator's files. Throws CONFIG_INVALID. */
export async function openPasswordLists(
  { bannedFile, breachedFilter }: Pick<AgentConfig["writeback"], "bannedFile" | "breachedFilter">,
  log: Logger,
): Promise<PasswordLists> {
  const open = new CloseStack();
  const banned = bannedFile === undefined ? null : await BannedFile.open(bannedFile, log);
  const breached = breachedFilter === undefined ? null : open.add(await openBreachedFilter(breachedFilter));
  if (breached !== null) log.info("writeback.breached_filter.opened", { passwords: breached.passwords });

  return {
    async refuse(password, { names, displayName }) {
      const own = nameParts(displayName === null ? names : [...names, displayName]);
      const words = [domainParts(names), ...(banned === null ? [] : [await banned.words()])];
      if (isBanned(password, ...words)) return "PASSWORD_BANNED";
      if (isBanned(password, own, ...words)) return "PASSWORD_OWN_NAME";
      return (await breached?.has(password)) === true ? "PASSWORD_BREACHED" : null;
    },
    close: () => open.close(),
  };
}
