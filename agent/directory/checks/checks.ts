/** Puts together the directory's checks of `doctor`. */
import type { AttributeMapping } from "../../config.ts";
import type { DialectName } from "../directory.ts";
import type { CheckPart, DirectoryContext, PasswordPart } from "../directory-context.ts";
import { runSteps } from "./check-step.ts";
import { attributeChecks } from "./checks-attributes.ts";
import { connectionChecks } from "./checks-connection.ts";
import { feedChecks } from "./checks-feed.ts";
import { nameChecks } from "./checks-names.ts";
import { selfWrittenChecks } from "./checks-self-written.ts";
import { userChecks } from "./checks-user.ts";
import { type Granted, grantedIn } from "./granted.ts";
import { permissionCommands } from "./permissions.ts";

/** `dialect`: null until a server was asked, unless it is configured. */
export function createChecks(
  context: DirectoryContext,
  passwords: PasswordPart,
  attributes: AttributeMapping,
  dialect: () => DialectName | null,
): CheckPart {
  const granted = (): Granted => grantedIn(context);
  return {
    check: (userName) =>
      runSteps([
        ...connectionChecks(context),
        ...attributeChecks(context, attributes),
        ...nameChecks(context),
        ...feedChecks(context, attributes),
        ...selfWrittenChecks(context, attributes),
        ...userChecks(context, passwords, userName),
      ]),
    permissionCommands() {
      const known = dialect();
      if (known !== null) return permissionCommands(known, granted());
      return [
        "# No server has answered yet. If it is Active Directory:",
        ...permissionCommands("active-directory", granted()),
        "# If it is OpenLDAP:",
        ...permissionCommands("openldap", granted()),
        "# If it is 389 Directory Server or FreeIPA:",
        ...permissionCommands("389-ds", granted()),
      ];
    },
  };
}
