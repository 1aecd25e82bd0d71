/** Finds changes of an OpenLDAP that does not offer content synchronization: by entryCSN, the rest by a list of all ids. */
import { z } from "zod";
import { AppError } from "../../../shared/errors.ts";
import { atLeast } from "../ldap/filters.ts";
import type { LdapStream } from "../ldap/ldap-stream.ts";
import { csnSchema, oldestCsn, readContextCsns } from "./csn.ts";
import type { Feed } from "./feed.ts";
import { isContainerChanged, suffixesOf } from "./openldap-changes.ts";
import { namePresent, readEntries, searchScope } from "./read-scope.ts";
import type { ResolvedScope } from "./scope.ts";

const positionSchema = z.strictObject({ csn: csnSchema });

/**
 * Every delta lists all ids. No number tells who was deleted or left the scope, nor who came into it with an old entryCSN: by
 * slapadd, or because the account may now read there.
 */
export const entryCsnFeed: Feed = {
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
    const complete = { kind: "complete", cursor: run.toCursor({ csn }), sweep: true } as const;

    if (since === null || (await isContainerChanged(run, since))) {
      const reason = run.reason ?? unreadable ?? (since === null ? null : "container_changed");
      yield { kind: "start", feed: "entrycsn", full: true, reason };
      for await (const entry of readEntries(run, null)) yield { kind: "entry", entry };
      yield complete;
      return;
    }

    yield { kind: "start", feed: "entrycsn", full: false, reason: null };
    const named = new Set<string>();
    for await (const raw of searchScope(run, atLeast("entryCSN", since), [...run.attributes, "entryCSN"])) {
      const isSeenBefore = raw.attributes.get("entrycsn")?.[0]?.toString("latin1") === since;
      const entry = isSeenBefore ? null : run.toEntry(raw);
      if (entry === null) continue;
      if (entry.id !== null) named.add(entry.id);
      yield { kind: "entry", entry };
    }
    yield* namePresent(run, named);
    yield complete;
  },
};

/** Returns how far all servers that accept writes have come, over all suffixes. Null when it cannot be read. */
async function contextCsn(stream: LdapStream, scope: ResolvedScope): Promise<string | null> {
  const csns: string[] = [];
  for (const base of suffixesOf(stream, scope)) {
    const values = await readContextCsns(stream, base);
    if (values === null) return null;
    csns.push(...values);
  }
  return oldestCsn(csns);
}
