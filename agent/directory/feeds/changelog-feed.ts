/**
 * Finds changes of 389-ds by its retro changelog, which numbers every change and names the changed entry by its id.
 *
 * Content synchronization (RFC 4533) of 389-ds is not used although the server lists it. It is made from the same changelog, and
 * 389-ds 2.3 was seen to answer a cookie so: a moved container is reported alone, without the users below it; a container that
 * comes into scope, and a user who no longer matches the filter, are not reported at all; entries have no operational attributes,
 * so an inactivated user looks active; and `refreshDeletes` is always false, which says that every unnamed user is gone.
 *
 * The changelog can leave out suffixes (FreeIPA's holds DNS alone) or name no ids, and every delta would then be empty without an
 * error. So the feed reads the plugin's settings and trusts nothing that it cannot read.
 */
import { z } from "zod";
import { isWithin } from "../../../shared/dn.ts";
import { AppError } from "../../../shared/errors.ts";
import type { EntryIds } from "../entries/entry-id.ts";
import { textOf } from "../ldap/entry-text.ts";
import { allOf, ANY_ENTRY, anyOf, atLeast, equals, type Filter } from "../ldap/filters.ts";
import { parseGeneralizedTime } from "../ldap/generalized-time.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import { ldapCodeOf } from "../ldap/ldap-errors.ts";
import { type LdapStream, searchPaged } from "../ldap/ldap-stream.ts";
import type { RootDse } from "../ldap/root-dse.ts";
import type { Feed, FeedRun } from "./feed.ts";
import { chunks, namePresent, readEntries, readUsers } from "./read-scope.ts";
import type { ResolvedScope } from "./scope.ts";

/** The entry of the plugin that writes the changelog, with its settings. */
export const CHANGELOG_PLUGIN = "cn=Retro Changelog Plugin,cn=plugins,cn=config";
/** The setting with which the changelog names each changed entry by its id. */
export const CHANGELOG_IDS = { attribute: "nsslapd-attribute", value: "nsuniqueid:targetUniqueId" } as const;
/** The setting that puts changed settings of plugins in force without a restart. */
export const DYNAMIC_PLUGINS = { base: "cn=config", attribute: "nsslapd-dynamic-plugins" } as const;
/** The id by which the changelog names entries. */
export const CHANGELOG_ID_ATTRIBUTE = "nsUniqueId";

/**
 * The numbers before the newest readable change that may still appear: a change gets its number before it is committed, so a later
 * one can be seen first. Far more than there are writers at once, one for each backend.
 */
const UNSETTLED = 20;
const PAGE_SIZE = 1000;
const ATTRIBUTES = ["changeNumber", "changeType", "changeTime", "targetUniqueId"];
/** Entries that are no users, and whose change alters nsAccountLock of many: roles and classes of service. */
const INACTIVATING_CLASSES = ["nsRoleDefinition", "cosSuperDefinition", "cosTemplate"];

const positionSchema = z.strictObject({
  /** The newest change that was read; 0 while the changelog was empty. */
  number: z.int().min(0),
  /** Entry and time of that change, by which a restored or new changelog is noticed; null while it was empty. */
  mark: z.string().max(64).nullable(),
  /** The start of the server. Data can be loaded around a restart, and the plugin be off meanwhile. */
  started: z.string().max(64),
  /** When the plugin's settings were changed. With dynamic plugins it can be turned off and on again without a restart. */
  settings: z.string().max(64),
  /** Lower numbers that could not be read yet. */
  missing: z.array(z.int().min(1)).max(UNSETTLED),
});
type Position = Readonly<z.infer<typeof positionSchema>>;
type Changelog = NonNullable<RootDse["changelog"]> & Pick<Position, "settings">;

interface Change {
  readonly number: number;
  readonly type: string;
  readonly mark: string;
  /** Null where the changelog does not note it. */
  readonly id: string | null;
}
type KnownChange = Change & { readonly id: string };

