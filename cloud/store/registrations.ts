/**
 * Stores registrations: one value per user, changed by compare-and-set. After its user was deleted a registration is kept for 30
 * days, for a user who comes back (functions/sync/1-users.lua).
 */
import { z } from "zod";
import { AppError } from "../../shared/errors.ts";
import { ulidSchema } from "../../shared/ids.ts";
import { LANGUAGES } from "../../shared/language.ts";
import { e164Schema } from "../../shared/user.ts";
import { compareAndSet } from "./compare-and-set.ts";
import { keys } from "./keys.ts";
import { endLease, takeLease } from "./lease.ts";
import { endedError } from "./person-epochs.ts";
import {
  NO_REGISTRATION,
  type OwedChange,
  type RegistrationInEpoch,
  type Registrations,
} from "./registration-record.ts";
import { guard, type Store } from "./store.ts";
import { parseVersioned, printVersioned } from "./versioned.ts";

const instant = z.int().min(0);
const digest = z.string().min(1).max(256);
/** Fields that records of an earlier version do not have. */
const waiting = { countsFrom: instant.optional(), endsAt: instant.optional() };
const added = { ...waiting, addedAt: instant.optional() };
const confirmedNumber = z.strictObject({ number: e164Schema, confirmedAt: instant, ...waiting });

const address = z.string().max(254);
const owedSchema = z.strictObject({
  id: ulidSchema,
  at: instant,
  owes: z.array(z.enum(["audit", "notice"])).max(2),
  isProven: z.boolean(),
  actor: z.string().max(128),
  correlationId: z.string().max(128),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  kind: z.enum(["method_added", "method_removed", "method_waits", "method_removal_waits"]),
  emails: z.array(address).max(20),
  texts: z.array(address).max(2),
  language: z.enum(LANGUAGES),
  facts: z.record(z.string(), z.string()),
});
/** More changes than a person can make while messages cannot be stored. */
export const MAX_OWED = 50;
/** Users that `owing` lists at a time. */
const MAX_LISTED = 100;

/** Schema of a stored registration. A visit holds a registration before it is saved and checks it with the same schema. */
const registrationSchema = z.strictObject({
  mobile: confirmedNumber.nullable(),
  officePhone: confirmedNumber.nullable(),
  email: z.strictObject({ address: z.email().max(254), confirmedAt: instant, ...waiting }).nullable(),
  authenticator: z
    .strictObject({ sealedSecret: z.string().max(512), confirmedAt: instant, lastStep: instant, ...waiting })
    .nullable(),
  questions: z
    .array(z.strictObject({ questionId: z.string().max(64), answerHash: digest, ...added }))
    .max(10),
  recoveryCodes: z.array(z.strictObject({ digest, usedAt: instant.nullable(), ...added })).max(10),
  confirmedSynced: z
    .array(
      z.strictObject({
        field: z.enum(["mobile", "officePhone", "alternateEmail"]),
        value: z.string().max(254),
        at: instant,
        ...waiting,
      }),
    )
    .max(3),
  confirmedAt: instant.nullable(),
  owed: z.array(owedSchema).max(MAX_OWED).default([]),
});

/**
 * Creates the store. All functions throw STORE_UNAVAILABLE, reads also RECORD_FORGED and RECORD_CORRUPT. `update` throws USER_UNKNOWN for
 * a deleted user.
 */
export function createRegistrations({ store }: { store: Store }): Registrations {
  const keyOf = (tenantId: string, userId: string): string => keys.registrations(tenantId) + userId;

  async function read(
    tenantId: string,
    userId: string,
  ): Promise<RegistrationInEpoch & { readonly version: number }> {
    const key = keyOf(tenantId, userId);
    // One command reads both, so that a visit never carries a newer epoch than the methods it was offered.
    const [value, epoch] = await guard(() => store.redis.mget(key, keys.personEpoch(tenantId) + userId));
    const inEpoch = { epoch: epoch ?? null };
    if (value == null) return { ...inEpoch, version: 0, registration: NO_REGISTRATION };
    const record = { kind: "registration", tenantId, key } as const;
    const { version, content } = parseVersioned(store, record, value, registrationSchema);
    return { ...inEpoch, version, registration: content };
  }

  return {
    get: async (tenantId, userId) => (await read(tenantId, userId)).registration,
    getInEpoch: read,
    async update(tenantId, userId, change, epoch) {
      const result = await compareAndSet({
        record: `registration of user ${userId}`,
        read: () => read(tenantId, userId),
        change: ({ registration }) => change(registration),
        async write(changed, { version }) {
          const reply = await store.call(
            "latchkey_registration_save",
            [
              keyOf(tenantId, userId),
              keys.userBuckets(tenantId) + userId.slice(0, 3),
              keys.personEpoch(tenantId) + userId,
              keys.registrationsOwing(tenantId),
            ],
            [
              userId,
              version,
              printVersioned(store, keyOf(tenantId, userId), version + 1, changed),
              changed.owed[0]?.at ?? "",
              epoch?.begins ?? "",
              epoch?.within == null ? "any" : "own",
              ...(epoch?.within ?? []),
            ],
          );
          if (reply === "OK") return changed;
          if (reply === "CHANGED") return null;
          if (reply === "GONE") throw new AppError("USER_UNKNOWN", `User ${userId} no longer exists.`);
          throw endedError(String(reply));
        },
      });
      return result?.stored ?? result?.present.registration ?? NO_REGISTRATION;
    },
    owing: (tenantId, before) =>
      guard(() =>
        store.redis.zrangebyscore(keys.registrationsOwing(tenantId), "-inf", before, "LIMIT", 0, MAX_LISTED),
      ),
    async crossOff(tenantId, userId, left) {
      const key = keyOf(tenantId, userId);
      await compareAndSet({
        record: `registration of user ${userId}`,
        read: () => read(tenantId, userId),
        change: ({ registration }) => ({ ...registration, owed: owedAfter(registration.owed, left) }),
        async write(changed, { version }) {
          const value = version === 0 ? "" : printVersioned(store, key, version + 1, changed);
          const reply = await store.call(
            "latchkey_registration_cross_off",
            [key, keys.registrationsOwing(tenantId)],
            [userId, version, value, changed.owed[0]?.at ?? ""],
          );
          return reply === "OK" ? changed : null;
        },
      });
    },
    async postpone(tenantId, userId, at) {
      await guard(() => store.redis.zadd(keys.registrationsOwing(tenantId), "XX", at, userId));
    },
    elect: (tenantId, node, forMs) => takeLease(store, keys.registrationsTeller(tenantId), node, forMs),
    release: (tenantId, node) => endLease(store, keys.registrationsTeller(tenantId), node),
  };
}

function owedAfter(
  owed: readonly OwedChange[],
  left: (change: OwedChange) => OwedChange["owes"],
): OwedChange[] {
  return owed.flatMap((change) => {
    const owes = left(change);
    return owes.length === 0 ? [] : [{ ...change, owes }];
  });
}
