import { type AccountView, MAX_ASKED_GROUPS } from "../../shared/account.ts";
import { DnSet } from "../../shared/dn.ts";
import { type Directory, UNREADABLE_RULE } from "../directory/directory.ts";
import { refuseAccount } from "../writeback/refusals.ts";

export interface LookUpDeps {
  readonly directory: Pick<Directory, "dialect" | "look" | "missingGroups">;
}

/**
 * Reads the present state of one account from the directory, and tells whether a writeback to it would be refused.
 * `groups`: DNs in any spelling. Throws DIRECTORY_*.
 */
export async function lookUpAccount(
  { userId, groups }: { readonly userId: string; readonly groups: readonly string[] },
  { directory }: LookUpDeps,
): Promise<AccountView> {
  const asked = groups.slice(0, MAX_ASKED_GROUPS);
  const [found, missing] = await Promise.all([directory.look(userId), directory.missingGroups(asked)]);
  const missingGroups = missing.length === 0 ? {} : { missingGroups: missing };
  const { dialect } = directory;
  if (found === null)
    return {
      obstacle: "DIRECTORY_USER_NOT_FOUND",
      locked: false,
      protected: false,
      groups: [],
      rule: UNREADABLE_RULE,
      dialect,
      ...missingGroups,
    };
  const { account, rule } = found;
  const memberOf = new DnSet(account.groups);
  return {
    obstacle: refuseAccount(account),
    locked: account.locked,
    // The cloud must not treat an account as an ordinary one that may be privileged.
    protected: account.protected || account.protectionUnknown,
    groups: asked.filter((dn) => memberOf.has(dn)),
    rule,
    dialect,
    ...missingGroups,
  };
}
