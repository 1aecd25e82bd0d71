import { canonicalDn, plainDn } from "../../../shared/dn.ts";
import { AppError } from "../../../shared/errors.ts";
import type { Logger } from "../../../shared/logger.ts";
import type { DialectName, NameMemory, RememberedObject } from "../directory.ts";
import { defaultIdAttribute } from "../entries/dialects.ts";
import { createEntryIds, type EntryIds } from "../entries/entry-id.ts";
import { ANY_ENTRY, anyOf, present } from "../ldap/filters.ts";
import { guidDn } from "../ldap/guid.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import { ldapCodeOf } from "../ldap/ldap-errors.ts";
import { LDAP_CODE } from "../ldap/ldap-result.ts";
import type { LdapSession } from "../ldap/ldap-session.ts";
import { CLASS_ATTRIBUTES, kindOf, mustHaveMembers } from "./object-class.ts";

/** The keys of the configuration that name groups or accounts by DN. */
export type NamingKey =
  "directory.groups" | "directory.filter" | "writeback.protectedGroups" | "writeback.deny";

export interface NamedObject {
  /** As the configuration writes it. */
  readonly configured: string;
  /** Where it is now. */
  readonly dn: string;
  readonly kind: "group" | "account";
  /** Null when the server shows this account no id: it cannot be followed then. */
  readonly id: string | null;
  /** True when it was found by its id under another name than the configured one. */
  readonly isMoved: boolean;
  /** True when another object has the configured name now. */
  readonly isNameTaken: boolean;
  /** True for an account that was found before and is no longer there: no account can be it. */
  readonly isGone: boolean;
  readonly raw: DirectoryEntryRaw | null;
}

export interface NameProblem {
  readonly key: string;
  readonly name: string;
  /** A sentence. */
  readonly what: string;
  /** A sentence: the action for the administrator. */
  readonly fix: string;
}

export interface ResolvedNames {
  readonly objects: readonly NamedObject[];
  readonly problems: readonly NameProblem[];
}

export interface NamedObjectsDeps {
  readonly memory: NameMemory;
  readonly log: Logger;
  /** Every DN that the configuration names; what is remembered of others is dropped. */
  readonly configured: readonly string[];
}

/** A configuration may name a thousand objects; so many searches run at once. */
const AT_ONCE = 16;

/**
 * Finds the groups and accounts that the configuration names by DN, and follows each by its id:
 *
 *     unknown ── found by its DN ──► remembered ── moved or renamed ──► found by its id
 *                                        └── neither the DN nor the id is there ──► a problem, until it is back
 *
 * The same name on another object is not the same object, so it is a problem too.
 */
export class NamedObjects {
  readonly #deps: NamedObjectsDeps;
  #remembered: Promise<Map<string, RememberedObject>> | null = null;
  #saving: Promise<void> = Promise.resolve();
  /** Problems that were logged, by key and name, so that each is logged once. */
  readonly #logged = new Map<string, string>();

  constructor(deps: NamedObjectsDeps) {
    this.#deps = deps;
  }

