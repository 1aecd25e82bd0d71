/**
 * Ends the visits of a person at both portals: registration sessions, and reset attempts with a proof. The person's epoch is
 * one value that every such visit carries. A change of the password (functions/jobs.lua, with the verdict), a change of the
 * methods (functions/registrations.lua, with the change) or an administrator begins a new epoch, and a visit of an older one
 * does not go on. The visit that caused it lists the new epoch among its own.
 */
import { z } from "zod";
import { AppError } from "../../shared/errors.ts";
import { newId } from "../../shared/ids.ts";
import { keys } from "./keys.ts";
import { guard, type Store } from "./store.ts";

/** What ends a person's visits. */
export const EPOCH_CAUSES = ["password", "methods", "administrator"] as const;
export type EpochCause = (typeof EPOCH_CAUSES)[number];

/** Longer than any visit lasts, so that no visit outlives the epoch that ended it. */
const EPOCH_MS = 3_600_000;

export const epochSchema = z.string().max(64);

/** `<cause>:<id>`; `id` is that of the event, and is used once. */
export const epochOf = (cause: EpochCause, id: string): string => `${cause}:${id}`;

const causeOf = (epoch: string): EpochCause =>
  EPOCH_CAUSES.find((cause) => epoch.startsWith(`${cause}:`)) ?? "administrator";

/** SESSION_ENDED with its cause, which the page after it names. */
export const endedError = (epoch: string): AppError =>
  new AppError("SESSION_ENDED", undefined, { details: { cause: causeOf(epoch) } });

/** Null when nothing has ended visits of this person in the last hour. Throws STORE_UNAVAILABLE. */
export const readEpoch = (store: Store, tenantId: string, userId: string): Promise<string | null> =>
  guard(() => store.redis.get(keys.personEpoch(tenantId) + userId));

export interface PersonEpochs {
  /** Ends every visit of the person. Throws STORE_UNAVAILABLE. */
  signOut(tenantId: string, userId: string): Promise<void>;
}

export const createPersonEpochs = ({ store }: { readonly store: Store }): PersonEpochs => ({
  async signOut(tenantId, userId) {
    const key = keys.personEpoch(tenantId) + userId;
    await guard(() => store.redis.set(key, epochOf("administrator", newId()), "PX", EPOCH_MS));
  },
});
