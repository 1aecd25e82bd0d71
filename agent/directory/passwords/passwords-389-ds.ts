/** Passwords in 389 Directory Server, measured on 2.3, and FreeIPA. */
import { AppError } from "../../../shared/errors.ts";
import { makeVerdict, type Verdict } from "../../../shared/writeback.ts";
import type { Lockout, PasswordOrder, SignIn } from "../directory.ts";
import type { DirectoryContext } from "../directory-context.ts";
import { passwordPolicy } from "../ldap/controls.ts";
import { effectiveRights } from "../ldap/effective-rights.ts";
import { countOf, textOf } from "../ldap/entry-text.ts";
import { toGeneralizedTime } from "../ldap/generalized-time.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import { LDAP_CODE, type LdapResult } from "../ldap/ldap-result.ts";
import type { BindOutcome, LdapSession } from "../ldap/ldap-session.ts";
import { type Modification, replaceValues } from "../ldap/modification.ts";
import { LDAP_OID } from "../ldap/oids.ts";
import { passwordModifyValue } from "../ldap/password-modify.ts";
import { contextsOf } from "../ldap/root-dse.ts";
import { sendOnce } from "../ldap/send-once.ts";
import {
  DS_389_ATTRIBUTES,
  ds389Account,
  is389Locked,
  isTemporaryPasswordOver,
  LOCK_ATTRIBUTES,
  mustChangeNow,
} from "./account-389-ds.ts";
import { type LdapUsers, readLdapUser } from "./account-ldap.ts";
import { timeOf } from "./account-times.ts";
import type { PasswordDialect } from "./password-dialect.ts";
import { classifyRefusal } from "./password-refusal.ts";
import { explainRefusal } from "./password-rule-check.ts";
import { ds389Rule, read389Policy } from "./policy-389-ds.ts";
import { isClosed, unlockVerdict } from "./unlock-verdict.ts";

type Context = Pick<DirectoryContext, "config" | "entries" | "sessions" | "clock" | "log">;

export function ds389Passwords(context: Context): PasswordDialect {
  const { config, clock, sessions } = context;
  const users: LdapUsers = {
    stateAttributes: DS_389_ATTRIBUTES,
    controls: (rootDse) => effectiveRights(rootDse, sessions.nameOf("write")),
    contexts: contextsOf(config),
    entries: context.entries("389-ds"),
    clock,
  };
  return {
    user: (session, userId) => readLdapUser(session, users, userId),
    account: (session, userId, user) => ds389Account(session, users, userId, user),
    rule: ds389Rule,

    async apply(session, order, onSend) {
      const user = await readLdapUser(session, users, order.userId);
      if (user === null)
        return makeVerdict("not_found", "DIRECTORY_USER_NOT_FOUND", { server: session.server });
      const result = await sendOnce(context.log, onSend, () => send(session, order, user, clock.now()));
      if (result === null) return makeVerdict("unknown", "VERDICT_UNKNOWN", { server: session.server });
      if (result.code !== LDAP_CODE.success) return refusal(context, session, order, user, result);
      return verdictOf(context, users, session, order);
    },

    signIn: ds389SignIn,
    lockout: (session, userId) => ds389Lockout(session, users, userId),
  };
}

/**
 * Password and unlock in ONE modify: the server takes both or neither. A change goes by RFC 3062, which has the server compare the
 * old password and apply the minimum age.
 */
async function send(
  session: LdapSession,
  order: PasswordOrder,
  user: DirectoryEntryRaw,
  now: number,
): Promise<LdapResult> {
  const isUnlocking = order.unlock || order.operation === "unlock";
  const unlock = isUnlocking ? unlockOf(session, user, now) : [];
  if (order.operation !== "change") {
    const password = order.operation === "reset" ? [replaceValues("userPassword", newOf(order))] : [];
    return session.modify(user.dn, [...password, ...unlock], [passwordPolicy]);
  }
  const value = passwordModifyValue({
    userDn: user.dn,
    oldPassword: requireSecret(order.oldPassword).reveal(),
    newPassword: newOf(order),
  });
  const result = await session.extended(LDAP_OID.passwordModify, value, [passwordPolicy]);
  value.fill(0);
  if (result.code === LDAP_CODE.success && unlock.length > 0) await session.modify(user.dn, unlock);
  return result;
}

/** FreeIPA counts wrong passwords of Kerberos beside those of LDAP; `ipa user-unlock` writes the same two attributes. */
function unlockOf(session: LdapSession, user: DirectoryEntryRaw, now: number): Modification[] {
  const kerberos =
    session.rootDse.isFreeIpa && textOf(user, "krbLoginFailedCount") !== undefined
      ? [
          replaceValues("krbLoginFailedCount", "0"),
          replaceValues("krbLastAdminUnlock", toGeneralizedTime(now)),
        ]
      : [];
  return [...LOCK_ATTRIBUTES.map((name) => replaceValues(name)), ...kerberos];
}

/**
 * After a reset by a password administrator the server asks for a change by itself, where its policy says so. After one by another
 * account it does not, and this value asks for it. A policy without passwordMustChange takes no notice of it.
 */
const MUST_CHANGE = replaceValues("passwordExpirationTime", "19700101000000Z");

/**
 * The server answers a reset before it notes that the password must be changed, and that another temporary password counts from
 * nought: 80 ms are given to it for the one, and 600 ms for the other, which must come and does so late on a busy server.
 */
const LOOKS = { mustChange: 4, temporaryPassword: 30 };
const LOOK_AGAIN_MS = 20;