  /**
   * Looks the names up. `accepts`: the kinds that this key may name. Throws DIRECTORY_* when the directory does not answer;
   * everything else is a problem of the name.
   */
  async resolve(
    session: LdapSession,
    dialect: DialectName,
    key: NamingKey,
    names: readonly string[],
    accepts: readonly NamedObject["kind"][],
  ): Promise<ResolvedNames> {
    const objects: NamedObject[] = [];
    const problems: NameProblem[] = [];
    const remembered = await this.#load();
    for (let at = 0; at < names.length; at += AT_ONCE) {
      const some = names.slice(at, at + AT_ONCE);
      const found = await Promise.all(
        some.map((name) => this.#find(session, dialect, key, name, accepts, remembered)),
      );
      for (const each of found) {
        if ("what" in each) problems.push(each);
        else objects.push(each);
        this.#report(key, each);
      }
    }
    return { objects, problems };
  }

  /** Waits until the memory has everything that was found. */
  async saved(): Promise<void> {
    await this.#remembered?.catch(() => undefined); // what could not be loaded is not saved either
    await this.#saving;
  }

  async #find(
    session: LdapSession,
    dialect: DialectName,
    key: NamingKey,
    configured: string,
    accepts: readonly NamedObject["kind"][],
    remembered: Map<string, RememberedObject>,
  ): Promise<NamedObject | NameProblem> {
    const problem = (what: string, fix = `Correct ${key}.`): NameProblem => ({
      key,
      name: configured,
      what,
      fix,
    });
    const ids = idsOf(dialect);
    const canonical = canonicalDn(configured);
    const known = remembered.get(canonical);
    const there = await readConfigured(session, configured, ids);

    if (known !== undefined && !(there !== null && there.id === known.id)) {
      const moved = await findById(session, dialect, ids, known.id);
      const isNameTaken = there !== null;
      if (moved !== null) {
        const kind = kindOf(moved.raw);
        if (kind.kind === "unusable") return problem(`${moved.dn} ${kind.why}.`);
        if (await areMembersHidden(session, dialect, moved))
          return problem(
            `The members of ${moved.dn} are hidden from this account.`,
            "Let the account read them.",
          );
        this.#remember(canonical, { kind: kind.kind, id: known.id, dn: moved.dn });
        return {
          configured,
          ...moved,
          kind: kind.kind,
          isMoved: true,
          isNameTaken,
          isGone: false,
        };
      }
      if (known.kind === "account" && (there === null || there.id !== null))
        return {
          configured,
          dn: known.dn,
          kind: "account",
          id: known.id,
          isMoved: false,
          isNameTaken,
          isGone: true,
          raw: null,
        };
      return there === null
        ? problem(
            `${configured} is no longer in the directory, or hidden from this account. It was last seen as ${known.dn}.`,
            `Restore it, let the account read it, or remove it from ${key}.`,
          )
        : problem(
            there.id === null
              ? `${configured} no longer shows its id, so it cannot be told from another object of that name.`
              : `${configured} is another object than before: the one that was found first is no longer in the directory.`,
            `If the new one is meant: remove ${this.#deps.memory.file ?? "the agent's state"}, then restart the agent.`,
          );
    }

    if (there === null)
      return problem(
        `${configured} is not in the directory, or hidden from this account.`,
        `Correct the DN in ${key}, or let the account read it.`,
      );
    const kind = kindOf(there.raw);
    if (kind.kind === "unusable") return problem(`${configured} ${kind.why}.`);
    if (!accepts.includes(kind.kind))
      return problem(`${configured} is not a group.`, `Name a group in ${key}.`);
    if (await areMembersHidden(session, dialect, there))
      return problem(
        `The members of ${there.dn} are hidden from this account.`,
        "Let the account read them.",
      );
    if (there.id !== null) this.#remember(canonical, { kind: kind.kind, id: there.id, dn: there.dn });
    return {
      configured,
      ...there,
      kind: kind.kind,
      isMoved: false,
      isNameTaken: false,
      isGone: false,
    };
  }

  #load(): Promise<Map<string, RememberedObject>> {
    this.#remembered ??= this.#deps.memory.load().then((stored) => {
      const configured = new Set(this.#deps.configured.map(canonicalDn));
      return new Map(Object.entries(stored).filter(([name]) => configured.has(name)));
    });
    this.#remembered.catch(() => (this.#remembered = null)); // the file may be readable again later
    return this.#remembered;
  }

  #remember(canonical: string, object: RememberedObject): void {
    void this.#remembered?.then((remembered) => {
      const before = remembered.get(canonical);
      if (before?.id === object.id && before.dn === object.dn) return;
      remembered.set(canonical, object);
      this.#save(remembered);
    });
  }

  /** Saves one version after the other. A failure is logged only: the ids stay in memory, and the next change tries again. */
  #save(remembered: ReadonlyMap<string, RememberedObject>): void {
    const { memory, log } = this.#deps;
    const { save } = memory;
    if (save === null) return;
    this.#saving = this.#saving
      .then(() => save(Object.fromEntries(remembered)))
      .catch((error: unknown) => log.error("directory.names.not_saved", { error }));
  }

  #report(key: NamingKey, found: NamedObject | NameProblem): void {
    const name = "what" in found ? found.name : found.configured;
    const label = `${key}\0${name}`;
    const state = "what" in found ? found.what : found.isMoved ? found.dn : "";
    const before = this.#logged.get(label) ?? "";
    if (state === before) return;
    this.#logged.set(label, state);
    if ("what" in found)
      this.#deps.log.error("directory.name.unresolved", { key, name, problem: found.what });
    else if (found.isMoved) this.#deps.log.warn("directory.name.moved", { key, name, now: found.dn });
    else this.#deps.log.info("directory.name.resolved", { key, name });
  }
}

