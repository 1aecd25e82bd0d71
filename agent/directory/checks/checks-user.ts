/** `doctor`'s checks that the password of the test user could be written. They change nothing. */
import type { PasswordRule } from "../../../shared/writeback.ts";
import type { AccountState } from "../directory.ts";
import type { DirectoryContext, PasswordPart } from "../directory-context.ts";
import { findUsers } from "../feeds/find-users.ts";
import { effectiveRights, lackingRight } from "../ldap/effective-rights.ts";
import { ANY_ENTRY, equals } from "../ldap/filters.ts";
import { guidDn } from "../ldap/guid.ts";
import type { LdapSession } from "../ldap/ldap-session.ts";
import { replaceValues } from "../ldap/modification.ts";
import { LDAP_OID } from "../ldap/oids.ts";
import { classifyRefusal } from "../passwords/password-refusal.ts";
import { policyHintsOf } from "../passwords/passwords-active-directory.ts";
import { type CheckOutcome, type CheckStep, fail, pass, skip } from "./check-step.ts";
import { type Granted, grantedIn } from "./granted.ts";
import { policyCommands, writeCommands } from "./permissions.ts";
import { DS_389_WRITTEN, ds389Commands } from "./permissions-389-ds.ts";

/** Attributes that a reset with unlock and must-change writes besides the password. */
const WRITTEN = ["lockoutTime", "pwdLastSet"];

type Seen = NonNullable<Awaited<ReturnType<PasswordPart["look"]>>>;

export function userChecks(
  context: DirectoryContext,
  passwords: PasswordPart,
  userName: string | null,
): CheckStep[] {
  let user: Seen | null = null;
  const withUser = (run: (user: Seen) => Promise<CheckOutcome>) => () =>
    user === null ? Promise.resolve(skip("no test user")) : run(user);
  return [
    { name: "password history", needs: ["writeback sign-in"], run: () => checkHistory(context) },
    {
      name: "test user",
      needs: ["bases", "writeback sign-in"],
      async run() {
        if (userName === null) return skip("name one with --user");
        const id = await findId(context, userName);
        user = id === null ? null : await passwords.look(id);
        return user === null
          ? fail(`no user in scope has the name ${userName}`, "Name a user below directory.bases.")
          : describeUser(user.account);
      },
    },
    {
      name: "write rights",
      needs: ["test user"],
      run: withUser(({ account }) => checkRights(context, account)),
    },
    {
      name: "password rule",
      needs: ["test user"],
      run: withUser(({ rule }) => Promise.resolve(describeRule(context, rule))),
    },
  ];
}

async function findId(context: DirectoryContext, userName: string): Promise<string | null> {
  return context.sessions.use("read", async (session) => {
    const entries = context.entries(context.dialectOf(session.rootDse));
    const [user] = await findUsers(session, await context.scope(session), entries, userName, () =>
      Promise.resolve(() => false),
    );
    return user?.id ?? null;
  });
}

function describeUser(user: AccountState): CheckOutcome {
  const obstacles = [
    ...(user.protected ? ["is protected"] : []),
    ...(user.denied ? ["is on the deny list"] : []),
    ...(user.protectionUnknown ? ["may be protected (see the checks above)"] : []),
    ...(user.enabled ? [] : ["is disabled"]),
    ...(user.expired ? ["has expired"] : []),
    ...(user.unreadable.length > 0
      ? [`has a state that cannot be read (${user.unreadable.join(", ")})`]
      : []),
  ];
  return obstacles.length === 0
    ? pass(user.dn)
    : fail(
        `${user.dn} ${obstacles.join(", ")}: writeback refuses it`,
        "Name an ordinary user, or correct the account in the directory.",
      );
}

function checkRights(context: DirectoryContext, { id, dn }: AccountState): Promise<CheckOutcome> {
  const { sessions } = context;
  return sessions.use("write", async (session) => {
    const dialect = context.dialectOf(session.rootDse);
    const rights = grantedIn(context);
    const account = rights.writer;
    if (dialect === "389-ds") return check389Rights(rights, session, dn);
    if (dialect !== "active-directory") return skip("this server reports missing rights only at a write");
    const [user] = await session.search({
      base: guidDn(id),
      scope: "base",
      filter: equals("objectClass", "user"),
      attributes: ["allowedAttributesEffective"],
    });
    const granted = (user?.attributes.get("allowedattributeseffective") ?? []).map((name) =>
      name.toString().toLowerCase(),
    );
    const missing = WRITTEN.filter((name) => !granted.includes(name.toLowerCase())).map(
      (name) => `write ${name}`,
    );
    // A value without quotes is always refused, but the server checks the right first.
    const illFormed = replaceValues("unicodePwd", Buffer.from([0]));
    const result = await session.modify(guidDn(id), [illFormed]);
    const refusal = classifyRefusal({
      result,
      passwordPolicyError: null,
      withPassword: true,
      isChange: false,
    });
    if (refusal.code === "DIRECTORY_ACCESS_DENIED") missing.unshift("reset password");
    return missing.length === 0
      ? pass(`${account} may reset, unlock and set must-change on ${dn}`)
      : fail(`${account} may not on ${dn}: ${missing.join(", ")}`, writeCommands(rights).join("\n"));
  });
}

/** 389 Directory Server tells an account its own rights. */
async function check389Rights(rights: Granted, session: LdapSession, dn: string): Promise<CheckOutcome> {
  const account = rights.writer;
  const [user] = await session.search({
    base: dn,
    scope: "base",
    filter: ANY_ENTRY,
    attributes: DS_389_WRITTEN,
    controls: effectiveRights(session.rootDse, account),
  });
  const missing = user === undefined ? null : lackingRight(user, "w", DS_389_WRITTEN);
  if (missing === null) return skip("this server does not tell an account its rights");
  return missing.length === 0
    ? pass(`${account} may reset and unlock ${dn}`)
    : fail(`${account} may not write on ${dn}: ${missing.join(", ")}`, ds389Commands(rights).join("\n"));
}

function checkHistory(context: DirectoryContext): Promise<CheckOutcome> {
  return context.sessions.use("write", ({ rootDse }) => {
    if (context.dialectOf(rootDse) === "active-directory")
      return Promise.resolve(
        policyHintsOf(rootDse) === null
          ? skip("the server has no policy-hints control: a reset does not obey history and minimum age")
          : pass("a reset obeys history and minimum age"),
      );
    return Promise.resolve(
      rootDse.supportedControls.has(LDAP_OID.passwordPolicy)
        ? pass("the server applies its password policy (ppolicy)")
        : skip("the server lists no password policy: it may accept any password"),
    );
  });
}

function describeRule(context: DirectoryContext, rule: PasswordRule): CheckOutcome {
  if (rule.source === null) return skip("not readable: a refusal cannot name the rule");
  if (rule.minLength === null && rule.source === "fine_grained")
    return fail(
      "a fine-grained policy applies to this user and cannot be read",
      policyCommands(grantedIn(context)).join("\n"),
    );
  const parts = [
    ...(rule.minLength === null ? [] : [`at least ${rule.minLength} characters`]),
    ...(rule.complexity === true ? ["three kinds of characters"] : []),
    ...(rule.historyLength === null || rule.historyLength === 0
      ? []
      : [`not one of the last ${rule.historyLength}`]),
    ...(rule.minAgeSeconds === null || rule.minAgeSeconds === 0
      ? []
      : [`not within ${rule.minAgeSeconds} s of the last change`]),
  ];
  return pass(`${parts.join(", ")} (${rule.source})`);
}
