/** One account at a time: its state, its password, signing in with it. What differs between directories is behind PasswordDialect. */
import { randomBytes } from "node:crypto";
import type { Secret } from "../../../shared/secret.ts";
import { makeVerdict } from "../../../shared/writeback.ts";
import type { AccountState, DialectName, PasswordOrder } from "../directory.ts";
import type { DirectoryContext, PasswordPart } from "../directory-context.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import type { LdapSession } from "../ldap/ldap-session.ts";
import type { PasswordDialect } from "./password-dialect.ts";
import { activeDirectoryPasswords } from "./passwords-active-directory.ts";
import { ldapPasswords } from "./passwords-ldap.ts";
import { passwordShape } from "./unicode-password.ts";

export function createPasswords(context: DirectoryContext): PasswordPart {
  const { config, sessions } = context;
  const dialects: Record<DialectName, PasswordDialect> = {
    "active-directory": activeDirectoryPasswords(context),
    openldap: ldapPasswords(context, "openldap"),
    generic: ldapPasswords(context, "generic"),
  };
  const dialectOf = (session: LdapSession): PasswordDialect => dialects[context.dialectOf(session.rootDse)];

  /**
   * Finds the entry, then asks all else about it at once. With the account that writes, so that the mark comes from the server
   * that is then written to; but for the scope, whose filter only the account that reads may apply.
   */
  async function look<Rule>(
    userId: string,
    readRule: (dialect: PasswordDialect, session: LdapSession, user: DirectoryEntryRaw) => Promise<Rule>,
  ): Promise<{ account: AccountState; rule: Rule } | null> {
    const found = await sessions.use("write", async (session) => {
      const dialect = dialectOf(session);
      const user = await dialect.user(session, userId);
      if (user === null) return null;
      const inScope = sessions.use("read", (reading) => isInScope(context, reading, user.dn));
      inScope.catch(() => undefined); // waited for below: its server's faults are not this one's
      const [known, rule] = await Promise.all([
        dialect.account(session, userId, user),
        readRule(dialect, session, user),
      ]);
      return { known, rule, inScope };
    });
    if (found === null) return null;
    return { account: { ...found.known, inScope: await found.inScope }, rule: found.rule };
  }

  return {
    account: async (userId) => (await look(userId, () => Promise.resolve(null)))?.account ?? null,
    look: (userId) => look(userId, (dialect, session, user) => dialect.rule(session, user)),

    async applyPassword(order, onSend) {
      const refusal = refuseUnsent(order);
      if (refusal !== null) return makeVerdict("rejected", refusal);
      return sessions.use("write", (session) => dialectOf(session).apply(session, order, onSend));
    },

    async checkSignIn(userId, password: Secret) {
      if (password.reveal() === "") return { ok: false, reason: "wrong" };
      // One search, whoever it is: groups, for one, would take a directory longer for those who are in some (T-01).
      const { dn, dialect } = await sessions.use("write", async (session) => {
        const dialect = dialectOf(session);
        return { dn: (await dialect.user(session, userId))?.dn, dialect };
      });
      const outcome = await sessions.bindOnce(dn ?? nobodyBelow(config), password);
      return dn === undefined ? { ok: false, reason: "not_found" } : dialect.signIn(outcome);
    },

    lockout: (userId) => sessions.use("write", (session) => dialectOf(session).lockout(session, userId)),
  };
}

/** A DN that nobody has. */
const nobodyBelow = ({ bases }: DirectoryContext["config"]): string =>
  `cn=${randomBytes(16).toString("hex")},${bases[0]?.dn ?? ""}`;

/** What needs no server to be refused. */
function refuseUnsent(
  order: PasswordOrder,
): "PASSWORD_EMPTY" | "PASSWORD_TOO_LONG" | "OLD_PASSWORD_WRONG" | null {
  if (order.operation === "unlock") return null;
  const shape = passwordShape(order.newPassword?.reveal() ?? "");
  if (shape !== "fits") return shape === "empty" ? "PASSWORD_EMPTY" : "PASSWORD_TOO_LONG";
  const isOldEmpty = order.operation === "change" && (order.oldPassword?.reveal() ?? "") === "";
  return isOldEmpty ? "OLD_PASSWORD_WRONG" : null;
}

/** The server applies the filter itself, to this one entry. */
async function isInScope(context: DirectoryContext, session: LdapSession, dn: string): Promise<boolean> {
  const scope = await context.scope(session);
  if (scope.baseOf(dn) === null) return false;
  const [entry] = await session.search({
    base: dn,
    scope: "base",
    filter: scope.filter,
    attributes: ["1.1"],
  });
  return entry !== undefined;
}
