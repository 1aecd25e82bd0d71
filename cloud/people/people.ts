/** Who is meant by a typed name. A name nobody has gives a made-up person: the same work, the same shape, no success ever. */
import type { Registration } from "../store/registration-record.ts";
import type { StoredUser } from "../store/users.ts";

export interface Person {
  /** The user id; for a made-up person a stable id of the same form, so that limits count alike. */
  readonly id: string;
  readonly real: boolean;
  readonly user: StoredUser;
  readonly registration: Registration;
}

export interface People {
  /** Always somebody. The same number of round trips and the same parsing, whoever it is. An ambiguous name is nobody's. */
  find(tenantId: string, typedName: string): Promise<Person>;
  /** Null when the user is gone (or was never there). */
  get(tenantId: string, userId: string): Promise<Person | null>;
}
