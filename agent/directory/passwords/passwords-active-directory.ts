/** Passwords in Active Directory. One modify makes all changes of an order, so that all or none of them happen. */
import { AppError } from "../../../shared/errors.ts";
import { makeVerdict, type PasswordRule, type Verdict } from "../../../shared/writeback.ts";
import type { PasswordOrder, SignIn } from "../directory.ts";
import type { DirectoryContext } from "../directory-context.ts";
import { parseAccountControl } from "../entries/account-control.ts";
import { policyHints, type RequestControl } from "../ldap/controls.ts";
import { textOf } from "../ldap/entry-text.ts";
import { fileTimeToMs } from "../ldap/filetime.ts";
import { guidDn } from "../ldap/guid.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import { LDAP_CODE, type LdapResult } from "../ldap/ldap-result.ts";
import type { BindOutcome, LdapSession } from "../ldap/ldap-session.ts";
import { addValues, deleteValues, type Modification, replaceValues } from "../ldap/modification.ts";
import { LDAP_OID } from "../ldap/oids.ts";
import type { RootDse } from "../ldap/root-dse.ts";
import { sendOnce } from "../ldap/send-once.ts";
import { bindDataCode, WIN32 } from "../ldap/win32-codes.ts";
import { activeDirectoryAccount, readActiveDirectoryUser } from "./account-active-directory.ts";
import { activeDirectoryLockout } from "./lockout-active-directory.ts";
import type { PasswordDialect } from "./password-dialect.ts";
import { classifyRefusal } from "./password-refusal.ts";
import { activeDirectoryRule } from "./password-rule-active-directory.ts";
import { explainRefusal, possibleFrom } from "./password-rule-check.ts";
import { encodeUnicodePassword } from "./unicode-password.ts";

type Context = Pick<DirectoryContext, "entries" | "clock" | "log">;

export function activeDirectoryPasswords(context: Context): PasswordDialect {
  const entries = context.entries("active-directory");
  return {
    user: (session, userId) => readActiveDirectoryUser(session, userId, entries.nameAttributes),
    account: (session, userId, user) => activeDirectoryAccount(session, userId, user, entries, context.clock),
    rule: (session, user) => activeDirectoryRule(session, textOf(user, "msDS-ResultantPSO")),

    async apply(session, order, onSend) {
      // This also tests the connection before anything is sent over it.
      const user = await readActiveDirectoryUser(session, order.userId);
      const { server } = session;
      if (user === null) return makeVerdict("not_found", "DIRECTORY_USER_NOT_FOUND", { server });

      const hints = order.operation === "reset" ? policyHintsOf(session.rootDse) : null;
      const result = await sendOnce(context.log, onSend, () =>
        session.modify(guidDn(order.userId), modificationsOf(order), hints === null ? [] : [hints]),
      );
      if (result === null) return makeVerdict("unknown", "VERDICT_UNKNOWN", { server });

      const withPassword = order.operation !== "unlock";
      const historyChecked = order.operation === "change" || hints !== null;
      if (result.code !== LDAP_CODE.success)
        return refusalVerdict(context, session, order, user, result, historyChecked);
      return makeVerdict("applied", null, {
        passwordSet: withPassword,
        unlocked: order.unlock || order.operation === "unlock",
        // pwdLastSet 0 asks nothing of a password that never expires ([MS-ADTS] 3.1.1.4.5.17).
        mustChange:
          order.mustChange && !parseAccountControl(textOf(user, "userAccountControl")).passwordNeverExpires,
        historyEnforced: withPassword ? historyChecked : null,
        server,
      });
    },

    signIn: activeDirectorySignIn,
    lockout: (session, userId) => activeDirectoryLockout(session, userId, context.clock),
  };
}

/** Returns the control that makes a reset obey history and minimum age, as a change does ([MS-ADTS] 3.1.1.3.4.1.27). */
export function policyHintsOf(rootDse: Pick<RootDse, "supportedControls">): RequestControl | null {
  const oid = [LDAP_OID.policyHints, LDAP_OID.policyHintsDeprecated].find((candidate) =>
    rootDse.supportedControls.has(candidate),
  );
  return oid === undefined ? null : policyHints(oid);
}

