/**
 * Decides on the new records of a batch's users: reads what the store has of them, keeps or renews the time of each
 * destination, and makes the MACs, for which functions/sync/ has no key. Users without a change are not read.
 */
import { z } from "zod";
import { DAY_MS } from "../../shared/durations.ts";
import { directoryUserSchema } from "../../shared/user.ts";
import { decideTimes } from "./destination-times.ts";
import type { DecidedUsers, SentUser, SortedChanges, UserDecision } from "./encode-changes.ts";
import { keys } from "./keys.ts";
import { sourceCreation } from "./sources.ts";
import type { Store } from "./store.ts";
import { printUserRecord, readUserRecord, refuseUser, type UserRecord } from "./user-record.ts";

export interface BatchOfRun {
  readonly tenantId: string;
  readonly source: number;
  readonly runId: string;
}

/**
 * Time from the creation of a source in which its first run may take destinations as old. Without this bound, a writer of Redis
 * could delete a user and the mark that the first run is over, and the user's next number would not have to wait.
 */
const FIRST_RUN_MS = 30 * DAY_MS;

const compareSchema = z
  .tuple([
    /** The time of Redis, in epoch seconds. */
    z.coerce.number().int(),
    z.enum(["dry", "wet"]),
    /** Not empty once a run has read the whole source. */
    z.string(),
    /** Number of removals from the source. */
    z.string(),
  ])
  .rest(z.unknown()); // two values for each user: checking them here would cost a tenth of the batch

export async function decideUsers(
  store: Store,
  { tenantId, source, runId }: BatchOfRun,
  { users, digests }: SortedChanges,
): Promise<DecidedUsers> {
  const sent = [...users.values()];
  const decided = { removals: "0", written: [], unchanged: [], foreign: [], compared: [] };
  // A digest cannot be stored, so a batch with any digest is only compared.
  if (digests.size > 0 || sent.length === 0) return { ...decided, compared: sent };
  const reply = await store.call(
    "latchkey_sync_compare",
    [
      keys.userBuckets(tenantId),
      keys.departedUsers(tenantId),
      keys.sync(tenantId, source),
      keys.syncRun(tenantId) + runId,
      keys.sources(tenantId),
    ],
    sent.flatMap(({ user, fingerprint }) => [user.id, fingerprint]),
  );
  const [seconds, kind, completedAt, removals, ...answers] = compareSchema.parse(reply);
  if (kind === "dry") return { ...decided, compared: sent };
  const createdAt = completedAt === "" ? await sourceCreation(store, tenantId, source) : null;
  const isFirstRun = createdAt !== null && seconds * 1000 - createdAt <= FIRST_RUN_MS;

  /** Null when the user stays as it is. */
  function decide(one: SentUser, answer: string): UserDecision | null {
    const { user, fingerprint, names, json } = one;
    const state = answer.slice(0, 1);
    // A user of a removed source begins anew: their values wait, and their registration is deleted.
    const isKnown = state !== "" && state !== OF_REMOVED_SOURCE;
    const record = isKnown ? readUserRecord(store, tenantId, user.id, answer.slice(SEEN_LENGTH)) : null;
    // A record that is not authentic is reported, and written again as that of a new user, whose destinations have to wait.
    if (isKnown && record === null) refuseUser(store, tenantId, user.id);
    if (state === STORED && record?.fingerprint === fingerprint) return null;
    const known = record === null ? null : { since: record.since, destinations: userIn(record) };
    const { since, changed } = decideTimes(known, user, { seconds, isFirstRun: isFirstRun && state === "" });
    const times = { createdAt: record?.createdAt ?? seconds, changedAt: seconds, since };
    return {
      sent: one,
      seen: answer.slice(0, SEEN_LENGTH),
      tell: changed.length > 0,
      value: printUserRecord(store, tenantId, user.id, { source, fingerprint, ...times, names, json }),
    };
  }

  const answered = new Map<unknown, string>();
  for (let at = 0; at < answers.length; at += 2) answered.set(answers[at], String(answers[at + 1]));
  const [written, unchanged, foreign]: [UserDecision[], SentUser[], SentUser[]] = [[], [], []];
  sent.forEach((one, at) => {
    const answer = answered.get(at);
    if (answer === FOREIGN) foreign.push(one);
    else {
      const decision = answer === undefined ? null : decide(one, answer);
      if (decision === null) unchanged.push(one);
      else written.push(decision);
    }
  });
  return { removals, written, unchanged, foreign, compared: [] };
}

/** Answers of latchkey_sync_compare, see there. STORED is the mark of a record in use. */
const FOREIGN = "f";
const STORED = "u";
const OF_REMOVED_SOURCE = "r";
/** Length of the mark and the digest that precede a record. */
const SEEN_LENGTH = 41;

const userIn = ({ json }: UserRecord) => directoryUserSchema.parse(JSON.parse(json));