export function createChangelogFeed(ids: EntryIds): Feed {
  return {
    name: "changelog",
    identity: (stream) => Promise.resolve(stream.server), // each server numbers its changes for itself

    async unavailable(stream, scope) {
      if (ids.attribute !== CHANGELOG_ID_ATTRIBUTE)
        return `it names entries by ${CHANGELOG_ID_ATTRIBUTE} only`;
      const { changelog } = await stream.readRootDse();
      if (changelog === null) return "the server has no retro changelog";
      return (
        (await whyNotCovered(stream, scope)) ??
        (await whyNotReadable(stream, changelog)) ??
        (await whyNotInForce(stream, changelog))
      );
    },

    async *changes(run) {
      const changelog = await readNumbers(run.stream); // before anything else: a change made meanwhile has a higher number
      const delta = await deltaSince(run, changelog);
      if (delta === null || typeof delta === "string") {
        const newest = await readChanges(run, changelog, Math.max(changelog.last - UNSETTLED, 0), []);
        const reason = run.reason ?? delta;
        yield { kind: "start", feed: "changelog", full: true, reason };
        for await (const entry of readEntries(run, null)) yield { kind: "entry", entry };
        yield { kind: "complete", cursor: run.toCursor(positionAfter(changelog, newest)), sweep: true };
        return;
      }
      yield { kind: "start", feed: "changelog", full: false, reason: null };
      const { changes, position, lost } = delta;
      const missing = new Set(changes.map(({ id }) => id));
      const named = new Set<string>();
      for await (const entry of readUsers(run, [...missing])) {
        if (entry.id !== null && missing.delete(entry.id)) named.add(entry.id);
        yield { kind: "entry", entry };
      }
      const deleted = new Set(changes.filter(({ type }) => type === "delete").map(({ id }) => id));
      for (const id of missing)
        yield { kind: "gone", id, reason: deleted.has(id) ? "deleted" : "left_scope" };
      if (lost) yield* namePresent(run, named);
      yield { kind: "complete", cursor: run.toCursor(position), sweep: lost };
    },
  };
}

/** Returns why the plugin does not note every change below the bases with its id; null when it does. */
async function whyNotCovered(stream: LdapStream, { roots }: ResolvedScope): Promise<string | null> {
  const base = CHANGELOG_PLUGIN;
  const plugin = await readPlugin(stream);
  if (plugin === undefined)
    return `${base} cannot be read, so nothing shows which changes the changelog holds`;
  const all = (name: string): string[] =>
    (plugin.attributes.get(name) ?? []).map((value) => value.toString("utf8").trim());
  if (!all("nsslapd-attribute").some((value) => value.toLowerCase() === CHANGELOG_IDS.value.toLowerCase()))
    return `the changelog does not note ids: ${base} has no "${CHANGELOG_IDS.attribute}: ${CHANGELOG_IDS.value}"`;
  const [included, excluded] = [all("nsslapd-include-suffix"), all("nsslapd-exclude-suffix")];
  for (const { dn } of roots) {
    const isIncluded = included.length === 0 || included.some((suffix) => isWithin(dn, suffix));
    const isExcluded = excluded.some((suffix) => isWithin(dn, suffix) || isWithin(suffix, dn));
    if (!isIncluded || isExcluded)
      return `the changelog leaves out ${dn} (nsslapd-include-suffix and nsslapd-exclude-suffix of ${base})`;
  }
  return null;
}

/** Returns why the settings that were read may not be those that the server runs with. */
async function whyNotInForce(
  stream: LdapStream,
  { started }: Pick<Changelog, "started">,
): Promise<string | null> {
  const plugin = await readPlugin(stream);
  const isDoubtful = plugin === undefined || isChangedSince(plugin, started);
  if (!isDoubtful || (await hasDynamicPlugins(stream))) return null;
  return `${CHANGELOG_PLUGIN} was changed after the server started, so its settings may not be in force: restart the server (dsctl INSTANCE restart)`;
}

const PLUGIN_ATTRIBUTES = [
  "nsslapd-attribute",
  "nsslapd-include-suffix",
  "nsslapd-exclude-suffix",
  "modifyTimestamp",
];

async function readPlugin(stream: LdapStream): Promise<DirectoryEntryRaw | undefined> {
  const request = { base: CHANGELOG_PLUGIN, scope: "base", filter: ANY_ENTRY } as const;
  const [plugin] = await stream.read({ ...request, attributes: PLUGIN_ATTRIBUTES });
  return plugin;
}

