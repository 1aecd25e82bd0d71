/** Finds people in the store, and makes up the ones that do not exist. */
import type { Clock } from "../../shared/clock.ts";
import { directoryUserSchema, serializeUser } from "../../shared/user.ts";
import type { PortalKeys } from "../keys/portal-keys.ts";
import type { Proofs } from "../methods/proofs.ts";
import type { Registration, RegistrationInEpoch, Registrations } from "../store/registration-record.ts";
import type { UserStore } from "../store/users.ts";
import { createTtlCache } from "../ttl-cache.ts";
import { makeUpUser } from "./made-up-user.ts";
import type { KnownPerson, People, Person } from "./people.ts";
import { countingAt, onFileAt } from "./waiting-methods.ts";

export interface PeopleDeps {
  readonly users: Pick<UserStore, "find" | "get" | "getDeparted" | "resolve">;
  readonly registrations: Pick<Registrations, "getInEpoch">;
  readonly proofs: Pick<Proofs, "madeUp">;
  readonly portalKeys: Pick<PortalKeys, "digest">;
  readonly clock: Pick<Clock, "now">;
}

/** Made-up registrations that a node remembers. */
const MAX_REMEMBERED = 1_000;

export function createPeople({ users, registrations, proofs, portalKeys, clock }: PeopleDeps): People {
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

  const personOf = (
    who: Pick<Person, "id" | "real" | "user">,
    { registration, epoch }: RegistrationInEpoch,
  ): KnownPerson => ({
    ...who,
    epoch,
    onFile: onFileAt(registration, clock.now()),
    registration: countingAt(registration, clock.now()),
  });

  async function load(tenantId: string, userId: string, read: UserStore["get"]): Promise<KnownPerson | null> {
    const [user, found] = await Promise.all([
      read(tenantId, userId),
      registrations.getInEpoch(tenantId, userId),
    ]);
    return user === null ? null : personOf({ id: user.id, real: true, user }, found);
  }

  return {
    async find(tenantId, typedName) {
      // A made-up person is created in every case, and its record is parsed like a stored one, so that both cases take
      // the same work.
      const name = await users.resolve(tenantId, typedName);
      const { user: madeUp, seed } = makeUpUser(portalKeys, tenantId, name);
      const invented = madeUpRegistration(seed);
      const user = await users.find(tenantId, name, madeUp.id);
      if (user === null) directoryUserSchema.parse(JSON.parse(serializeUser(madeUp)));
      const found = await registrations.getInEpoch(tenantId, user?.id ?? madeUp.id);
      return user === null
        ? personOf({ id: madeUp.id, real: false, user: madeUp }, { ...found, registration: invented })
        : personOf({ id: user.id, real: true, user }, found);
    },
    get: (tenantId, userId) => load(tenantId, userId, (tenant, id) => users.get(tenant, id)),
    getDeparted: (tenantId, userId) => load(tenantId, userId, (tenant, id) => users.getDeparted(tenant, id)),
  };
}
