/** Encodes the changes of a batch as arguments of functions/sync/: five lists, each as its length and its items. */
import type { RejectReason, SyncChange } from "../../shared/protocol/frames.ts";
import { fingerprintUser, serializeUser } from "../../shared/user.ts";
import { indexedNames } from "./users.ts";

/** Control characters. The index and the record's header use them as separators, so no name may contain one. */

const CONTROL = /[\u0000-\u001f\u007f]/;

/**
 * Encodes the changes; within a batch the last change of a user wins. The fingerprint of a user is computed here and
 * not taken from the agent, because an agent of another version may serialize a user differently.
 */
export function encodeChanges(changes: readonly SyncChange[]): (string | number)[] {
  const users = new Map<string, readonly string[]>();
  const digests = new Map<string, string>();
  const present = new Set<string>();
  const gone = new Map<string, string>();
  const rejected: { id: string | null; reason: RejectReason }[] = [];

  for (const change of changes)
    switch (change.kind) {
      case "user": {
        const { user } = change;
        gone.delete(user.id);
        const names = indexedNames(user);
        if (names.some((name) => CONTROL.test(name))) {
          rejected.push({ id: user.id, reason: "invalid_text" });
          break;
        }
        const json = serializeUser(user);
        const problem = user.phoneProblems.length > 0 ? "1" : "0";
        users.set(user.id, [fingerprintUser(json), names.join("\0"), problem, json]);
        break;
      }
      case "digest":
        gone.delete(change.id);
        digests.set(change.id, change.fingerprint);
        break;
      case "present":
        for (const id of change.ids) {
          gone.delete(id);
          present.add(id);
        }
        break;
      case "gone":
        gone.set(change.id, change.reason);
        break;
      case "rejected":
        if (change.id !== null) gone.delete(change.id);
        rejected.push(change);
        break;
    }

  return [
    users.size,
    ...[...users].flatMap(([id, fields]) => [id, ...fields]),
    digests.size,
    ...[...digests].flat(),
    present.size,
    ...present,
    gone.size,
    ...[...gone].flat(),
    rejected.length,
    ...rejected.flatMap(({ id, reason }) => [id ?? "", reason]),
  ];
}
