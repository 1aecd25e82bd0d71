/**
 * The stored form of a user. Its MAC covers all of it, and the key with the user's id, so that a writer of Redis can neither
 * edit a record nor copy one to another user.
 *
 * `s` and the source's number (5) | MAC (22) | fingerprint (16) | createdAt (10) | changedAt (10) | for each destination, the
 * time since which it has its value (10 each) | names, separated by \0 | \n | serialized user. Times are epoch seconds. The
 * header gives functions/sync/ all it needs without parsing JSON; only nodes write it.
 */
import type { AppError } from "../../shared/errors.ts";
import { type DirectoryUser, directoryUserSchema } from "../../shared/user.ts";
import { MAC_LENGTH } from "../keys/record-mac.ts";
import { keys } from "./keys.ts";
import type { Store } from "./store.ts";

/** The synced values that codes are sent to. */
export const DESTINATION_FIELDS = ["mobile", "officePhone", "alternateEmail"] as const;
export type DestinationField = (typeof DESTINATION_FIELDS)[number];
export type Destinations = Pick<DirectoryUser, DestinationField>;

/** Epoch seconds since which each destination has its value; 0 for a value that the source's first run found. */
export type SinceTimes = Readonly<Record<DestinationField, number>>;

export interface UserRecord {
  readonly source: number;
  readonly fingerprint: string;
  /** Epoch seconds, as all times of a record. */
  readonly createdAt: number;
  readonly changedAt: number;
  readonly since: SinceTimes;
  /** The indexed names and display names, separated by \0. */
  readonly names: string;
  /** The serialized user. */
  readonly json: string;
}

export interface StoredUser extends DirectoryUser {
  /** Number of the source that the user was read from. */
  readonly source: number;
  /** Epoch milliseconds, rounded to whole seconds; so are the others. */
  readonly createdAt: number;
  readonly changedAt: number;
  /**
   * Time at which `mobile` last changed, or at which the user was added; null for a value that the source's first complete
   * run found. The next two are the same for the other destinations.
   */
  readonly numberChangedAt: number | null;
  readonly officePhoneChangedAt: number | null;
  readonly alternateEmailChangedAt: number | null;
}

/** Returns the time at which a destination of a user last changed. */
export function changedAtOf(
  user: Pick<StoredUser, "numberChangedAt" | "officePhoneChangedAt" | "alternateEmailChangedAt">,
  field: DestinationField,
): number | null {
  switch (field) {
    case "mobile":
      return user.numberChangedAt;
    case "officePhone":
      return user.officePhoneChangedAt;
    case "alternateEmail":
      return user.alternateEmailChangedAt;
  }
}

const SOURCE_LENGTH = 5;
const MAC_END = SOURCE_LENGTH + MAC_LENGTH;
const HEADER_LENGTH = MAC_END + 16 + 5 * 10;
const HEADER = /^s[0-9]{4}.{22}([0-9a-f]{16})((?:[0-9]{10}){5})/;

/** The record that a MAC is made for. It is no Redis key: the user's bucket is the field's first three digits. */
const nameOf = (tenantId: string, userId: string): string => keys.userBuckets(tenantId) + userId;

/** Prints a record with its MAC. */
export function printUserRecord(
  { mac }: Pick<Store, "mac">,
  tenantId: string,
  userId: string,
  { source, fingerprint, createdAt, changedAt, since, names, json }: UserRecord,
): string {
  const times = [createdAt, changedAt, ...DESTINATION_FIELDS.map((field) => since[field])];
  const mark = `s${String(source).padStart(4, "0")}`;
  const rest = `${fingerprint}${times.map(printTime).join("")}${names}\n${json}`;
  return mark + mac.sign(nameOf(tenantId, userId), mark + rest) + rest;
}

const printTime = (seconds: number): string => String(seconds).padStart(10, "0");

/** Reads an authentic record. Null for any other value, which the caller has to report: see `refuseUser`. */
export function readUserRecord(
  { mac }: Pick<Store, "mac">,
  tenantId: string,
  userId: string,
  value: string,
): UserRecord | null {
  const mark = value.slice(0, SOURCE_LENGTH);
  if (!mac.verify(nameOf(tenantId, userId), mark + value.slice(MAC_END), value.slice(SOURCE_LENGTH, MAC_END)))
    return null;
  const [, fingerprint = "", times = ""] = HEADER.exec(value) ?? [];
  const end = value.indexOf("\n", HEADER_LENGTH);
  const time = (at: number): number => Number(times.slice(at * 10, at * 10 + 10));
  return {
    source: Number(mark.slice(1)),
    fingerprint,
    createdAt: time(0),
    changedAt: time(1),
    since: { mobile: time(2), officePhone: time(3), alternateEmail: time(4) },
    names: value.slice(HEADER_LENGTH, end),
    json: value.slice(end + 1),
  };
}

/** Reports a value that `readUserRecord` does not accept, and returns the error. */
export const refuseUser = (
  { refusals }: Pick<Store, "refusals">,
  tenantId: string,
  userId: string,
): AppError =>
  refusals.refuse({
    kind: "user",
    tenantId,
    key: `${keys.userBuckets(tenantId)}${userId.slice(0, 3)} ${userId}`,
  });

/** Returns the user in a record. */
export function toStoredUser({ source, createdAt, changedAt, since, json }: UserRecord): StoredUser {
  const milliseconds = (seconds: number): number | null => (seconds === 0 ? null : seconds * 1000);
  return {
    ...directoryUserSchema.parse(JSON.parse(json)),
    source,
    createdAt: createdAt * 1000,
    changedAt: changedAt * 1000,
    numberChangedAt: milliseconds(since.mobile),
    officePhoneChangedAt: milliseconds(since.officePhone),
    alternateEmailChangedAt: milliseconds(since.alternateEmail),
  };
}
