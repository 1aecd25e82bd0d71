/** The record of one attempt. It holds no password and no code; numbers are sealed, and codes and destinations are digests. */
import { z } from "zod";
import { ACCOUNT_OBSTACLES, MAX_ASKED_GROUPS } from "../../shared/account.ts";
import { base64url, tenantIdSchema, ulidSchema, userIdSchema } from "../../shared/ids.ts";
import { LANGUAGES } from "../../shared/language.ts";
import { METHODS, SENT_METHODS } from "../../shared/methods.ts";
import { passwordRuleSchema, verdictSchema } from "../../shared/writeback.ts";
import { proofSchema } from "../methods/proof.ts";
import { epochOf, epochSchema } from "../store/person-epochs.ts";
import type { VisitPerson } from "../store/visits.ts";
import { hasEnded } from "../visits/visit.ts";

const instant = z.int().min(0);

/** The person with the typed name, made up if the name does not exist. The digits are shown before any proof. */
const personSchema = z.strictObject({
  id: userIdSchema,
  real: z.boolean(),
  mobileDigits: z.string().max(2),
  officeDigits: z.string().max(2),
  /** The person's epoch when they were looked up (store/person-epochs.ts). */
  epoch: epochSchema.nullable().default(null),
});

/** The account as directory and policy describe it, once an agent has examined it. */
const accountSchema = z.strictObject({
  obstacle: z.enum(ACCOUNT_OBSTACLES).nullable(),
  allowed: z.boolean(),
  /** Groups of the policy that are in no directory, so that it cannot be decided. Left out when there are none. */
  missingGroups: z.array(z.string().max(1024)).max(MAX_ASKED_GROUPS).optional(),
  policyName: z.string().max(64),
  privileged: z.boolean(),
  required: z.union([z.literal(1), z.literal(2)]),
  unlock: z.boolean(),
  notifyUser: z.boolean(),
  usable: z.array(proofSchema).max(METHODS.length),
  /** Digest of all numbers and addresses at that time. */
  destinations: z.string().max(43),
  /** True when there would be enough methods if a number had not changed recently. */
  held: z.boolean(),
  /** Picked once, so that opening the screen again asks the same questions in the same order. */
  questionIds: z.array(z.string().max(64)).max(10),
  rule: passwordRuleSchema.nullable(),
  names: z.array(z.string().max(256)).max(16),
});
export type AttemptAccount = z.infer<typeof accountSchema>;

const challengeSchema = z.strictObject({
  id: ulidSchema,
  sentAt: instant,
  expiresAt: instant,
  /** HMAC of the code with a key that is not in the store. */
  digest: base64url(32),
});

const chosenSchema = z.strictObject({
  method: z.enum(METHODS),
  /** The typed number, sealed. Needed to send again. */
  typedNumber: z.string().max(512).nullable(),
  /** Null for methods that send no code. */
  challenge: challengeSchema.nullable(),
});

const jobSchema = z.strictObject({
  id: ulidSchema,
  operation: z.enum(["reset", "unlock"]),
  since: instant,
  unclear: z.boolean(),
  /** Set when it was applied. */
  verdict: verdictSchema.nullable(),
});

const problemSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.enum([
      "wrong_code",
      "wrong_answers",
      "code_expired",
      "network_closed",
      "work_needed",
      "too_many_sends",
      "resend_too_soon",
      "method_used",
      "stale",
      "passwords_differ",
      "password_empty",
      "password_too_long",
    ]),
  }),
  /** `typedNumber`: sealed, so that the field shows it again. */
  z.strictObject({ kind: z.literal("number_invalid"), typedNumber: z.string().max(512) }),
  z.strictObject({ kind: z.literal("password_refused"), verdict: verdictSchema }),
  z.strictObject({ kind: z.literal("not_applied"), code: z.string().max(64) }),
]);

