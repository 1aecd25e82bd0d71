/** `doctor`'s checks of the groups and accounts that the configuration names, and of the agent's own accounts. */
import { isDn } from "../../../shared/dn.ts";
import type { DirectoryContext } from "../directory-context.ts";
import { storedName } from "../entries/login-names.ts";
import { findScopeGroups } from "../feeds/scope.ts";
import type { NamedObject, NameProblem } from "../groups/named-objects.ts";
import { CLASS_ATTRIBUTES, kindOf } from "../groups/object-class.ts";
import { isNameDenied, spellingsOf } from "../groups/protection.ts";
import { unwatchableInFilter } from "../ldap/filter-groups.ts";
import { allOf, anyOf, equals, parseAdminFilter } from "../ldap/filters.ts";
import type { Account, LdapSession } from "../ldap/ldap-session.ts";
import { contextsOf, domainOf } from "../ldap/root-dse.ts";
import { ACTIVE_DIRECTORY_USER } from "../passwords/account-active-directory.ts";
import { deniedAttributes, namesToDeny } from "../passwords/account-standing.ts";
import { type CheckOutcome, type CheckStep, fail, pass, skip } from "./check-step.ts";

/** So many findings are printed; the others are counted. */
const MAX_SHOWN = 5;
/** Searches for names of the deny list that run at once. */
const AT_ONCE = 8;
const PROTECTED_GROUPS = "writeback.protectedGroups";

export function nameChecks(context: DirectoryContext): CheckStep[] {
  return [
    { name: "groups", needs: ["sign-in"], run: () => checkScopeGroups(context) },
    {
      name: "protected groups",
      needs: ["sign-in", "writeback sign-in"],
      run: () => checkProtectedGroups(context),
    },
    { name: "deny list", needs: ["writeback sign-in"], run: () => checkDenyList(context) },
    { name: "own accounts", needs: ["sign-in", "writeback sign-in"], run: () => checkOwnAccounts(context) },
  ];
}

async function checkScopeGroups(context: DirectoryContext): Promise<CheckOutcome> {
  const { sessions, config, names } = context;
  const unwatchable = config.filter === undefined ? [] : unwatchableInFilter(parseAdminFilter(config.filter));
  if (unwatchable.length > 0)
    return fail(
      `directory.filter uses ${unwatchable.join(", ")}, which the server computes: a change of it is found by a full sync only`,
      "Filter by an attribute that is written to the users themselves. Name groups in directory.groups, or in directory.filter as (memberOf=DN).",
    );
  const { groups, filterGroups, problems } = await sessions.use("read", (session) =>
    findScopeGroups({ config, names, dialect: context.dialectOf(session.rootDse) }, session),
  );
  return outcomeOf([...groups, ...filterGroups], problems, {
    key: filterGroups.length === 0 ? "directory.groups" : "directory.groups or directory.filter",
    nothing: "no group limits the scope",
  });
}

/** With both accounts: a sync marks members by what one of them sees, and a writeback is refused by what the other sees. */
async function checkProtectedGroups(context: DirectoryContext): Promise<CheckOutcome> {
  const key = PROTECTED_GROUPS;
  const seen: NamedObject[] = [];
  const problems: NameProblem[] = [];
  for (const account of accountsOf(context)) {
    const found = await context.sessions.use(account, (session) => context.protection(account, session));
    const isMine = (problem: NameProblem): boolean => problem.key === key;
    seen.push(...found.protectedGroups);
    problems.push(
      ...found.problems
        .filter(isMine)
        .map((problem) => ({ ...problem, what: `${problem.what} (${bindName(context, account)})` })),
    );
  }
  const distinct = new Map(seen.map((group) => [group.configured, group]));
  return outcomeOf([...distinct.values()], problems, { key, nothing: "no group is protected" });
}

async function checkDenyList(context: DirectoryContext): Promise<CheckOutcome> {
  const { sessions, deny } = context;
  const key = "writeback.deny";
  return sessions.use("write", async (session) => {
    const { denied, problems } = await context.protection("write", session);
    const unused = await findUnused(
      context,
      session,
      deny.filter((entry) => !isDn(entry)),
    );
    const outcome = outcomeOf(denied, [...problems.filter((problem) => problem.key === key), ...unused], {
      key,
      nothing: "nobody is denied",
    });
    const count = deny.length - denied.length;
    if (outcome.status === "fail" || count === 0) return outcome;
    const names = `${count} ${count === 1 ? "name" : "names"} found`;
    return pass(denied.length === 0 ? names : `${outcome.detail}; ${names}`);
  });
}

