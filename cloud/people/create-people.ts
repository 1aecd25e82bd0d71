/** Finds people in the store, and makes up the ones that do not exist. */
import { directoryUserSchema, serializeUser } from "../../shared/user.ts";
import type { PortalKeys } from "../keys/portal-keys.ts";
import type { Proofs } from "../methods/proofs.ts";
import { type Registration, type Registrations } from "../store/registration-record.ts";
import type { UserStore } from "../store/users.ts";
import { createTtlCache } from "../ttl-cache.ts";
import { makeUpUser } from "./made-up-user.ts";
import type { People } from "./people.ts";

export interface PeopleDeps {
  readonly users: Pick<UserStore, "find" | "get">;
  readonly registrations: Pick<Registrations, "get">;
  readonly proofs: Pick<Proofs, "madeUp">;
  readonly portalKeys: Pick<PortalKeys, "digest">;
}

/** Made-up registrations that a node remembers. */
const MAX_REMEMBERED = 1_000;

export function createPeople({ users, registrations, proofs, portalKeys }: PeopleDeps): People {
  /** Made-up registrations by seed. A name is looked up several times in a row, and is remembered whether or not it exists. */
  const remembered = createTtlCache<string, Registration>({ maxEntries: MAX_REMEMBERED });

  function madeUpRegistration(seed: Buffer): Registration {
    const key = seed.toString("base64url");
    const known = remembered.get(key);
    if (known !== undefined) return known;
    const invented = proofs.madeUp(seed);
    remembered.set(key, invented);
    return invented;
  }

  return {
    async find(tenantId, typedName) {
      // A made-up person is created in every case, and its record is parsed like a stored one, so that both cases take
      // the same work.
      const { user: madeUp, seed } = makeUpUser(portalKeys, tenantId, typedName);
      const invented = madeUpRegistration(seed);
      const user = await users.find(tenantId, typedName, madeUp.id);
      if (user === null) directoryUserSchema.parse(JSON.parse(serializeUser(madeUp)));
      const registration = await registrations.get(tenantId, user?.id ?? madeUp.id);
      return user === null
        ? { id: madeUp.id, real: false, user: madeUp, registration: invented }
        : { id: user.id, real: true, user, registration };
    },
    async get(tenantId, userId) {
      const [user, registration] = await Promise.all([
        users.get(tenantId, userId),
        registrations.get(tenantId, userId),
      ]);
      return user === null ? null : { id: user.id, real: true, user, registration };
    },
  };
}
