import type { SyncRun } from "../../shared/api/sync-runs.ts";
import type { StoredUser, TimelineEntry } from "../../shared/api/users.ts";
import type { Writeback } from "../../shared/api/writebacks.ts";

/** Lists the known events of a user, newest first. */
export function timelineOf(
  user: StoredUser,
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
  for (const [at, value, event, what] of [
    [user.numberChangedAt, user.mobile, "user.number_changed", "mobile number"],
    [user.officePhoneChangedAt, user.officePhone, "user.office_phone_changed", "office number"],
    [
      user.alternateEmailChangedAt,
      user.alternateEmail,
      "user.alternate_email_changed",
      "alternate email address",
    ],
  ] as const) {
    const cameWithUser = at === user.createdAt;
    if (at === null || (cameWithUser && value === null)) continue;
    const text = cameWithUser ? `${what} new, with the user` : `${what} changed in the directory`;
    entries.push({ at, event, id: null, text });
  }
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
