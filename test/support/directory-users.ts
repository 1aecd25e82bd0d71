/** Makes users by number, and the changes of a run about them. */
import type { StoredUser } from "../../cloud/store/user-record.ts";
import type { SyncChange } from "../../shared/protocol/frames.ts";
import { type DirectoryUser, fingerprintUser, serializeUser } from "../../shared/user.ts";

export const userId = (number: number): string =>
  (number * 2_654_435_761).toString(16).padStart(32, "0").split("").reverse().join("");

export function testUser(number: number, changes: Partial<DirectoryUser> = {}): DirectoryUser {
  return {
    id: userId(number),
    userName: `User${number}@contoso.com`,
    aliases: [`user${number}`],
    displayName: `User ${number}`,
    mobile: `+32470${String(number).padStart(6, "0")}`,
    officePhone: null,
    alternateEmail: null,
    mail: null,
    enabled: true,
    protected: false,
    phoneProblems: [],
    valueProblems: [],
    ...changes,
  };
}

/** A user as the cloud has it, whose destinations never changed. */
export const storedUser = (number: number, changes: Partial<StoredUser> = {}): StoredUser => ({
  ...testUser(number),
  source: 1,
  createdAt: 0,
  changedAt: 0,
  numberChangedAt: null,
  officePhoneChangedAt: null,
  alternateEmailChangedAt: null,
  ...changes,
});

export const asUser = (user: DirectoryUser): SyncChange => ({
  kind: "user",
  user,
  fingerprint: fingerprintUser(serializeUser(user)),
});
export const asDigest = (user: DirectoryUser): SyncChange => ({
  kind: "digest",
  id: user.id,
  fingerprint: fingerprintUser(serializeUser(user)),
  unusableNumber: user.phoneProblems.length > 0,
});
export const asGone = (number: number): SyncChange => ({
  kind: "gone",
  id: userId(number),
  reason: "deleted",
});
export const usersUpTo = (count: number): DirectoryUser[] =>
  Array.from({ length: count }, (_, number) => testUser(number));