/** `started` holds the time of the start twice, in UTC, each after a zero. An entry without a stamp was never changed over LDAP. */
function isChangedSince(plugin: DirectoryEntryRaw, started: string | null): boolean {
  const changedAt = textOf(plugin, "modifyTimestamp");
  if (changedAt === undefined) return false;
  const [changed, start] = [
    parseGeneralizedTime(changedAt),
    parseGeneralizedTime(`${started?.slice(1, 15)}Z`),
  ];
  return changed === null || start === null || changed >= start;
}

/** Tells whether changed settings of a plugin are in force at once. False where cn=config may not be read. */
async function hasDynamicPlugins(stream: LdapStream): Promise<boolean> {
  const { base, attribute } = DYNAMIC_PLUGINS;
  try {
    const request = { base, scope: "base", filter: ANY_ENTRY, attributes: [attribute] } as const;
    const [config] = await stream.read(request);
    return config !== undefined && textOf(config, attribute)?.toLowerCase() === "on";
  } catch (error) {
    if (ldapCodeOf(error) === null) throw error;
    return false;
  }
}

async function whyNotReadable(
  stream: LdapStream,
  changelog: Omit<Changelog, "settings">,
): Promise<string | null> {
  const { dn, last, started } = changelog;
  if (started === null) return "the rootDSE shows no dataversion, so a restart could not be noticed";
  if (last === 0) return null; // no change was made since the plugin was enabled
  const recent = await readChanges({ stream }, changelog, Math.max(last - UNSETTLED, 0), []);
  const newest = recent.at(-1);
  if (newest === undefined) return `the changes in ${dn} cannot be read`;
  return isKnown(newest) ? null : "the newest change has no readable targetUniqueId";
}

async function readNumbers(stream: LdapStream): Promise<Changelog> {
  const plugin = await readPlugin(stream); // first: a change made meanwhile is noticed by the next run
  const { changelog } = await stream.readRootDse();
  if (changelog === null) throw new AppError("DIRECTORY_UNSUPPORTED", "The server has no retro changelog.");
  return { ...changelog, settings: (plugin && textOf(plugin, "modifyTimestamp")) ?? "" };
}

interface Delta {
  readonly changes: readonly KnownChange[];
  readonly position: Position;
  /** An entry was moved that may be a container. */
  readonly lost: boolean;
}

/** Returns the reason for reading everything where there is no position, or the changelog does not tell all since then. */
async function deltaSince(run: FeedRun, changelog: Changelog): Promise<Delta | string | null> {
  if (run.position === null) return null;
  const since = positionSchema.safeParse(run.position).data;
  if (since === undefined) return "cursor_unreadable";
  if (since.started !== changelog.started) return "server_restarted";
  if (since.settings !== changelog.settings) return "changelog_reconfigured";
  const found = await readChanges(run, changelog, since.number, since.missing);
  // The server trims the changelog but for its newest change. Without the change where the last run ended, some may be lost.
  if (since.mark !== null && found.find(({ number }) => number === since.number)?.mark !== since.mark)
    return "position_rejected";
  const changes = found.filter(({ number }) => number !== since.number);
  const newer = changes.filter(({ number }) => number > since.number);
  const isComplete = newer.every(({ number }, at) => number === since.number + 1 + at);
  if (!isComplete || !changes.every(isKnown)) return "changelog_incomplete";
  if (await affectsMany(run, changes)) return "container_changed";
  return {
    changes,
    position: positionAfter(changelog, found, since),
    lost: await isOneLost(run, changes),
  };
}

function positionAfter(
  { last, first, started, settings }: Changelog,
  found: readonly Change[],
  since?: Position,
): Position {
  const newest = found.at(-1);
  const number = newest?.number ?? 0;
  const seen = new Set(found.map((change) => change.number));
  const lowest = Math.max(first, 1, (since?.number ?? last - UNSETTLED) + 1, number - UNSETTLED);
  const missing = (since?.missing ?? []).filter((one) => !seen.has(one) && one > number - UNSETTLED);
  for (let one = lowest; one < number; one += 1) if (!seen.has(one)) missing.push(one);
  return { number, mark: newest?.mark ?? null, started: started ?? "", settings, missing };
}