/** Returns a problem for each login name that no account has. */
async function findUnused(
  context: DirectoryContext,
  session: LdapSession,
  names: readonly string[],
): Promise<NameProblem[]> {
  const unused: NameProblem[] = [];
  for (let at = 0; at < names.length; at += AT_ONCE)
    await Promise.all(
      names.slice(at, at + AT_ONCE).map(async (name) => {
        if (await hasAccount(context, session, name)) return;
        unused.push({
          key: "writeback.deny",
          name,
          what: `No account has the name ${name}: this entry denies nobody.`,
          fix: "Correct the name in writeback.deny, or remove it.",
        });
      }),
    );
  return unused;
}

/** Searches for what may be meant, then asks what a writeback asks: a name that only looks like an account's denies nobody. */
async function hasAccount(context: DirectoryContext, session: LdapSession, name: string): Promise<boolean> {
  const { rootDse } = session;
  const isActiveDirectory = context.dialectOf(rootDse) === "active-directory";
  const attributes = deniedAttributes(context, rootDse);
  const spellings = [...new Set([name, ...spellingsOf(name)])];
  // A name of the form sAMAccountName@domain need not be a userPrincipalName.
  const implied = isActiveDirectory ? spellings.flatMap((each) => each.split("@").slice(0, -1)) : [];
  const isNamed = anyOf([
    ...attributes.flatMap((attribute) =>
      spellings.map((each) => equals(attribute, storedName(attribute, each))),
    ),
    ...implied.map((each) => equals("sAMAccountName", each)),
  ]);
  const filter = isActiveDirectory ? allOf([ACTIVE_DIRECTORY_USER, isNamed]) : isNamed;
  const contexts = isActiveDirectory ? [domainOf(rootDse)] : contextsOf(context.config)(rootDse);
  for (const base of contexts) {
    const found = await session.search({
      base,
      scope: "sub",
      filter,
      attributes: [...attributes, ...CLASS_ATTRIBUTES],
    });
    const isDenied = found.some(
      (raw) => kindOf(raw).kind !== "group" && isNameDenied([name], namesToDeny(context, session, raw)),
    );
    if (isDenied) return true;
  }
  return false;
}

async function checkOwnAccounts(context: DirectoryContext): Promise<CheckOutcome> {
  const found: string[] = [];
  const problems: NameProblem[] = [];
  for (const account of accountsOf(context)) {
    const { own, problems: all } = await context.sessions.use(account, (session) =>
      context.protection(account, session),
    );
    found.push(...own.map(({ dn }) => dn));
    problems.push(...all.filter(({ key }) => key.startsWith("directory.")));
  }
  return problems.length > 0
    ? outcomeOf([], problems, { key: "directory.bind", nothing: "" })
    : pass(`the server knows the agent as ${[...new Set(found)].join(" and ")}; no writeback goes to them`);
}

const accountsOf = ({ config }: DirectoryContext): readonly Account[] =>
  config.writebackBind === undefined ? ["write"] : ["read", "write"];

const bindName = ({ sessions }: DirectoryContext, account: Account): string =>
  `seen by ${sessions.nameOf(account)}`;

interface Words {
  readonly key: string;
  /** The words where nothing is configured. */
  readonly nothing: string;
}

function outcomeOf(
  objects: readonly NamedObject[],
  problems: readonly NameProblem[],
  { key, nothing }: Words,
): CheckOutcome {
  const all = [
    ...problems.map(({ what, fix }) => ({ what, fix })),
    ...objects.flatMap((object) => complaintAbout(object, key)),
  ];
  if (all.length > 0)
    return fail(
      shown(all.map(({ what }) => what)).join(" "),
      [...new Set(all.map(({ fix }) => fix))].slice(0, MAX_SHOWN).join(" "),
    );
  if (objects.length === 0) return skip(nothing);
  const moved = objects.filter(({ isMoved }) => isMoved);
  const notes = shown(moved.map(({ configured, dn }) => `${configured} was moved and is followed as ${dn}`));
  return pass([`${objects.length} found`, ...notes].join("; "));
}

function complaintAbout(object: NamedObject, key: string): { what: string; fix: string }[] {
  const { configured, dn, isNameTaken, isGone } = object;
  if (isGone)
    return [
      {
        what: `${configured} is no longer in the directory, or hidden from this account.`,
        fix: `If it was deleted, remove it from ${key}.`,
      },
    ];
  return isNameTaken
    ? [
        {
          what: `${configured} is now the name of another object. The one that was found first is ${dn}, and is used.`,
          fix: `Write the DN that is meant in ${key}.`,
        },
      ]
    : [];
}

const shown = (texts: readonly string[]): string[] =>
  texts.length <= MAX_SHOWN
    ? [...texts]
    : [...texts.slice(0, MAX_SHOWN), `(and ${texts.length - MAX_SHOWN} more)`];
