/**
 * Stores registrations: one value per user, changed by compare-and-set, deleted with the user
 * (functions/sync/1-users.lua).
 */
import { z } from "zod";
import { AppError } from "../../shared/errors.ts";
import { e164Schema } from "../../shared/user.ts";
import { compareAndSet } from "./compare-and-set.ts";
import { keys } from "./keys.ts";
import { NO_REGISTRATION, type Registration, type Registrations } from "./registration-record.ts";
import { guard, type Store } from "./store.ts";
import { parseVersioned, printVersioned } from "./versioned.ts";

const instant = z.int().min(0);
const digest = z.string().min(1).max(256);
const confirmedNumber = z.strictObject({ number: e164Schema, confirmedAt: instant });

/** Schema of a stored registration. A visit holds a registration before it is saved and checks it with the same schema. */
const registrationSchema = z.strictObject({
  mobile: confirmedNumber.nullable(),
  officePhone: confirmedNumber.nullable(),
  email: z.strictObject({ address: z.email().max(254), confirmedAt: instant }).nullable(),
  authenticator: z
    .strictObject({ sealedSecret: z.string().max(512), confirmedAt: instant, lastStep: instant })
    .nullable(),
  questions: z.array(z.strictObject({ questionId: z.string().max(64), answerHash: digest })).max(10),
  recoveryCodes: z.array(z.strictObject({ digest, usedAt: instant.nullable() })).max(10),
  confirmedSynced: z
    .array(
      z.strictObject({
        field: z.enum(["mobile", "officePhone", "alternateEmail"]),
        value: z.string().max(254),
        at: instant,
      }),
    )
    .max(3),
  confirmedAt: instant.nullable(),
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
  ): Promise<{ version: number; registration: Registration }> {
    const key = keyOf(tenantId, userId);
    const value = await guard(() => store.redis.get(key));
    if (value === null) return { version: 0, registration: NO_REGISTRATION };
    const record = { kind: "registration", tenantId, key } as const;
    const { version, content } = parseVersioned(store, record, value, registrationSchema);
    return { version, registration: content };
  }

  return {
    get: async (tenantId, userId) => (await read(tenantId, userId)).registration,
    async update(tenantId, userId, change) {
      const result = await compareAndSet({
        record: `registration of user ${userId}`,
        read: () => read(tenantId, userId),
        change: ({ registration }) => change(registration),
        async write(changed, { version }) {
          const saved = await store.call(
            "latchkey_registration_save",
            [keyOf(tenantId, userId), keys.userBuckets(tenantId) + userId.slice(0, 3)],
            [userId, version, printVersioned(store, keyOf(tenantId, userId), version + 1, changed)],
          );
          if (saved === "GONE") throw new AppError("USER_UNKNOWN", `User ${userId} no longer exists.`);
          return saved === "OK" ? changed : null;
        },
      });
      return result?.stored ?? result?.present.registration ?? NO_REGISTRATION;
    },
    async remove(tenantId, userId) {
      await guard(() => store.redis.del(keyOf(tenantId, userId)));
    },
  };
}
