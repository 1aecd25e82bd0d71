/** The methods a person has confirmed, beside what the directory says. One record a person. */
export interface Registration {
  readonly mobile: ConfirmedNumber | null;
  readonly officePhone: ConfirmedNumber | null;
  readonly email: ConfirmedEmail | null;
  readonly authenticator: Authenticator | null;
  readonly questions: readonly AnsweredQuestion[];
  readonly recoveryCodes: readonly RecoveryCode[];
  /** Synced values that their owner confirmed by a code; each counts only while the directory still has that very value. */
  readonly confirmedSynced: readonly {
    readonly field: "mobile" | "officePhone" | "alternateEmail";
    readonly value: string;
    readonly at: number;
  }[];
  /** Epoch ms: when the person last looked all of it over; null before the first time. */
  readonly confirmedAt: number | null;
}
export interface ConfirmedNumber {
  /** E.164. */
  readonly number: string;
  readonly confirmedAt: number;
}
export interface ConfirmedEmail {
  readonly address: string;
  readonly confirmedAt: number;
}
export interface Authenticator {
  /** The shared secret, sealed with a key outside Redis. */
  readonly sealedSecret: string;
  readonly confirmedAt: number;
  /** The last time step used (RFC 6238: each code works once); 0 before the first. */
  readonly lastStep: number;
}
export interface AnsweredQuestion {
  /** Id of a question of the product's list. */
  readonly questionId: string;
  /** scrypt, with its salt and parameters. */
  readonly answerHash: string;
}
export interface RecoveryCode {
  /** HMAC of the code with a key outside Redis. */
  readonly digest: string;
  /** Epoch ms; null while unused. */
  readonly usedAt: number | null;
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
};

/** Where they are kept (cloud/store/registrations.ts). */
export interface Registrations {
  /** NO_REGISTRATION for who has none. */
  get(tenantId: string, userId: string): Promise<Registration>;
  /** Reads, changes, writes; again when somebody else wrote in between. `change` may answer null: nothing is written. */
  update(
    tenantId: string,
    userId: string,
    change: (present: Registration) => Registration | null,
  ): Promise<Registration>;
  /** Forgets everything of a person who was deleted, or at the person's wish. */
  remove(tenantId: string, userId: string): Promise<void>;
}
