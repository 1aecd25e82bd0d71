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
  readonly confirmedSynced: readonly {
    readonly field: "mobile" | "officePhone" | "alternateEmail";
    readonly value: string;
    readonly at: number;
  }[];
  /** Epoch ms at which the user last confirmed that all of it is up to date; null before the first time. */
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
  /** The shared secret, sealed with a key that is not in Redis. */
  readonly sealedSecret: string;
  readonly confirmedAt: number;
  /** The last time step that was used (RFC 6238: each code works once); 0 before the first use. */
  readonly lastStep: number;
}
export interface AnsweredQuestion {
  /** Id of a question in the product's list. */
  readonly questionId: string;
  /** scrypt hash with its salt and parameters. */
  readonly answerHash: string;
}
export interface RecoveryCode {
  /** HMAC of the code with a key that is not in Redis. */
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

/** Store of the registrations (implemented in cloud/store/registrations.ts). */
export interface Registrations {
  /** Returns NO_REGISTRATION for a user without a registration. */
  get(tenantId: string, userId: string): Promise<Registration>;
  /**
   * Reads, changes and writes a registration; starts over when another writer was faster. Writes nothing when `change`
   * returns null.
   */
  update(
    tenantId: string,
    userId: string,
    change: (present: Registration) => Registration | null,
  ): Promise<Registration>;
  /** Deletes the registration of a user who was deleted or who asks for it. */
  remove(tenantId: string, userId: string): Promise<void>;
}