/** Returns the id attributes of any object, best first. The configured one is for users: groups may not have it. */
function idsOf(dialect: DialectName): readonly EntryIds[] {
  const others = dialect === "active-directory" ? [] : ["entryUUID", "nsUniqueId"];
  return [...new Set([defaultIdAttribute(dialect), ...others])].map(createEntryIds);
}

/** Returns the id of an entry as it is remembered; null when it shows none. */
function idOf(ids: readonly EntryIds[], raw: DirectoryEntryRaw): string | null {
  for (const each of ids) {
    const id = each.idOf(raw);
    if (id !== null) return `${each.attribute}:${id}`;
  }
  return null;
}

/** Returns the ids of any entry that was read with `idAttributesOf`, each as it is remembered. */
export function allIdsOf(dialect: DialectName, raw: DirectoryEntryRaw): string[] {
  return idsOf(dialect).flatMap((each) => {
    const id = each.idOf(raw);
    return id === null ? [] : [`${each.attribute}:${id}`];
  });
}
export const idAttributesOf = (dialect: DialectName): string[] =>
  idsOf(dialect).map(({ attribute }) => attribute);

/** Tells whether a DN names a group whose members can be read. Throws DIRECTORY_* when the directory does not answer. */
export async function isUsableGroup(
  session: LdapSession,
  dialect: DialectName,
  dn: string,
): Promise<boolean> {
  const found = await readConfigured(session, dn, idsOf(dialect));
  if (found === null || kindOf(found.raw).kind !== "group") return false;
  return !(await areMembersHidden(session, dialect, found));
}

interface Found {
  readonly dn: string;
  readonly id: string | null;
  readonly raw: DirectoryEntryRaw;
}

/** Codes that say that there is nothing under this name for this account, or that no entry can have this name. */
export const NOT_THERE: readonly (number | null)[] = [
  LDAP_CODE.noSuchObject,
  LDAP_CODE.invalidDnSyntax,
  LDAP_CODE.referral,
  LDAP_CODE.insufficientAccess,
];

/** Some servers read only one of the spellings of a DN. */
async function readConfigured(
  session: LdapSession,
  configured: string,
  ids: readonly EntryIds[],
): Promise<Found | null> {
  const plain = plainDn(configured);
  const there = await readNamed(session, configured, ids);
  return there ?? (plain === configured ? null : readNamed(session, plain, ids));
}

async function readNamed(
  session: LdapSession,
  base: string,
  ids: readonly EntryIds[],
): Promise<Found | null> {
  const attributes = [...CLASS_ATTRIBUTES, ...ids.map(({ attribute }) => attribute), "objectSid"];
  try {
    const [raw] = await session.search({ base, scope: "base", filter: ANY_ENTRY, attributes });
    return raw === undefined ? null : { dn: raw.dn, id: idOf(ids, raw), raw };
  } catch (error) {
    if (NOT_THERE.includes(ldapCodeOf(error))) return null;
    throw error;
  }
}

/** Asks for the members without reading them: there may be a hundred thousand. */
async function areMembersHidden(session: LdapSession, dialect: DialectName, group: Found): Promise<boolean> {
  if (!mustHaveMembers(dialect, group.raw)) return false;
  const filter = anyOf([present("member"), present("uniqueMember")]);
  const found = await session.search({ base: group.dn, scope: "base", filter, attributes: ["1.1"] });
  return found.length === 0;
}

async function findById(
  session: LdapSession,
  dialect: DialectName,
  ids: readonly EntryIds[],
  remembered: string,
): Promise<Found | null> {
  const [attribute, id = ""] = remembered.split(":");
  const using = ids.find((each) => each.attribute === attribute);
  if (using === undefined) return null;
  if (dialect === "active-directory") return readNamed(session, guidDn(id), ids);
  for (const base of session.rootDse.namingContexts) {
    try {
      const [raw] = await session.search({
        base,
        scope: "sub",
        filter: using.filterOf(id),
        attributes: ["1.1"],
      });
      if (raw !== undefined) return await readNamed(session, raw.dn, ids);
    } catch (error) {
      // A context that this account may not search, such as the accesslog, holds no group that it could use.
      if (!NOT_THERE.includes(ldapCodeOf(error))) throw error;
    }
  }
  return null;
}

/** Says in one sentence what is wrong with a key of the configuration. */
export function describeProblems(problems: readonly NameProblem[]): string {
  const [first, ...others] = problems;
  if (first === undefined) throw new AppError("INTERNAL", "There is no problem to describe.");
  return others.length === 0 ? first.what : `${first.what} (and ${others.length} more)`;
}
