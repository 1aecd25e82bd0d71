/**
 * Finds changes by content synchronization (RFC 4533, refreshOnly): the server itself knows what changed, deletes
 * included.
 */
import { z } from "zod";
import { AppError } from "../../../shared/errors.ts";
import type { FeedEvent } from "../directory.ts";
import type { EntryIds } from "../entries/entry-id.ts";
import {
  parseSyncDone,
  parseSyncInfo,
  parseSyncState,
  type SyncDone,
  syncRequest,
} from "../ldap/controls.ts";
import { equals } from "../ldap/filters.ts";
import { ldapCodeOf } from "../ldap/ldap-errors.ts";
import { LDAP_CODE } from "../ldap/ldap-result.ts";
import type { LdapStream } from "../ldap/ldap-stream.ts";
import { LDAP_OID } from "../ldap/oids.ts";
import { csnsOfCookie, oldestCsn } from "./csn.ts";
import type { Feed, FeedRun } from "./feed.ts";
import { isContainerChanged } from "./openldap-changes.ts";
import { namePresent } from "./read-scope.ts";
import { type ResolvedScope, type ScopeBase } from "./scope.ts";

/** The cookie of each searched base, by the base's id: every base is synchronised separately. */
const positionSchema = z.strictObject({
  cookies: z.record(z.string().max(32), z.string().min(1).max(4096)),
});

interface BaseOutcome {
  readonly cookie: string | null;
  /** All users below the base were named, so those that were not are gone. */
  readonly sweep: boolean;
  /** An entry is gone that may be a container: moved to a place that the account may not read. */
  readonly lost: boolean;
}

export function createSyncreplFeed(ids: EntryIds): Feed {
  return {
    name: "syncrepl",
    identity: () => Promise.resolve(""), // the cookie's CSNs belong to the data, whichever server holds it

    async unavailable(stream, scope) {
      if (!stream.rootDse.supportedControls.has(LDAP_OID.syncRequest))
        return "the server has no content synchronization";
      if (ids.attribute.toLowerCase() !== "entryuuid") return "it names entries by entryUUID only";
      return probe(stream, scope);
    },

    async *changes(run) {
      const cookies = positionSchema.safeParse(run.position).data?.cookies ?? null;
      const reason = run.reason ?? (run.position !== null && cookies === null ? "cursor_unreadable" : null);
      const from = cookies === null || (await mustReadAll(run, cookies)) ? {} : cookies;
      const isDelta = Object.keys(from).length > 0;
      yield {
        kind: "start",
        feed: "syncrepl",
        full: !isDelta,
        reason: reason ?? (cookies !== null && !isDelta ? "container_changed" : null),
      };

      const outcomes = new Map<ScopeBase, BaseOutcome>();
      for (const base of run.scope.roots)
        outcomes.set(base, yield* syncBase(run, base, from[base.id] ?? null));
      const sweep = [...outcomes.values()].some((outcome) => outcome.sweep);
      // A sweep applies to all bases at once, so every other base must name all of its users too.
      if (sweep)
        for (const [base, outcome] of outcomes)
          if (!outcome.sweep) outcomes.set(base, yield* syncBase(run, base, null));

      // The server says "deleted" of a hidden container too, and nothing of the users below it.
      const lost = !sweep && [...outcomes.values()].some((outcome) => outcome.lost);
      if (lost) yield* namePresent(run);

      const position = {
        cookies: Object.fromEntries([...outcomes].map(([{ id }, { cookie }]) => [id, cookie])),
      };
      yield { kind: "complete", cursor: run.toCursor(position), sweep: sweep || lost };
    },
  };
}

/**
 * Tries the control on each base: the rootDSE may list it although this database does not have it. The search matches
 * nothing.
 */
async function probe(stream: LdapStream, scope: ResolvedScope): Promise<string | null> {
  const filter = equals("objectClass", "subschema"); // matches no base
  try {
    for (const { dn } of scope.roots)
      await stream.read({
        base: dn,
        scope: "base",
        filter,
        attributes: ["1.1"],
        controls: [syncRequest(null)],
      });
    return null;
  } catch (error) {
    if (ldapCodeOf(error) === null) throw error;
    return `the server refused it (${error instanceof Error ? error.message : ""})`;
  }
}

async function mustReadAll(run: FeedRun, cookies: Readonly<Record<string, string>>): Promise<boolean> {
  for (const cookie of Object.values(cookies)) {
    const csn = oldestCsn(csnsOfCookie(cookie));
    if (csn === null || (await isContainerChanged(run, csn))) return true;
  }
  return false;
}

/**
 * Synchronises one base from `cookie`; null: all users. Starts again with all users when the server does not accept the
 * cookie.
 */
async function* syncBase(
  run: FeedRun,
  base: ScopeBase,
  cookie: string | null,
): AsyncGenerator<FeedEvent, BaseOutcome> {
  let done: SyncDone | null = null;
  let named = false;
  let lost = false;
  try {
    const controls = [syncRequest(cookie === null ? null : Buffer.from(cookie, "utf8"))];
    const { filter } = run.scope;
    const request = { base: base.dn, scope: "sub", filter, attributes: run.attributes, controls } as const;
    for await (const item of run.stream.search(request, run.signal)) {
      if (item.kind === "done") {
        done = parseSyncDone(item.result.controls);
        continue;
      }
      named = true;
      if (item.kind === "intermediate") {
        const info = item.oid === LDAP_OID.syncInfo ? parseSyncInfo(item.value) : null;
        if (info?.kind !== "idSet") continue;
        lost ||= info.deleted;
        if (!info.deleted) yield { kind: "present", ids: info.ids };
        else for (const id of info.ids) yield { kind: "gone", id, reason: "deleted" };
        continue;
      }
      const state = parseSyncState(item.entry.controls);
      if (state === null)
        throw new AppError("DIRECTORY_PROTOCOL", "An entry of a synchronization has no state.");
      lost ||= state.state === "delete";
      if (state.state === "present") yield { kind: "present", ids: [state.id] };
      else if (state.state === "delete") yield { kind: "gone", id: state.id, reason: "deleted" };
      else {
        // 389-ds leaves operational attributes out of a delta, the id among them; the control has it.
        const entry = run.toEntry(item.entry, state.id);
        if (entry !== null) yield { kind: "entry", entry };
        else if (cookie !== null) yield { kind: "gone", id: state.id, reason: "left_scope" };
      }
    }
  } catch (error) {
    const code = ldapCodeOf(error);
    if (cookie !== null && code === LDAP_CODE.syncRefreshRequired) return yield* syncBase(run, base, null);
    if (cookie !== null && code === LDAP_CODE.unwillingToPerform)
      throw new AppError(
        "DIRECTORY_UNAVAILABLE",
        `${run.stream.server} is behind the last sync. If it was restored from a backup, force an initial sync.`,
        { cause: error },
      );
    throw error;
  }
  if (done === null) throw new AppError("DIRECTORY_PROTOCOL", "A synchronization ended without its control.");
  const next = done.cookie?.toString("utf8") ?? "";
  if (next !== "") return { cookie: next, sweep: cookie === null || !done.refreshDeletes, lost };
  if (cookie === null) throw new AppError("DIRECTORY_PROTOCOL", "A synchronization gave no cookie.");
  // If nothing is named and there is no new cookie, nothing has changed (slapd). If entries are named and the cookie is
  // empty, the server has ignored the cookie that was sent.
  return named ? yield* syncBase(run, base, null) : { cookie, sweep: false, lost };
}
