/**
 * Finds the person meant by a typed name. A name that does not exist gives a made-up person: the same work and the same shape, but never
 * success.
 */
import type { Registration } from "../store/registration-record.ts";
import type { StoredUser } from "../store/user-record.ts";

export interface Person {
  /** The user id. Made-up people have a stable id of the same form, so that limits count them like real ones. */
  readonly id: string;
  readonly real: boolean;
  readonly user: StoredUser;
  /** The registered methods that count now. */
  readonly registration: Registration;
}

/** A person as the store knows them at one moment. */
export interface KnownPerson extends Person {
  /** All that is registered, with the methods that still wait. */
  readonly onFile: Registration;
  /** The epoch of the person's visits (store/person-epochs.ts), read together with the registration. */
  readonly epoch: string | null;
}

export interface People {
  /**
   * Finds or makes up a person; never null. Every name takes the same number of round trips and the same parsing. An
   * ambiguous name gives a made-up person.
   */
  find(tenantId: string, typedName: string): Promise<KnownPerson>;
  /** Null when the user does not exist. */
  get(tenantId: string, userId: string): Promise<KnownPerson | null>;
  /** A person who left the directory within the last 30 days, as the store remembers them; null when there is none. */
  getDeparted(tenantId: string, userId: string): Promise<KnownPerson | null>;
}