/** userAccountControl is never among them: writing it would enable an account that an administrator has disabled. */
function modificationsOf(order: PasswordOrder): Modification[] {
  const { operation, newPassword, oldPassword, mustChange } = order;
  const unlock = order.unlock || operation === "unlock";
  const encoded = (secret: PasswordOrder["newPassword"]): Buffer => {
    if (secret === undefined) throw new AppError("INTERNAL", `A ${operation} without its password.`);
    return encodeUnicodePassword(secret.reveal());
  };
  return [
    ...(operation === "reset" ? [replaceValues("unicodePwd", encoded(newPassword))] : []),
    ...(operation === "change"
      ? [deleteValues("unicodePwd", encoded(oldPassword)), addValues("unicodePwd", encoded(newPassword))]
      : []),
    ...(unlock ? [replaceValues("lockoutTime", "0")] : []),
    ...(mustChange ? [replaceValues("pwdLastSet", "0")] : []),
  ];
}

async function refusalVerdict(
  context: Context,
  session: LdapSession,
  order: PasswordOrder,
  user: DirectoryEntryRaw,
  result: LdapResult,
  historyChecked: boolean,
): Promise<Verdict> {
  const { server } = session;
  const isChange = order.operation === "change";
  const withPassword = order.newPassword !== undefined;
  const refusal = classifyRefusal({ result, passwordPolicyError: null, withPassword, isChange });
  if (refusal.state !== "rejected" || !refusal.code.startsWith("PASSWORD_"))
    return makeVerdict(refusal.state, refusal.code, { server });

  const rule = await readableRule(context, session, user);
  const changedAt = fileTimeToMs(textOf(user, "pwdLastSet"));
  const now = context.clock.now();
  if (refusal.code !== "PASSWORD_POLICY") {
    const possibleAt = refusal.code === "PASSWORD_TOO_YOUNG" ? possibleFrom({ changedAt, now }, rule) : null;
    return makeVerdict("rejected", refusal.code, { server, rule, possibleAt });
  }
  const explanation = explainRefusal(
    {
      password: order.newPassword?.reveal() ?? "",
      accountName: textOf(user, "sAMAccountName") ?? null,
      displayName: textOf(user, "displayName") ?? null,
      changedAt,
      now,
      historyChecked,
    },
    rule,
  );
  return makeVerdict("rejected", explanation.code, { server, rule, possibleAt: explanation.possibleAt });
}

/**
 * Reads the rule. Returns null instead of throwing, because the verdict is already known and must not be lost when its
 * reason cannot be read.
 */
async function readableRule(
  context: Context,
  session: LdapSession,
  user: DirectoryEntryRaw,
): Promise<PasswordRule | null> {
  try {
    return await activeDirectoryRule(session, textOf(user, "msDS-ResultantPSO"));
  } catch (error) {
    context.log.warn("directory.password_rule.unreadable", { server: session.server, error });
    return null;
  }
}

/** Interprets the answer to a bind. A correct password that must be changed at once counts as a sign-in. */
export function activeDirectorySignIn({ result }: Pick<BindOutcome, "result">): SignIn {
  if (result.code === LDAP_CODE.success) return { ok: true, mustChange: false };
  if (result.code !== LDAP_CODE.invalidCredentials) return { ok: false, reason: "not_permitted" };
  switch (bindDataCode(result.message)) {
    case WIN32.PASSWORD_MUST_CHANGE:
    case WIN32.PASSWORD_EXPIRED:
      return { ok: true, mustChange: true };
    case WIN32.ACCOUNT_LOCKED:
      return { ok: false, reason: "locked" };
    case WIN32.ACCOUNT_DISABLED:
      return { ok: false, reason: "disabled" };
    case WIN32.ACCOUNT_EXPIRED:
      return { ok: false, reason: "expired" };
    case WIN32.NO_SUCH_USER:
      return { ok: false, reason: "not_found" };
    case WIN32.ACCOUNT_RESTRICTION:
    case WIN32.INVALID_LOGON_HOURS:
    case WIN32.INVALID_WORKSTATION:
    case WIN32.LOGON_TYPE_NOT_GRANTED:
      return { ok: false, reason: "not_permitted" };
    case null:
    default:
      return { ok: false, reason: "wrong" };
  }
}
