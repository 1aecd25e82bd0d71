/** Passwords in OpenLDAP and other LDAP servers: by RFC 3062 where the rootDSE lists it, otherwise by a plain modify. */
import { AppError } from "../../../shared/errors.ts";
import { makeVerdict, type Verdict } from "../../../shared/writeback.ts";
import type { DialectName, PasswordOrder, SignIn } from "../directory.ts";
import type { DirectoryContext } from "../directory-context.ts";
import { parsePasswordPolicy, passwordPolicy } from "../ldap/controls.ts";
import { textOf } from "../ldap/entry-text.ts";
import { parseGeneralizedTime } from "../ldap/generalized-time.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import { LDAP_CODE, type LdapResult } from "../ldap/ldap-result.ts";
import type { BindOutcome, LdapSession } from "../ldap/ldap-session.ts";
import { type Modification, replaceValues } from "../ldap/modification.ts";
import { LDAP_OID } from "../ldap/oids.ts";
import { passwordModifyValue } from "../ldap/password-modify.ts";
import { contextsOf } from "../ldap/root-dse.ts";
import { sendOnce } from "../ldap/send-once.ts";
import { ldapAccount, type LdapUsers, PPOLICY_ATTRIBUTES, readLdapUser } from "./account-ldap.ts";
import { ppolicyLockout } from "./lockout-ppolicy.ts";
import type { KnownAccount, PasswordDialect } from "./password-dialect.ts";
import { classifyRefusal, type Refusal } from "./password-refusal.ts";
import { possibleFrom } from "./password-rule-check.ts";
import { ppolicyRule } from "./password-rule-ppolicy.ts";
import { isClosed, unlockVerdict } from "./unlock-verdict.ts";

type Context = Pick<DirectoryContext, "config" | "entries" | "sessions" | "clock" | "log">;

export function ldapPasswords(context: Context, dialect: DialectName): PasswordDialect {
  const users: LdapUsers = {
    stateAttributes: PPOLICY_ATTRIBUTES,
    controls: () => [],
    contexts: contextsOf(context.config),
    entries: context.entries(dialect),
    clock: context.clock,
  };
  return {
    user: (session, userId) => readLdapUser(session, users, userId),
    account: (session, userId, user) => ldapAccount(session, users, userId, user),
    rule: ppolicyRule,

    async apply(session, order, onSend) {
      const user = await readLdapUser(session, users, order.userId);
      if (user === null)
        return makeVerdict("not_found", "DIRECTORY_USER_NOT_FOUND", { server: session.server });
      const write: Write = { context, users, session, order, user, onSend };
      if (order.operation === "unlock") return unlockOnly(write);
      return session.rootDse.supportedExtensions.has(LDAP_OID.passwordModify)
        ? byExtendedOperation(write)
        : byModify(write);
    },

    signIn: ldapSignIn,
    lockout: (session, userId) => ppolicyLockout(session, users, userId),
  };
}

interface Write {
  readonly context: Context;
  readonly users: LdapUsers;
  readonly session: LdapSession;
  readonly order: PasswordOrder;
  readonly user: DirectoryEntryRaw;
  readonly onSend: () => Promise<void>;
}

async function unlockOnly(write: Write): Promise<Verdict> {
  const { context, session, user, onSend, order } = write;
  const changes = [UNLOCK, ...(order.mustChange ? [MUST_CHANGE] : [])];
  const result = await sendOnce(context.log, onSend, () => modify(session, user.dn, changes));
  if (result?.code !== LDAP_CODE.success) return failureVerdict(write, result);
  return unlockVerdict(context, session, { mustChange: order.mustChange }, async () => {
    const now = await accountNow(write);
    return now === null ? null : isClosed(now);
  });
}

async function accountNow({ session, users, order: { userId } }: Write): Promise<KnownAccount | null> {
  const user = await readLdapUser(session, users, userId);
  return user === null ? null : ldapAccount(session, users, userId, user);
}

async function byExtendedOperation(write: Write): Promise<Verdict> {
  const { session, order, user } = write;
  const value = passwordModifyValue({
    userDn: user.dn,
    oldPassword: order.operation === "change" ? requireSecret(order.oldPassword).reveal() : null,
    newPassword: revealNew(order),
  });
  const verdict = await setPassword(write, () =>
    session.extended(LDAP_OID.passwordModify, value, [passwordPolicy]),
  );
  value.fill(0);
  return verdict;
}

/** Writes the plain password: the server hashes it and applies its rules. A hash made here would bypass both. */
async function byModify(write: Write): Promise<Verdict> {
  const { context, session, order, user } = write;
  if (order.operation === "change") {
    const outcome = await context.sessions.bindOnce(user.dn, requireSecret(order.oldPassword));
    if (!ldapSignIn(outcome).ok)
      return makeVerdict("rejected", "OLD_PASSWORD_WRONG", { server: session.server });
  }
  const change = replaceValues("userPassword", revealNew(order));
  return setPassword(write, () => modify(session, user.dn, [change]));
}

/**
 * Sets the password first. The rest follows in a modify of its own, and the verdict reports it separately: RFC 3062 sets nothing
 * but a password, and a modify that also unlocks fails on OpenLDAP, whose ppolicy has removed the lock by then
 * ("modify/delete: pwdAccountLockedTime: no such attribute").
 */
async function setPassword(write: Write, send: () => Promise<LdapResult>): Promise<Verdict> {
  const result = await sendOnce(write.context.log, write.onSend, send);
  if (result?.code !== LDAP_CODE.success) return failureVerdict(write, result);
  const rest = await applyRest(write);
  return makeVerdict("applied", null, { passwordSet: true, ...rest, server: write.session.server });
}

