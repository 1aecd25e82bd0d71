/** What a directory's parts get when the configuration protects nobody. */
import { forgetfulMemory } from "../../agent/directory/directory.ts";
import type { DirectoryContext } from "../../agent/directory/directory-context.ts";
import { NamedObjects } from "../../agent/directory/groups/named-objects.ts";
import { silentLogger } from "../../shared/logger.ts";

export const unprotected = (): Pick<
  DirectoryContext,
  "deny" | "protectedGroups" | "names" | "protection" | "syncScope"
> => ({
  deny: [],
  protectedGroups: [],
  names: new NamedObjects({ memory: forgetfulMemory(), log: silentLogger, configured: [] }),
  syncScope: () => Promise.reject(new Error("no sync runs here")),
  protection: () =>
    Promise.resolve({
      protectedGroups: [],
      denied: [],
      members: new Set(),
      deniedMembers: new Set(),
      own: [],
      problems: [],
    }),
});