/** The server has accepted the write; what is true now is read from the account. */
async function verdictOf(
  context: Context,
  users: LdapUsers,
  session: LdapSession,
  order: PasswordOrder,
): Promise<Verdict> {
  const now = context.clock.now();
  const isClosedNow = async (): Promise<boolean | null> => {
    const user = await readLdapUser(session, users, order.userId);
    return user === null ? null : isClosed(await ds389Account(session, users, order.userId, user));
  };
  if (order.operation === "unlock")
    return unlockVerdict(context, session, { mustChange: false }, isClosedNow);
  const { server } = session;
  const historyEnforced = null; // not for a password administrator, and only the server knows which account is one
  try {
    let user = await readLdapUser(session, users, order.userId);
    const policy = user === null ? null : await read389Policy(session, user);
    for (let looks = 0; policy?.mustChange !== false && user !== null; looks++) {
      const isTooEarly = isTemporaryPasswordOver(user, policy, now);
      if (!isTooEarly && mustChangeNow(user, policy, now)) break;
      if (looks >= (isTooEarly ? LOOKS.temporaryPassword : LOOKS.mustChange)) break;
      await context.clock.sleep(LOOK_AGAIN_MS);
      user = await readLdapUser(session, users, order.userId);
    }
    if (order.mustChange && user !== null && policy?.mustChange && !mustChangeNow(user, policy, now)) {
      const result = await session.modify(user.dn, [MUST_CHANGE]);
      if (result.code !== LDAP_CODE.success)
        context.log.warn("directory.write.partly_applied", { server, ldapCode: result.code });
      user = await readLdapUser(session, users, order.userId);
    }
    return makeVerdict("applied", null, {
      passwordSet: true,
      unlocked: order.unlock && (await isClosedNow()) === false,
      mustChange: user !== null && mustChangeNow(user, policy, now),
      historyEnforced,
      server,
    });
  } catch (error) {
    context.log.warn("directory.write.partly_applied", { server, error });
    return makeVerdict("applied", null, { passwordSet: true, historyEnforced, server });
  }
}

async function refusal(
  context: Context,
  session: LdapSession,
  order: PasswordOrder,
  user: DirectoryEntryRaw,
  result: LdapResult,
): Promise<Verdict> {
  const { server } = session;
  const isChange = order.operation === "change";
  if (isChange && result.code === LDAP_CODE.invalidCredentials)
    return makeVerdict("rejected", "OLD_PASSWORD_WRONG", { server });
  const withPassword = order.operation !== "unlock";
  // The control names one error for every rule, and the text the rule itself, so only the text is read.
  const known = classifyRefusal({ result, passwordPolicyError: null, withPassword, isChange: false });
  if (known.state !== "rejected" || !known.code.startsWith("PASSWORD_"))
    return makeVerdict(known.state, known.code, { server });
  try {
    const rule = await ds389Rule(session, user);
    if (known.code !== "PASSWORD_POLICY") return makeVerdict("rejected", known.code, { server, rule });
    const allowedFrom = timeOf(user, "passwordAllowChangeTime");
    const explained = explainRefusal(
      {
        password: order.newPassword?.reveal() ?? "",
        accountName: textOf(user, "uid") ?? null,
        displayName: textOf(user, "displayName") ?? null,
        // Minimum age is told by the time from which a change is allowed.
        changedAt: typeof allowedFrom === "number" ? allowedFrom - (rule.minAgeSeconds ?? 0) * 1000 : null,
        now: context.clock.now(),
        historyChecked: isChange,
      },
      rule,
    );
    return makeVerdict("rejected", explained.code, { server, rule, possibleAt: explained.possibleAt });
  } catch (error) {
    context.log.warn("directory.password_rule.unreadable", { server, error });
    return makeVerdict("rejected", known.code, { server });
  }
}

/**
 * Interprets the answer to a bind. The code comes first: for an inactivated account the control says "locked". An expired password
 * is told only when it was the right one.
 */
function ds389SignIn({ result, passwordPolicy: policy }: BindOutcome): SignIn {
  switch (result.code) {
    case LDAP_CODE.success:
      return { ok: true, mustChange: policy?.error === "changeAfterReset" };
    case LDAP_CODE.invalidCredentials:
      return policy?.error === "passwordExpired"
        ? { ok: true, mustChange: true }
        : { ok: false, reason: "wrong" };
    case LDAP_CODE.noSuchObject:
    case LDAP_CODE.inappropriateAuthentication: // an entry without a password
      return { ok: false, reason: "wrong" };
    case LDAP_CODE.constraintViolation: // "Exceed password retry limit", or the Account Policy plugin's words
      return { ok: false, reason: /inactivity limit/i.test(result.message) ? "expired" : "locked" };
    case LDAP_CODE.unwillingToPerform: // "Account inactivated"
      return { ok: false, reason: "disabled" };
    default:
      return { ok: false, reason: "not_permitted" };
  }
}

async function ds389Lockout(session: LdapSession, users: LdapUsers, userId: string): Promise<Lockout | null> {
  const user = await readLdapUser(session, users, userId);
  // Read for an unknown user too, so that the time does not tell which names exist.
  const policy = await read389Policy(session, user);
  if (user === null) return null;
  const now = users.clock.now();
  const endsAt = timeOf(user, "retryCountResetTime");
  const isOver = typeof endsAt === "number" && endsAt <= now;
  return {
    locked: is389Locked(user, policy, now),
    failures: isOver ? 0 : (countOf(user, "passwordRetryCount") ?? 0),
    threshold: policy?.threshold ?? null,
  };
}

const requireSecret = <T>(secret: T | undefined): T => {
  if (secret === undefined) throw new AppError("INTERNAL", "An order without its password.");
  return secret;
};
const newOf = (order: PasswordOrder): string => requireSecret(order.newPassword).reveal();
