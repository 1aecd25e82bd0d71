import type { SyncRun } from "../../shared/api/sync-runs.ts";
import type { StoredUser, TimelineEntry } from "../../shared/api/users.ts";
import type { Writeback } from "../../shared/api/writebacks.ts";

/** Lists the known events of a user, newest first. */
export function timelineOf(
  user: Pick<
    StoredUser,
    "createdAt" | "changedAt" | "numberChangedAt" | "officePhoneChangedAt" | "alternateEmailChangedAt"
  >,
  writebacks: readonly Writeback[],
  lastSync: SyncRun | null,
): TimelineEntry[] {
  const entries: TimelineEntry[] = [
    { at: user.createdAt, event: "user.created", id: null, text: "first seen in the directory" },
  ];
  if (user.changedAt !== user.createdAt)
    entries.push({
      at: user.changedAt,
      event: "user.changed",
      id: null,
      text: "last changed in the directory",
    });
  for (const [at, event, what] of [
    [user.numberChangedAt, "user.number_changed", "mobile number"],
    [user.officePhoneChangedAt, "user.office_phone_changed", "office number"],
    [user.alternateEmailChangedAt, "user.alternate_email_changed", "alternate email address"],
  ] as const)
    if (at !== null && at !== user.createdAt)
      entries.push({ at, event, id: null, text: `${what} changed in the directory` });
  for (const { id, operation, code, events } of writebacks)
    for (const { state, at } of events) {
      const isLast = state === events.at(-1)?.state;
      const text = `${operation} ${state}${isLast && code !== null ? ` (${code})` : ""}`;
      entries.push({ at, event: `writeback.${state}`, id, text });
    }
  if (lastSync?.finishedAt !== null && lastSync !== null)
    entries.push({
      at: lastSync.finishedAt,
      event: `sync.${lastSync.state}`,
      id: lastSync.id,
      text: `last sync run (${lastSync.policy}): ${lastSync.state}`,
    });
  return entries.sort((a, b) => b.at - a.at);
}
