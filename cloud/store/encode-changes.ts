/** Sorts the changes of a batch, and encodes them as arguments of functions/sync/: nine lists, each as its length and its items. */
import type { SyncChange, SyncProblem } from "../../shared/protocol/frames.ts";
import { type DirectoryUser, fingerprintUser, serializeUser } from "../../shared/user.ts";
import { indexedDisplayNames, indexedNames } from "./indexed-names.ts";
import { problemField } from "./problems.ts";

/** Control characters. The index and the record's header use them as separators, so no name may contain one. */
const CONTROL = /[\u0000-\u001f\u007f]/;

/** A user as the agent sent it. */
export interface SentUser {
  readonly user: DirectoryUser;
  /** The serialized user. */
  readonly json: string;
  readonly fingerprint: string;
  /** The indexed names and display names, separated by \0. */
  readonly names: string;
  /** The mark of a user with a value that cannot be used; empty for others. */
  readonly problem: string;
}

/** The new record of a user, and the state that it was decided on. */
export interface UserDecision {
  readonly sent: SentUser;
  /** Says what the store had of the user, see latchkey_sync_compare. Empty for nothing. */
  readonly seen: string;
  /** A destination changed, so the user has to be told. */
  readonly tell: boolean;
  readonly value: string;
}

/** What is to be done with the users of a batch. */
export interface DecidedUsers {
  /** Number of removals that the decisions are based on. */
  readonly removals: string;
  readonly written: readonly UserDecision[];
  readonly unchanged: readonly SentUser[];
  /** Users of another source. */
  readonly foreign: readonly SentUser[];
  /** Users who are only compared, as in a dry run. */
  readonly compared: readonly SentUser[];
}

export interface SortedChanges {
  readonly users: ReadonlyMap<string, SentUser>;
  readonly digests: ReadonlyMap<string, readonly [fingerprint: string, problem: string]>;
  readonly present: ReadonlySet<string>;
  readonly gone: ReadonlyMap<string, string>;
  readonly rejected: readonly SyncProblem[];
  readonly unusable: readonly SyncProblem[];
  readonly described: readonly SyncProblem[];
}

/**
 * Sorts the changes; within a batch the last change of a user wins. The fingerprint of a user is computed here and
 * not taken from the agent, because an agent of another version may serialize a user differently.
 */
export function sortChanges(changes: readonly SyncChange[]): SortedChanges {
  const users = new Map<string, SentUser>();
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
        if (names.length === 0 || [user.userName, ...user.aliases].some((name) => CONTROL.test(name))) {
          rejected.push({ what: "entry", id: user.id, dn: null, reason: "invalid_text", attribute: null });
          break;
        }
        const json = serializeUser(user);
        const problem =
          user.phoneProblems.length > 0 ? NUMBER_PROBLEM : user.valueProblems.length > 0 ? VALUE_PROBLEM : "";
        users.set(user.id, {
          user,
          json,
          fingerprint: fingerprintUser(json),
          names: [...names, ...indexedDisplayNames(user)].join("\0"),
          problem,
        });
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

  return { users, digests, present, gone, rejected, unusable, described };
}

/** Encodes sorted changes. */
export function encodeChanges(
  { digests, present, gone, rejected, unusable, described }: SortedChanges,
  { removals, written, unchanged, foreign, compared }: DecidedUsers,
): (string | number)[] {
  return [
    removals,
    unchanged.filter(({ problem }) => problem === NUMBER_PROBLEM).length,
    written.length,
    ...written.flatMap(({ sent: { user, problem }, seen, tell, value }) => [
      user.id,
      problem,
      seen,
      tell ? "1" : "",
      value,
    ]),
    unchanged.length,
    ...unchanged.map(({ user }) => user.id),
    foreign.length,
    ...foreign.map(({ user }) => user.id),
    compared.length + digests.size,
    ...compared.flatMap(({ user, fingerprint, problem }) => [user.id, fingerprint, problem]),
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
