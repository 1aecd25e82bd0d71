/** Who is at the registration portal. One value each, changed by compare-and-set, gone after a quarter of an hour. */
import { AppError } from "../../shared/errors.ts";
import type { RegistrationSessionStore } from "../registration/registration-session-store.ts";
import { registrationSessionSchema } from "../registration/session.ts";
import { keys } from "./keys.ts";
import { guard, type Store } from "./store.ts";
import { parseVersioned, printVersioned } from "./versioned.ts";

export function createRegistrationSessions({ store }: { store: Store }): RegistrationSessionStore {
  return {
    async read(tenantId, id) {
      const key = keys.registrationSession(tenantId, id);
      const value = await guard(() => store.redis.get(key));
      if (value === null) return null;
      const { version, content: session } = parseVersioned(key, value, registrationSessionSchema);
      if (session.id !== id || session.tenantId !== tenantId)
        throw new AppError("RECORD_CORRUPT", `The record ${key} is of another session.`);
      return { version, session };
    },
    async write(session, expected, lifeMs) {
      const reply = await store.call(
        "latchkey_registration_session_save",
        [keys.registrationSession(session.tenantId, session.id)],
        [expected, printVersioned(expected + 1, session), lifeMs],
      );
      return reply === "OK";
    },
    async remove(tenantId, id) {
      await guard(() => store.redis.del(keys.registrationSession(tenantId, id)));
    },
  };
}
