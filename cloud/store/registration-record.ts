import type { Language } from "../../shared/language.ts";

/** Methods that a user has registered, in addition to the values synced from the directory. Each user has one record. */
export interface Registration {
  readonly mobile: ConfirmedNumber | null;
  readonly officePhone: ConfirmedNumber | null;
  readonly email: ConfirmedEmail | null;
  readonly authenticator: Authenticator | null;
  readonly questions: readonly AnsweredQuestion[];
  readonly recoveryCodes: readonly RecoveryCode[];
  /**
   * Synced values that their owner confirmed with a one-time code. Each counts only while the directory still has the
   * same value.
   */
  readonly confirmedSynced: readonly ConfirmedSynced[];
  /** Epoch ms at which the user last confirmed that all of it is up to date; null before the first time. */
  readonly confirmedAt: number | null;
  /** Changes whose audit entry or notice is not stored yet: both are owed by the same write that made the change. */
  readonly owed: readonly OwedChange[];
}
/** Each method and each confirmation may have to wait before it counts, and each method before its removal takes effect. */
export interface Waiting {
  /** Epoch ms from which it counts; left out when it counts at once. */
  readonly countsFrom?: number | undefined;
  /** Epoch ms from which it is removed; left out when its removal was not asked for. */
  readonly endsAt?: number | undefined;
}
export interface ConfirmedNumber extends Waiting {
  /** E.164. */
  readonly number: string;
  readonly confirmedAt: number;
}
export interface ConfirmedSynced extends Waiting {
  readonly field: "mobile" | "officePhone" | "alternateEmail";
  readonly value: string;
  readonly at: number;
}
export interface ConfirmedEmail extends Waiting {
  readonly address: string;
  readonly confirmedAt: number;
}
export interface Authenticator extends Waiting {
  /** The shared secret, sealed with a key that is not in Redis. */
  readonly sealedSecret: string;
  readonly confirmedAt: number;
  /** The last time step that was used (RFC 6238: each code works once); 0 before the first use. */
  readonly lastStep: number;
}
export interface AnsweredQuestion extends Waiting {
  /** Id of a question in the product's list. */
  readonly questionId: string;
  /** scrypt hash with its salt and parameters. */
  readonly answerHash: string;
  /** Epoch ms; left out when unknown. */
  readonly addedAt?: number | undefined;
}
export interface RecoveryCode extends Waiting {
  /** HMAC of the code with a key that is not in Redis. */
  readonly digest: string;
  /** Epoch ms; null while unused. */
  readonly usedAt: number | null;
  /** Epoch ms; left out when unknown. */
  readonly addedAt?: number | undefined;
}

/** The audit entry and the notice of one change. */
export interface OwedChange {
  readonly id: string;
  /** Epoch ms of the change. */
  readonly at: number;
  readonly owes: readonly ("audit" | "notice")[];
  /** False when it was made with the password alone. */
  readonly isProven: boolean;
  readonly actor: string;
  /** The session or request. */
  readonly correlationId: string;
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
  readonly kind: "method_added" | "method_removed" | "method_waits" | "method_removal_waits";
  readonly emails: readonly string[];
  readonly texts: readonly string[];
  readonly language: Language;
  readonly facts: Readonly<Record<string, string>>;
}

export const NO_REGISTRATION: Registration = {
  mobile: null,
  officePhone: null,
  email: null,
  authenticator: null,
  questions: [],
  recoveryCodes: [],
  confirmedSynced: [],
  confirmedAt: null,
  owed: [],
};

/** What a person has registered, and the epoch of their visits (person-epochs.ts) at the same moment. */
export interface RegistrationInEpoch {
  readonly registration: Registration;
  /** Null when nothing has ended visits of this person lately. */
  readonly epoch: string | null;
}

/** A change of the methods, which ends the person's other visits. */
export interface EpochChange {
  readonly begins: string;
  /** The epochs of the visit that makes the change; null when the writer is not a visit. */
  readonly within: readonly string[] | null;
}

/** Store of the registrations (implemented in cloud/store/registrations.ts). */
export interface Registrations {
  /** Returns NO_REGISTRATION for a user without a registration. */
  get(tenantId: string, userId: string): Promise<Registration>;
  getInEpoch(tenantId: string, userId: string): Promise<RegistrationInEpoch>;
  /**
   * Reads, changes and writes a registration; starts over when another writer was faster. Writes nothing when `change`
   * returns null. Throws SESSION_ENDED when the visit that makes the change has been ended.
   */
  update(
    tenantId: string,
    userId: string,
    change: (present: Registration) => Registration | null,
    epoch?: EpochChange,
  ): Promise<Registration>;
  /** Lists at most 100 users whose registration owes messages since before this time, those that wait longest first. */
  owing(tenantId: string, before: number): Promise<string[]>;
  /**
   * Takes changes off what a registration owes, also after its user was deleted. A user whose registration owes nothing, or has
   * expired, is not listed by `owing` any more. `left`: what of a change is still owed.
   */
  crossOff(tenantId: string, userId: string, left: (change: OwedChange) => OwedChange["owes"]): Promise<void>;
  /** Lists a user whose messages failed after all others from now on. */
  postpone(tenantId: string, userId: string, at: number): Promise<void>;
  /** True for one node at a time, until `forMs` have passed or the node calls `release`. */
  elect(tenantId: string, node: string, forMs: number): Promise<boolean>;
  release(tenantId: string, node: string): Promise<void>;
}
