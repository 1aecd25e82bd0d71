/** Encodes the changes of a batch as arguments of functions/sync/: seven lists, each as its length and its items. */
import type { SyncChange, SyncProblem } from "../../shared/protocol/frames.ts";
import { fingerprintUser, serializeUser } from "../../shared/user.ts";
import { problemField } from "./problems.ts";
import { indexedNames } from "./users.ts";

/** Control characters. The index and the record's header use them as separators, so no name may contain one. */

const CONTROL = /[\u0000-\u001f\u007f]/;

/**
 * Encodes the changes; within a batch the last change of a user wins. The fingerprint of a user is computed here and
 * not taken from the agent, because an agent of another version may serialize a user differently.
 */
export function encodeChanges(changes: readonly SyncChange[]): (string | number)[] {
  const users = new Map<string, readonly string[]>();
  const digests = new Map<string, readonly [fingerprint: string, problem: string]>();
  const present = new Set<string>();
  const gone = new Map<string, string>();
  const rejected: SyncProblem[] = [];
  const unusable: SyncProblem[] = [];
  const described: SyncProblem[] = [];

  for (const change of changes)
    switch (change.kind) {
      case "user": {
        const { user } = change;
        gone.delete(user.id);
        const names = indexedNames(user);
        if (names.some((name) => CONTROL.test(name))) {
          rejected.push({ what: "entry", id: user.id, dn: null, reason: "invalid_text", attribute: null });
          break;
        }
        const json = serializeUser(user);
        const problem =
          user.phoneProblems.length > 0 ? NUMBER_PROBLEM : user.valueProblems.length > 0 ? VALUE_PROBLEM : "";
        users.set(user.id, [fingerprintUser(json), names.join("\0"), problem, json]);
        break;
      }
      case "digest":
        gone.delete(change.id);
        digests.set(change.id, [change.fingerprint, change.unusableNumber ? NUMBER_PROBLEM : ""]);
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
        rejected.push(toProblem("entry", change));
        break;
      case "unusable":
        unusable.push(toProblem("value", change));
        break;
      case "other_source":
        described.push(toProblem("entry", { ...change, reason: "other_source", attribute: null }));
        break;
    }

  return [
    users.size,
    ...[...users].flatMap(([id, fields]) => [id, ...fields]),
    digests.size,
    ...[...digests].flatMap(([id, fields]) => [id, ...fields]),
    present.size,
    ...present,
    gone.size,
    ...[...gone].flat(),
    rejected.length,
    ...rejected.flatMap((problem) => [problem.id ?? "", problem.reason, ...listItem(problem)]),
    unusable.length,
    ...unusable.flatMap((problem) => [problem.reason, ...listItem(problem)]),
    described.length,
    ...described.flatMap(listItem),
  ];
}

/** The marks of a user with an unusable number, and of one with another unusable value only. */
const NUMBER_PROBLEM = "n";
const VALUE_PROBLEM = "v";

const toProblem = (
  what: SyncProblem["what"],
  { id, dn, reason, attribute }: Omit<SyncProblem, "what">,
): SyncProblem => ({ what, id, dn, attribute, reason });

/** Returns the field and the value under which a run lists a problem. Both are empty for one that is only counted. */
function listItem(problem: SyncProblem): [field: string, json: string] {
  const field = problemField(problem);
  return field === null ? ["", ""] : [field, JSON.stringify(problem)];
}