/**
 * One attempt. Its step is not stored but derived from the rest (attempt-step.ts), so that no step can be reached without what it
 * needs:
 *
 *   reason ─► choose ◄─► code | enter | questions ─► (choose ◄─► …) ─► password | unlock ─► waiting ─► done
 *                                                                          ▲                  │ └─► unclear ─► done
 *                                                                          └── not applied ◄──┘          └─► password | unlock
 *   before any proof, or after: blocked (too many failures)
 *   after the last proof, under attack, with one method: paused
 *   after the first proof:      impossible (account, policy, methods)
 *
 * `version` counts the visitor's actions and is on every form. `revision` counts writes and decides which of two came first.
 */
export const attemptSchema = z.strictObject({
  id: ulidSchema,
  tenantId: tenantIdSchema,
  revision: z.int().min(0),
  version: z.int().min(1),
  /** SHA-256 of the secret in the cookie. */
  secretDigest: base64url(32),
  userName: z.string().max(256),
  language: z.enum(LANGUAGES),
  address: z.string().max(64),
  startedAt: instant,
  /** Time of the last action. */
  touchedAt: instant,
  reason: z.enum(["forgot", "locked"]).nullable(),
  person: personSchema.nullable(),
  account: accountSchema.nullable(),
  proofs: z.array(proofSchema).max(METHODS.length),
  /**
   * The tenant was under attack when a code was made or the first proof came. Two proofs are required whatever the policy says, or
   * a longer code and a pause where the person has one method.
   */
  strict: z.boolean(),
  /** Wrong codes and answers of this attempt. */
  failures: z.int().min(0),
  /** How much proof of work the next code needs, as a multiple of that of a start. 0: none. */
  work: z.int().min(0),
  /** One code of the authenticator app was right, and it needs a second one, because it is the only proof. */
  halfProven: z.boolean(),
  /** Time of the last proof. */
  provenAt: instant.nullable(),
  chosen: chosenSchema.nullable(),
  sends: z
    .array(z.strictObject({ method: z.enum(SENT_METHODS), count: z.int().min(1), lastAt: instant }))
    .max(SENT_METHODS.length),
  job: jobSchema.nullable(),
  gone: z.boolean(),
  blockedUntil: instant.nullable(),
  adminAsked: z.boolean(),
  problem: problemSchema.nullable(),
  /** Digest of the last form, to recognise it when a double click sends it again. */
  lastForm: z.string().max(64).nullable(),
});
export type Attempt = z.infer<typeof attemptSchema>;

export const isOver = ({ startedAt, touchedAt }: Attempt, now: number): boolean =>
  hasEnded({ startedAt, usedAt: touchedAt }, now);

/**
 * Null before the first proof: there is nothing to end yet, and a stranger whose attempt ended with another person's reset
 * would learn that the person exists.
 */
export function personOf({ person, proofs, job }: Attempt): VisitPerson | null {
  if (person === null || proofs.length === 0) return null;
  const own = job === null ? [] : [epochOf("password", job.id)];
  return { id: person.id, epochs: [...(person.epoch === null ? [] : [person.epoch]), ...own] };
}

/** Makes a new attempt, of which only the typed data is known. */
export const newAttempt = (
  { tenantId, id }: { readonly tenantId: string; readonly id: string },
  facts: Pick<Attempt, "userName" | "address" | "language" | "secretDigest"> & { readonly now: number },
): Attempt => ({
  id,
  tenantId,
  revision: 0,
  version: 1,
  secretDigest: facts.secretDigest,
  language: facts.language,
  userName: facts.userName.slice(0, 256),
  address: facts.address.slice(0, 64),
  startedAt: facts.now,
  touchedAt: facts.now,
  reason: null,
  person: null,
  account: null,
  proofs: [],
  strict: false,
  failures: 0,
  work: 0,
  halfProven: false,
  provenAt: null,
  chosen: null,
  sends: [],
  job: null,
  gone: false,
  blockedUntil: null,
  adminAsked: false,
  problem: null,
  lastForm: null,
});