/**
 * Unlocks and sets must-change as far as the order asks, and returns what is true afterwards. ppolicy unlocks with every reset,
 * asked or not, and the verdict says so, but a reset leaves pwdAccountTmpLockoutEnd, which nobody may write.
 */
async function applyRest(write: Write): Promise<{ unlocked: boolean; mustChange: boolean }> {
  const { context, session, order, user } = write;
  let mustChange = false;
  try {
    const now = closing(user).length === 0 ? user : await readLdapUser(session, write.users, order.userId);
    const left = now === null ? [] : closing(now);
    const isLeft = left.includes(LOCKED_AT);
    const changes = [...(order.unlock && isLeft ? [UNLOCK] : []), ...(order.mustChange ? [MUST_CHANGE] : [])];
    if (changes.length > 0) {
      const result = await modify(session, user.dn, changes);
      mustChange = order.mustChange && result.code === LDAP_CODE.success;
      if (result.code !== LDAP_CODE.success)
        context.log.warn("directory.write.partly_applied", {
          server: session.server,
          ldapCode: result.code,
          ldapMessage: result.message,
        });
    }
    if (now === user) return { unlocked: order.unlock, mustChange };
    if (!order.unlock && textOf(user, LOCKED_AT) === undefined) return { unlocked: false, mustChange };
    if (now !== null && left.length === 0) return { unlocked: true, mustChange };
    const account = await accountNow(write);
    return { unlocked: account !== null && !isClosed(account), mustChange };
  } catch (error) {
    context.log.warn("directory.write.partly_applied", { server: session.server, error });
    return { unlocked: false, mustChange };
  }
}

async function failureVerdict(write: Write, result: LdapResult | null): Promise<Verdict> {
  const { context, session, order, user } = write;
  const { server } = session;
  if (result === null) return makeVerdict("unknown", "VERDICT_UNKNOWN", { server });
  const refusal = classify(order, result);
  if (refusal.state !== "rejected" || !refusal.code.startsWith("PASSWORD_"))
    return makeVerdict(refusal.state, refusal.code, { server });
  try {
    const rule = await ppolicyRule(session, user);
    const changedAt = parseGeneralizedTime(textOf(user, "pwdChangedTime") ?? null);
    const now = context.clock.now();
    const possibleAt = refusal.code === "PASSWORD_TOO_YOUNG" ? possibleFrom({ changedAt, now }, rule) : null;
    return makeVerdict("rejected", refusal.code, { server, rule, possibleAt });
  } catch (error) {
    context.log.warn("directory.password_rule.unreadable", { server, error });
    return makeVerdict("rejected", refusal.code, { server });
  }
}

function classify(order: Pick<PasswordOrder, "operation">, result: LdapResult): Refusal {
  const isOldWrong =
    order.operation === "change" &&
    (result.code === LDAP_CODE.invalidCredentials ||
      (result.code === LDAP_CODE.unwillingToPerform && /old password/i.test(result.message)));
  if (isOldWrong) return { state: "rejected", code: "OLD_PASSWORD_WRONG" };
  return classifyRefusal({
    result,
    passwordPolicyError: parsePasswordPolicy(result.controls)?.error ?? null,
    withPassword: order.operation !== "unlock",
    isChange: false,
  });
}

export function ldapSignIn({ result, passwordPolicy: policy }: BindOutcome): SignIn {
  if (result.code === LDAP_CODE.success)
    return { ok: true, mustChange: policy?.error === "changeAfterReset" };
  if (policy?.error === "accountLocked") return { ok: false, reason: "locked" };
  // Sent only after the password was verified (draft-behera-ldap-password-policy section 7.1).
  if (policy?.error === "passwordExpired") return { ok: true, mustChange: true };
  switch (result.code) {
    case LDAP_CODE.invalidCredentials:
    case LDAP_CODE.inappropriateAuthentication:
      return { ok: false, reason: "wrong" };
    case LDAP_CODE.noSuchObject:
      return { ok: false, reason: "not_found" };
    case LDAP_CODE.constraintViolation: // 389-ds: "Exceed password retry limit"
      return { ok: false, reason: "locked" };
    case LDAP_CODE.unwillingToPerform: // 389-ds: "Account inactivated"
      return { ok: false, reason: "disabled" };
    default:
      return { ok: false, reason: "not_permitted" };
  }
}

const modify = (session: LdapSession, dn: string, changes: readonly Modification[]): Promise<LdapResult> =>
  session.modify(dn, changes, [passwordPolicy]);

const LOCKED_AT = "pwdAccountLockedTime";
const UNLOCK = replaceValues(LOCKED_AT);
/** Attributes that may keep a user out after a reset. Most users have none, and need no look afterwards. */
const CLOSING = [
  LOCKED_AT,
  "pwdAccountTmpLockoutEnd",
  "pwdEndTime",
  "pwdStartTime",
  "accountUnlockTime",
  "nsAccountLock",
];
const closing = (user: DirectoryEntryRaw): string[] =>
  CLOSING.filter((name) => textOf(user, name) !== undefined);
const MUST_CHANGE = replaceValues("pwdReset", "TRUE");

const requireSecret = <T>(secret: T | undefined): T => {
  if (secret === undefined) throw new AppError("INTERNAL", "An order without its password.");
  return secret;
};
const revealNew = (order: PasswordOrder): string => requireSecret(order.newPassword).reveal();
