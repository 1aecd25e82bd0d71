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
  readonly registration: Registration;
}

export interface People {
  /**
   * Finds or makes up a person; never null. Every name takes the same number of round trips and the same parsing. An
   * ambiguous name gives a made-up person.
   */
  find(tenantId: string, typedName: string): Promise<Person>;
  /** Null when the user does not exist. */
  get(tenantId: string, userId: string): Promise<Person | null>;
}
