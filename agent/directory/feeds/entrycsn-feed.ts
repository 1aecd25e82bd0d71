/**
 * Finds changes of an OpenLDAP that does not offer content synchronization: by entryCSN, and deletes by the accesslog or
 * a list of all ids.
 */
import { z } from "zod";
import { AppError } from "../../../shared/errors.ts";
import type { EntryIds } from "../entries/entry-id.ts";
import { ANY_ENTRY, atLeast } from "../ldap/filters.ts";
import type { LdapStream } from "../ldap/ldap-stream.ts";
import { deletedSince } from "./accesslog.ts";
import { csnSchema, oldestCsn } from "./csn.ts";
import type { Feed, FeedRun } from "./feed.ts";
import { isContainerChanged, namePresent, searchScope, suffixesOf } from "./openldap-changes.ts";
import type { ResolvedScope } from "./scope.ts";

const positionSchema = z.strictObject({ csn: csnSchema });

export function createEntryCsnFeed(ids: EntryIds): Feed {
  return {
    name: "entrycsn",
    identity: (stream) => Promise.resolve(stream.server),

    async unavailable(stream, scope) {
      return (await contextCsn(stream, scope)) === null ? "contextCSN of the suffix cannot be read" : null;
    },

    async *changes(run) {
      const since = positionSchema.safeParse(run.position).data?.csn ?? null;
      const unreadable = run.position !== null && since === null ? "cursor_unreadable" : null;
      // Taken before anything else is read, so that a change made meanwhile is read again by the next run.
      const csn = await contextCsn(run.stream, run.scope);
      if (csn === null) throw new AppError("DIRECTORY_ACCESS_DENIED", "contextCSN cannot be read any more.");

      if (since === null || (await isContainerChanged(run, since))) {
        const reason = run.reason ?? unreadable ?? (since === null ? null : "container_changed");
        yield { kind: "start", feed: "entrycsn", full: true, reason };
        for await (const raw of searchScope(run, null, run.attributes)) {
          const entry = run.toEntry(raw);
          if (entry !== null) yield { kind: "entry", entry };
        }
        yield { kind: "complete", cursor: run.toCursor({ csn }), sweep: true };
        return;
      }

      yield { kind: "start", feed: "entrycsn", full: false, reason: null };
      if (since === csn) {
        yield { kind: "complete", cursor: run.toCursor({ csn }), sweep: false };
        return;
      }
      // First all changed entries of the suffix, then those in scope: an entry only among the first has left the scope.
      const changed = await changedIds(run, ids, since);
      for await (const raw of searchScope(run, atLeast("entryCSN", since), [...run.attributes, "entryCSN"])) {
        const entry = run.toEntry(raw);
        if (entry?.id == null) continue;
        changed.delete(entry.id);
        if (csnOf(entry.attributes) !== since) yield { kind: "entry", entry };
      }
      for (const id of changed) yield { kind: "gone", id, reason: "left_scope" };

      const deleted = await deletedSince(run.stream, since, run.signal);
      if (deleted === null) yield* namePresent(run, ids.attribute, new Set());
      else for (const id of deleted) yield { kind: "gone", id, reason: "deleted" };
      yield { kind: "complete", cursor: run.toCursor({ csn }), sweep: deleted === null };
    },
  };
}

const csnOf = (attributes: ReadonlyMap<string, readonly Buffer[]>): string | undefined =>
  attributes.get("entrycsn")?.[0]?.toString("latin1");

/** Returns how far all servers that accept writes have come, over all suffixes. Null when it cannot be read. */
async function contextCsn(stream: LdapStream, scope: ResolvedScope): Promise<string | null> {
  const csns: string[] = [];
  for (const base of suffixesOf(stream, scope)) {
    const request = { base, scope: "base", filter: ANY_ENTRY, attributes: ["contextCSN"] } as const;
    const [suffix] = await stream.read(request);
    const values = (suffix?.attributes.get("contextcsn") ?? []).map((value) => value.toString("latin1"));
    if (values.length === 0 || !values.every((value) => csnSchema.safeParse(value).success)) return null;
    csns.push(...values);
  }
  return oldestCsn(csns);
}

async function changedIds(run: FeedRun, ids: EntryIds, since: string): Promise<Set<string>> {
  const found = new Set<string>();
  for (const base of suffixesOf(run.stream, run.scope)) {
    const filter = atLeast("entryCSN", since);
    const request = { base, scope: "sub", filter, attributes: [ids.attribute, "entryCSN"] } as const;
    for await (const item of run.stream.search(request, run.signal)) {
      if (item.kind !== "entry" || csnOf(item.entry.attributes) === since) continue;
      const id = ids.idOf(item.entry);
      if (id !== null) found.add(id);
    }
  }
  return found;
}