const isKnown = (change: Change): change is KnownChange => change.id !== null;

/** Reads the changes from this number on, and those with the other numbers, in their order. */
async function readChanges(
  { stream, signal }: Pick<FeedRun, "stream"> & Partial<Pick<FeedRun, "signal">>,
  { dn }: Pick<Changelog, "dn">,
  from: number,
  others: readonly number[],
): Promise<Change[]> {
  const numbers = anyOf([
    atLeast("changeNumber", from.toString()),
    ...others.map((number) => equals("changeNumber", number.toString())),
  ]);
  const request = { base: dn, scope: "one", filter: numbers, attributes: ATTRIBUTES } as const;
  const changes: Change[] = [];
  for await (const raw of searchPaged(stream, request, PAGE_SIZE, signal)) changes.push(changeOf(raw));
  return changes.sort((a, b) => a.number - b.number);
}

function changeOf(raw: DirectoryEntryRaw): Change {
  const id = textOf(raw, "targetUniqueId")?.replaceAll("-", "").toLowerCase() ?? "";
  return {
    number: Number(textOf(raw, "changeNumber") ?? NaN),
    type: textOf(raw, "changeType")?.toLowerCase() ?? "",
    mark: `${id} ${textOf(raw, "changeTime") ?? ""}`,
    id: /^[0-9a-f]{32}$/.test(id) ? id : null,
  };
}

/**
 * Tells whether a change alters more than the changed entry: a container that was moved or got other access rules, a role, or a
 * class of service. The last two are subentries, which a search finds only when its filter names that class.
 */
async function affectsMany(run: FeedRun, changes: readonly KnownChange[]): Promise<boolean> {
  // A new container has no users that were there before.
  const [added, altered] = [changes.filter(isAdd), changes.filter((change) => !isAdd(change))];
  const inactivates = allOf([
    anyOf([ANY_ENTRY, equals("objectClass", "ldapSubentry")]),
    anyOf(INACTIVATING_CLASSES.map((name) => equals("objectClass", name))),
  ]);
  const isContainer = atLeast("numSubordinates", "1");
  return (
    (await findAny(run, idsOf(altered), anyOf([inactivates, isContainer]))).size > 0 ||
    (await findAny(run, idsOf(added), inactivates)).size > 0
  );
}

const isAdd = ({ type }: Change): boolean => type === "add";
const idsOf = (changes: readonly KnownChange[]): string[] => [...new Set(changes.map(({ id }) => id))];

/**
 * Tells whether an entry was moved or renamed of which nothing shows that it is no container: the account may not read it at its
 * new place, or not its numSubordinates, which the server computes for every entry.
 */
async function isOneLost(run: FeedRun, changes: readonly KnownChange[]): Promise<boolean> {
  const deleted = new Set(idsOf(changes.filter(({ type }) => type === "delete")));
  const moved = idsOf(changes.filter(({ type }) => type === "modrdn")).filter((id) => !deleted.has(id));
  const found = await findAny(run, moved, anyOf([ANY_ENTRY, equals("objectClass", "ldapSubentry")]));
  return moved.some((id) => found.get(id)?.attributes.has("numsubordinates") !== true);
}

/** Returns those of these entries that match the filter, anywhere in the directory. */
async function findAny(
  { stream, ids }: FeedRun,
  wanted: readonly string[],
  filter: Filter,
): Promise<ReadonlyMap<string, DirectoryEntryRaw>> {
  const found = new Map<string, DirectoryEntryRaw>();
  for (const some of chunks(wanted))
    for (const base of stream.rootDse.namingContexts) {
      const matching = allOf([filter, anyOf(some.map((id) => ids.filterOf(id)))]);
      const attributes = [ids.attribute, "numSubordinates"];
      for (const raw of await stream.read({ base, scope: "sub", filter: matching, attributes }))
        found.set(ids.idOf(raw) ?? "", raw);
    }
  return found;
}
