/** One account at a time: its state, its password, signing in with it. What differs between directories is behind PasswordDialect. */
import { randomBytes } from "node:crypto";
import type { Secret } from "../../shared/secret.ts";
import { makeVerdict } from "../../shared/writeback.ts";
import type { DirectoryContext, PasswordPart } from "./directory-context.ts";
import type { DialectName, PasswordOrder } from "./directory.ts";
import { canonicalDn } from "./dn.ts";
import type { LdapSession } from "./ldap-session.ts";
import type { KnownAccount, PasswordDialect } from "./password-dialect.ts";
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
  // With the account that writes: so the mark comes from the server that is then written to.
  const known = (userId: string): Promise<KnownAccount | null> =>
    sessions.use("write", (session) => dialectOf(session).account(session, userId));

  return {
    async account(userId) {
      const account = await known(userId);
      if (account === null) return null;
      const { privileged, ...state } = account;
      return {
        ...state,
        protected: privileged || isGuarded(context, account),
        inScope: await sessions.use("read", (session) => isInScope(context, session, account.dn)),
      };
    },

    async applyPassword(order, onSend) {
      const refusal = refuseUnsent(order);
      if (refusal !== null) return makeVerdict("rejected", refusal);
      return sessions.use("write", (session) => dialectOf(session).apply(session, order, onSend));
    },

    async checkSignIn(userId, password: Secret) {
      if (password.reveal() === "") return { ok: false, reason: "wrong" };
      const found = await sessions.use("write", async (session) => {
        const dialect = dialectOf(session);
        const account = await dialect.account(session, userId);
        return account === null ? null : { dn: account.dn, dialect };
      });
      if (found === null) {
        await sessions.bindOnce(nobodyBelow(config), password);
        return { ok: false, reason: "not_found" };
      }
      return found.dialect.signIn(await sessions.bindOnce(found.dn, password));
    },

    lockout: (userId) => sessions.use("write", (session) => dialectOf(session).lockout(session, userId)),
    passwordRule: (userId) => sessions.use("write", (session) => dialectOf(session).rule(session, userId)),
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

/** A protected group, nested ones included, or an account the agent itself signs in with. */
function isGuarded(
  { config, protectedGroups }: Pick<DirectoryContext, "config" | "protectedGroups">,
  account: KnownAccount,
): boolean {
  const groups = new Set(protectedGroups.map(canonicalDn));
  if (account.groups.some((dn) => groups.has(canonicalDn(dn)))) return true;
  const own = [config.bind.dn, config.writebackBind?.dn ?? config.bind.dn];
  return own.some((name) => isName(account, name));
}

/** A bind name is a DN, a user principal name, or DOMAIN\name. */
function isName(account: KnownAccount, name: string): boolean {
  const login = name.slice(name.lastIndexOf("\\") + 1).toLowerCase();
  return canonicalDn(account.dn) === canonicalDn(name) || account.names.includes(login);
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
