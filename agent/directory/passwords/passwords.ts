/** Operations on one account: its state, its password, a sign-in. PasswordDialect has what differs between directories. */
import { randomBytes } from "node:crypto";
import type { Secret } from "../../../shared/secret.ts";
import { makeVerdict } from "../../../shared/writeback.ts";
import type { AccountState, DialectName } from "../directory.ts";
import type { DirectoryContext, PasswordPart } from "../directory-context.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import type { LdapSession } from "../ldap/ldap-session.ts";
import { refusePasswords } from "../refuse-passwords.ts";
import { readGroups, standingOf } from "./account-standing.ts";
import type { PasswordDialect } from "./password-dialect.ts";
import { ds389Passwords } from "./passwords-389-ds.ts";
import { activeDirectoryPasswords } from "./passwords-active-directory.ts";
import { ldapPasswords } from "./passwords-ldap.ts";

export function createPasswords(context: DirectoryContext): PasswordPart {
  const { config, sessions } = context;
  const dialects: Record<DialectName, PasswordDialect> = {
    "active-directory": activeDirectoryPasswords(context),
    openldap: ldapPasswords(context, "openldap"),
    "389-ds": ds389Passwords(context),
    generic: ldapPasswords(context, "generic"),
  };
  const dialectOf = (session: LdapSession): PasswordDialect => dialects[context.dialectOf(session.rootDse)];

  /**
   * Finds the entry, then asks for everything else at once. Reads with the account that writes, so that the mark comes from the
   * server that will be written to. Only the scope is read with the reading account, because it may be the only one
   * that is allowed to use the scope's filter.
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
      inScope.catch(() => undefined); // awaited below, so that a fault of its server does not count as a fault of this one
      const lookedUp = context.protection("write", session);
      const [known, rule, groups, protection] = await Promise.all([
        dialect.account(session, userId, user),
        readRule(dialect, session, user),
        readGroups(context, session, user, lookedUp),
        lookedUp,
      ]);
      const standing = standingOf(context, session, { user, known, groups, protection });
      return { known: { ...known, ...standing }, rule, inScope };
    });
    if (found === null) return null;
    return { account: { ...found.known, inScope: await found.inScope }, rule: found.rule };
  }

  return {
    account: async (userId) => (await look(userId, () => Promise.resolve(null)))?.account ?? null,
    look: (userId) => look(userId, (dialect, session, user) => dialect.rule(session, user)),

    async applyPassword(order, onSend) {
      const refusal = refusePasswords(order.operation, order);
      if (refusal !== null) return makeVerdict("rejected", refusal);
      return sessions.use("write", (session) => dialectOf(session).apply(session, order, onSend));
    },

    async checkSignIn(userId, password: Secret) {
      if (password.reveal() === "") return { ok: false, reason: "wrong" };
      // Makes one search for every user, known or not, so that response times do not reveal which names exist. Reading
      // groups would take longer.
      const { dn, dialect } = await sessions.use("write", async (session) => {
        const dialect = dialectOf(session);
        return { dn: (await dialect.user(session, userId))?.dn, dialect };
      });
      const outcome = await sessions.bindOnce(dn ?? unusedDnBelow(config), password);
      return dn === undefined ? { ok: false, reason: "not_found" } : dialect.signIn(outcome);
    },

    lockout: (userId) => sessions.use("write", (session) => dialectOf(session).lockout(session, userId)),
  };
}

/** Returns a DN that no entry has. */
const unusedDnBelow = ({ bases }: DirectoryContext["config"]): string =>
  `cn=${randomBytes(16).toString("hex")},${bases[0]?.dn ?? ""}`;

/** Tells whether an entry is in scope. The server itself applies the filter to it. */
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
