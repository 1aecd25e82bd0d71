/** Finds changes of any LDAP server: by modifyTimestamp, and deletes by a list of all ids. */
import { z } from "zod";
import type { Clock } from "../../../shared/clock.ts";
import { MINUTE_MS } from "../../../shared/durations.ts";
import type { EntryIds } from "../entries/entry-id.ts";
import { ANY_ENTRY, atLeast } from "../ldap/filters.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import { parseGeneralizedTime, toGeneralizedTime } from "../ldap/root-dse.ts";
import type { Feed } from "./feed.ts";
import { namePresent, searchScope } from "./openldap-changes.ts";

const ATTRIBUTE = "modifyTimestamp";
/**
 * Overlap of two runs, milliseconds: the clocks of two servers may differ, and the stamp has whole seconds. Reading an
 * entry twice does no harm.
 */
const OVERLAP_MS = 5 * MINUTE_MS;

/** The newest stamp seen, by the server's clock, epoch ms. */
const positionSchema = z.strictObject({ time: z.int().min(0) });

export function createModifyTimestampFeed(ids: EntryIds, clock: Pick<Clock, "now" | "monotonicMs">): Feed {
  return {
    name: "modifytimestamp",
    identity: (stream) => Promise.resolve(stream.server),

    async unavailable(stream, scope) {
      for (const { dn } of scope.roots) {
        const request = { base: dn, scope: "base", filter: ANY_ENTRY, attributes: [ATTRIBUTE] } as const;
        const [base] = await stream.read(request);
        if (base === undefined || stampOf(base) === null) return `${ATTRIBUTE} of ${dn} cannot be read`;
      }
      return null;
    },

    async *changes(run) {
      const since = positionSchema.safeParse(run.position).data?.time ?? null;
      const unreadable = run.position !== null && since === null ? "cursor_unreadable" : null;
      yield {
        kind: "start",
        feed: "modifytimestamp",
        full: since === null,
        reason: run.reason ?? unreadable,
      };

      const startedMs = clock.monotonicMs();
      const filter = since === null ? null : atLeast(ATTRIBUTE, toGeneralizedTime(since - OVERLAP_MS));
      const named = new Set<string>();
      let newest = 0;
      for await (const raw of searchScope(run, filter, [...run.attributes, ATTRIBUTE])) {
        newest = Math.max(newest, stampOf(raw) ?? 0);
        const entry = run.toEntry(raw);
        if (entry === null) continue;
        if (entry.id !== null && since !== null) named.add(entry.id);
        yield { kind: "entry", entry };
      }
      // An entry may have changed after it was read and before the newest stamp, so go back to when the search began.
      const durationMs = Math.ceil(clock.monotonicMs() - startedMs);
      // A stamp in the future, from a clock that was wrong once, must not hide later changes.
      const time = Math.max(since ?? 0, Math.min(newest, clock.now()) - durationMs, 0);
      if (since !== null) yield* namePresent(run, ids.attribute, named);
      yield { kind: "complete", cursor: run.toCursor({ time }), sweep: true };
    },
  };
}

const stampOf = (raw: DirectoryEntryRaw): number | null =>
  parseGeneralizedTime(raw.attributes.get(ATTRIBUTE.toLowerCase())?.[0]?.toString("latin1") ?? null);
