/** Makes the events of one run agree with each other: a user who was met in the run is never reported as gone by it. */
import type { FeedEvent } from "../directory.ts";
import { namePresent, readUsers, type ScopeReader } from "./read-scope.ts";

/**
 * Passes on the events of a feed, and reports departures last. A user who moved from one base to another arrives in one and
 * leaves the other, and the order depends on the order of the bases; such a departure is dropped.
 *
 * With several bases a user may also move while the run reads: out of a base that is still to be read, into one that was read
 * before. So each departure is looked up by id, and before a sweep the ids below all bases but the last are listed once more.
 */
export async function* oneTruth(
  reader: ScopeReader,
  events: AsyncIterable<FeedEvent>,
): AsyncGenerator<FeedEvent> {
  const { roots } = reader.scope;
  const hasSeveralBases = roots.length > 1;
  const departures = new Map<string, "deleted" | "left_scope">();
  const named = new Set<string>();
  let isFull = false;
  for await (const event of events) {
    switch (event.kind) {
      case "start":
        isFull = event.full;
        yield event;
        break;
      case "entry":
        // A full run over one base reports no departures, so its users need not be remembered.
        if (event.entry.id !== null && !(isFull && !hasSeveralBases)) named.add(event.entry.id);
        yield event;
        break;
      case "present": {
        // OpenLDAP names a changed entry once more when it lists those that are there.
        const ids = event.ids.filter((id) => !named.has(id));
        for (const id of ids) named.add(id);
        if (ids.length > 0) yield { kind: "present", ids };
        break;
      }
      case "gone":
        departures.set(event.id, event.reason);
        break;
      case "complete":
        if (hasSeveralBases && event.sweep)
          for await (const again of namePresent(reader, named, roots.slice(0, -1))) {
            if (again.kind === "present") for (const id of again.ids) named.add(id);
            yield again;
          }
        for (const id of named) departures.delete(id);
        if (hasSeveralBases)
          for await (const entry of readUsers(reader, departures.keys())) {
            if (entry.id !== null) departures.delete(entry.id);
            yield { kind: "entry", entry };
          }
        for (const [id, reason] of departures) yield { kind: "gone", id, reason };
        yield event;
    }
  }
}
