/** Finds changes of any LDAP server: by its time stamps, and deletes and arrivals by a list of all ids. */
import { z } from "zod";
import type { Clock } from "../../../shared/clock.ts";
import { MINUTE_MS } from "../../../shared/durations.ts";
import { ANY_ENTRY, anyOf, atLeast, present } from "../ldap/filters.ts";
import { parseGeneralizedTime, toGeneralizedTime } from "../ldap/generalized-time.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import type { LdapStream } from "../ldap/ldap-stream.ts";
import type { Feed } from "./feed.ts";
import { namePresent, searchScope } from "./read-scope.ts";

const MODIFIED = "modifyTimestamp";
const CREATED = "createTimestamp";
/**
 * Overlap of two runs, milliseconds: the clocks of two servers may differ, and the stamps have whole seconds. Reading an
 * entry twice does no harm.
 */
const OVERLAP_MS = 5 * MINUTE_MS;

/**
 * The newest stamp seen, by the server's clock, epoch ms. Null while no entry has shown a modifyTimestamp: either nothing was
 * ever modified (ApacheDS and OpenDJ stamp no entry that was only added), or the account may not read it. In the second case a
 * delta would miss every change, and the two cases look alike, so everything is read until the first stamp is seen.
 */
const positionSchema = z.strictObject({ time: z.int().min(0).nullable() });

export function createModifyTimestampFeed(clock: Pick<Clock, "now" | "monotonicMs">): Feed {
  return {
    name: "modifytimestamp",
    identity: (stream) => Promise.resolve(stream.server),

    async unavailable(stream, scope) {
      for (const { dn } of scope.roots) if (await hasStamps(stream, dn)) return null;
      const bases = scope.roots.map(({ dn }) => dn).join("; ");
      return `neither ${MODIFIED} nor ${CREATED} can be read of any entry below ${bases}`;
    },

    async *changes(run) {
      const position = positionSchema.safeParse(run.position).data;
      const since = position?.time ?? null;
      const why =
        run.position === null ? null : position === undefined ? "cursor_unreadable" : "no_modify_timestamp";
      const reason = run.reason ?? (since === null ? why : null);
      yield { kind: "start", feed: "modifytimestamp", full: since === null, reason };

      const startedMs = clock.monotonicMs();
      const from = since === null ? null : toGeneralizedTime(Math.max(since - OVERLAP_MS, 0));
      const filter = from === null ? null : anyOf([atLeast(MODIFIED, from), atLeast(CREATED, from)]);
      const named = new Set<string>();
      let newest = 0;
      let isModified = since !== null;
      for await (const raw of searchScope(run, filter, [...run.attributes, MODIFIED, CREATED])) {
        const modified = stampOf(raw, MODIFIED);
        isModified ||= modified !== null;
        newest = Math.max(newest, modified ?? 0, stampOf(raw, CREATED) ?? 0);
        const entry = run.toEntry(raw);
        if (entry === null) continue;
        if (entry.id !== null && since !== null) named.add(entry.id);
        yield { kind: "entry", entry };
      }
      // An entry may have changed after it was read and before the newest stamp, so go back to when the search began.
      const durationMs = Math.ceil(clock.monotonicMs() - startedMs);
      // A stamp in the future, from a clock that was wrong once, must not hide later changes.
      const time = Math.max(since ?? 0, Math.min(newest, clock.now()) - durationMs, 0);
      if (since !== null) yield* namePresent(run, named);
      yield { kind: "complete", cursor: run.toCursor({ time: isModified ? time : null }), sweep: true };
    },
  };
}

/** Asks for one entry below the base, the base itself included. A base often lacks a stamp: it came with the installation. */
async function hasStamps(stream: LdapStream, base: string): Promise<boolean> {
  const attributes = [MODIFIED, CREATED];
  const [itself] = await stream.read({ base, scope: "base", filter: ANY_ENTRY, attributes });
  if (itself !== undefined && attributes.some((name) => stampOf(itself, name) !== null)) return true;
  const filter = anyOf(attributes.map(present));
  for await (const item of stream.search({ base, scope: "sub", filter, attributes }))
    if (item.kind === "entry" && attributes.some((name) => stampOf(item.entry, name) !== null)) return true;
  return false;
}

const stampOf = (raw: DirectoryEntryRaw, attribute: string): number | null =>
  parseGeneralizedTime(raw.attributes.get(attribute.toLowerCase())?.[0]?.toString("latin1") ?? null);
