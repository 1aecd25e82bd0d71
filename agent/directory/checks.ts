/** The directory's part of `doctor`. */
import { runSteps } from "./check-step.ts";
import { connectionChecks } from "./checks-connection.ts";
import { feedChecks } from "./checks-feed.ts";
import { userChecks } from "./checks-user.ts";
import type { CheckPart, DirectoryContext, PasswordPart } from "./directory-context.ts";
import type { DialectName } from "./directory.ts";
import { permissionCommands } from "./permissions.ts";

export function createChecks(context: DirectoryContext, passwords: PasswordPart): CheckPart {
  const { config } = context;
  let known: DialectName | null = config.dialect === "auto" ? null : config.dialect;
  const remembering: DirectoryContext = {
    ...context,
    dialectOf: (rootDse) => (known = context.dialectOf(rootDse)),
  };
  return {
    check: (userName) =>
      runSteps([
        ...connectionChecks(remembering),
        ...feedChecks(remembering),
        ...userChecks(remembering, passwords, userName),
      ]),
    // Without a server asked, both kinds: the reader knows which directory it is.
    permissionCommands: () =>
      known === null
        ? [
            "# If it is Active Directory:",
            ...permissionCommands("active-directory", config),
            "# If it is OpenLDAP:",
            ...permissionCommands("openldap", config),
          ]
        : permissionCommands(known, config),
  };
}
