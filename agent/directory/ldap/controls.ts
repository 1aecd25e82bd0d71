/** LDAP controls: requests are values to send, responses are parsed by pure functions. */
import { BerWriter, Control } from "ldapts";
import { BerReader, TAG } from "./ber-reader.ts";
import { LDAP_OID } from "./oids.ts";

export interface RequestControl {
  readonly oid: string;
  readonly critical: boolean;
  readonly value?: Buffer;
}

/** Control values by OID; the value of a control without one is empty. */
export type ResponseControls = ReadonlyMap<string, Buffer>;

const encode = (write: (writer: BerWriter) => void): Buffer => {
  const writer = new BerWriter();
  writer.startSequence();
  write(writer);
  writer.endSequence();
  return Buffer.from(writer.buffer);
};

/** A control in the form that ldapts encodes. */
export class EncodedControl extends Control {
  readonly #value: Buffer | undefined;
  constructor({ oid, critical, value }: RequestControl) {
    super(oid, { critical });
    this.#value = value;
  }
  protected override writeControl(writer: BerWriter): void {
    if (this.#value !== undefined) writer.writeBuffer(this.#value, TAG.octets);
  }
}

// Paged results, RFC 2696

export const pagedResults = (size: number, cookie: Buffer): RequestControl => ({
  oid: LDAP_OID.pagedResults,
  critical: true,
  value: encode((writer) => {
    writer.writeInt(size);
    writer.writeBuffer(cookie, TAG.octets);
  }),
});

/** Returns the cookie of the next page; empty after the last page, and when the server did not page. */
export function parsePagedCookie(controls: ResponseControls): Buffer {
  const value = controls.get(LDAP_OID.pagedResults);
  if (value === undefined) return Buffer.alloc(0);
  const reader = new BerReader(value);
  return reader.within(TAG.sequence, () => {
    reader.integer();
    return Buffer.from(reader.octets());
  });
}

// Content synchronization, RFC 4533

/** Asks for one refresh (refreshOnly). `cookie` null: the whole content. */
export const syncRequest = (
  cookie: Buffer | null,
  mode: "refreshOnly" | "refreshAndPersist" = "refreshOnly",
): RequestControl => ({
  oid: LDAP_OID.syncRequest,
  critical: true,
  value: encode((writer) => {
    writer.writeEnumeration(mode === "refreshOnly" ? 1 : 3);
    if (cookie !== null) writer.writeBuffer(cookie, TAG.octets);
  }),
});

export type SyncState = "present" | "add" | "modify" | "delete";
const SYNC_STATES: readonly SyncState[] = ["present", "add", "modify", "delete"];

/** Returns an entry's state; null when it carries no such control. `id`: the entryUUID as 32 hex digits. */
export function parseSyncState(controls: ResponseControls): { state: SyncState; id: string } | null {
  const value = controls.get(LDAP_OID.syncState);
  if (value === undefined) return null;
  const reader = new BerReader(value);
  return reader.within(TAG.sequence, () => {
    const state = SYNC_STATES[reader.integer(TAG.enumerated)];
    const id = reader.octets().toString("hex");
    return state === undefined ? null : { state, id };
  });
}

/**
 * `refreshDeletes` true: deletes were named; false: every entry that was not named is gone. `cookie` null: keep the old
 * one.
 */
export interface SyncDone {
  readonly cookie: Buffer | null;
  readonly refreshDeletes: boolean;
}

export function parseSyncDone(controls: ResponseControls): SyncDone | null {
  const value = controls.get(LDAP_OID.syncDone);
  if (value === undefined) return null;
  const reader = new BerReader(value);
  return reader.within(TAG.sequence, () => ({
    cookie: reader.peek() === TAG.octets ? Buffer.from(reader.octets()) : null,
    refreshDeletes: reader.peek() === TAG.boolean && reader.boolean(),
  }));
}

/** A Sync Info message, which an intermediate response carries (RFC 4533 section 2.5). */
export type SyncInfo =
  | { readonly kind: "newCookie"; readonly cookie: Buffer }
  | { readonly kind: "refreshDelete" | "refreshPresent"; readonly cookie: Buffer | null }
  | {
      readonly kind: "idSet";
      readonly cookie: Buffer | null;
      /** True: these entries are gone. False: they are present and unchanged. */
      readonly deleted: boolean;
      readonly ids: readonly string[];
    };

export function parseSyncInfo(value: Buffer): SyncInfo | null {
  const reader = new BerReader(value);
  const tag = reader.peek();
  if (tag === 0x80) return { kind: "newCookie", cookie: Buffer.from(reader.octets(0x80)) };
  if (tag !== 0xa1 && tag !== 0xa2 && tag !== 0xa3) return null;
  return reader.within(tag, () => {
    const cookie = reader.peek() === TAG.octets ? Buffer.from(reader.octets()) : null;
    const flag = reader.peek() === TAG.boolean && reader.boolean();
    if (tag !== 0xa3) return { kind: tag === 0xa1 ? "refreshDelete" : "refreshPresent", cookie };
    const ids: string[] = [];
    reader.within(TAG.set, () => {
      while (!reader.done) ids.push(reader.octets().toString("hex"));
    });
    return { kind: "idSet", cookie, deleted: flag, ids };
  });
}

// Password policy, draft-behera-ldap-password-policy section 6

export const passwordPolicy: RequestControl = { oid: LDAP_OID.passwordPolicy, critical: false };

const PASSWORD_POLICY_ERRORS = [
  "passwordExpired",
  "accountLocked",
  "changeAfterReset",
  "passwordModNotAllowed",
  "mustSupplyOldPassword",
  "insufficientPasswordQuality",
  "passwordTooShort",
  "passwordTooYoung",
  "passwordInHistory",
] as const;
export type PasswordPolicyError = (typeof PASSWORD_POLICY_ERRORS)[number];

export interface PasswordPolicyResponse {
  readonly error: PasswordPolicyError | null;
  readonly secondsBeforeExpiration: number | null;
  readonly graceSignInsLeft: number | null;
}

export function parsePasswordPolicy(controls: ResponseControls): PasswordPolicyResponse | null {
  const value = controls.get(LDAP_OID.passwordPolicy);
  if (value === undefined) return null;
  let secondsBeforeExpiration: number | null = null;
  let graceSignInsLeft: number | null = null;
  let error: PasswordPolicyError | null = null;
  const reader = new BerReader(value);
  reader.within(TAG.sequence, () => {
    if (reader.peek() === 0xa0)
      reader.within(0xa0, () => {
        if (reader.peek() === 0x80) secondsBeforeExpiration = reader.integer(0x80);
        else if (reader.peek() === 0x81) graceSignInsLeft = reader.integer(0x81);
      });
    if (reader.peek() === 0x81) error = PASSWORD_POLICY_ERRORS[reader.integer(0x81)] ?? null;
  });
  return { error, secondsBeforeExpiration, graceSignInsLeft };
}

// Active Directory, [MS-ADTS] 3.1.1.3.4.1

/** LDAP_DIRSYNC_OBJECT_SECURITY: shows only what the account may read anyway, and so needs no replication right. */
export const DIRSYNC_OBJECT_SECURITY = 1;

/** `cookie` empty: everything. `maxBytes`: the largest answer the server may send. */
export const dirSync = (cookie: Buffer, flags: number, maxBytes = 1024 * 1024): RequestControl => ({
  oid: LDAP_OID.dirSync,
  critical: true,
  value: encode((writer) => {
    writer.writeInt(flags);
    writer.writeInt(maxBytes);
    writer.writeBuffer(cookie, TAG.octets);
  }),
});

export function parseDirSync(controls: ResponseControls): { more: boolean; cookie: Buffer } | null {
  const value = controls.get(LDAP_OID.dirSync);
  if (value === undefined) return null;
  const reader = new BerReader(value);
  return reader.within(TAG.sequence, () => {
    const more = reader.integer() !== 0;
    reader.integer();
    return { more, cookie: Buffer.from(reader.octets()) };
  });
}

/** Makes a search last, and give every object that changes from now on ([MS-ADTS] 3.1.1.3.4.1.9). */
export const changeNotification: RequestControl = { oid: LDAP_OID.changeNotification, critical: true };

/** Makes a search last, and give every entry that changes from now on (draft-ietf-ldapext-psearch-03 section 3). */
export const persistentSearch: RequestControl = {
  oid: LDAP_OID.persistentSearch,
  critical: true,
  value: encode((writer) => {
    writer.writeInt(1 + 2 + 4 + 8); // add, delete, modify, modDN
    writer.writeBoolean(true); // changesOnly: not the entries that are there already
    writer.writeBoolean(false); // no control that tells the kind of change
  }),
};

/** Makes a search give referral objects as entries, instead of referring to them (RFC 3296). */
export const manageDsaIt: RequestControl = { oid: LDAP_OID.manageDsaIt, critical: true };

/** Makes a search find tombstones too. */
export const showDeleted: RequestControl = { oid: LDAP_OID.showDeleted, critical: true };

/** Makes a reset obey history and minimum age, as a change does. `oid`: the one that the rootDSE lists. */
export const policyHints = (oid: string): RequestControl => ({
  oid,
  critical: true,
  value: encode((writer) => writer.writeInt(1)),
});
