/** Interprets an entry, for the change feed and for reading one account alike: names, enabled, protected. */
import type { AttributeMapping, DirectoryConfig } from "../../config.ts";
import type { DialectName, DirectoryEntry, EnabledState, EntryProblem, LoginNames } from "../directory.ts";
import { isTrue, textOf } from "../ldap/entry-text.ts";
import { parseGeneralizedTime } from "../ldap/generalized-time.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import type { Schema } from "../ldap/schema.ts";
import { parseAccountControl } from "./account-control.ts";
import { defaultIdAttribute, nameAttributesOf, requestedAttributes } from "./dialects.ts";
import { createEntryIds, type EntryIds } from "./entry-id.ts";
import { answeredMapping } from "./known-attributes.ts";
import { readLoginNames } from "./login-names.ts";
import { UnusableEntry } from "./read-values.ts";

/**
 * Tells whether an account stays locked until an administrator unlocks it: pwdAccountLockedTime is the first minute of the year 0
 * (draft-behera-ldap-password-policy 5.3.3). Servers accept every form of that time, with seconds or an offset too, so its value
 * counts. Any time before 1970 is taken so, since no server can have locked an account then.
 */
export function isLockedForGood(raw: RawEntry): boolean {
  const lockedAt = parseGeneralizedTime(textOf(raw, "pwdAccountLockedTime"));
  return lockedAt !== null && lockedAt < 0;
}

export interface EntryReaderDeps {
  readonly dialect: DialectName;
  readonly config: Pick<DirectoryConfig, "idAttribute">;
  readonly attributes: AttributeMapping;
  /** Null or absent when the server shows none. */
  readonly schema?: Schema | null;
}

/**
 * Tells whether replication made this entry or one above it, because the same name was added on two servers at once. It has
 * the names of the other one, so a user of that name would be found twice; a user below it may be deleted with it. Active
 * Directory renames it ([MS-ADTS] 3.1.1.5.1.2: a line feed and `CNF:` with its objectGUID); 389-ds adds nsUniqueId to its RDN.
 */
const isConflict = (dn: string): boolean =>
  /(?:\\0A|\n)CNF:[0-9a-f-]{36}(?=[,+]|$)/i.test(dn) || /(?:^|,)nsuniqueid=[0-9a-f-]{35}\+/i.test(dn);

type RawEntry = Pick<DirectoryEntryRaw, "dn" | "attributes">;

export interface EntryReader {
  readonly ids: EntryIds;
  /** The attributes that find a user, the user name first. */
  readonly nameAttributes: readonly string[];
  /** Everything that a feed asks for, the id attribute among it. */
  readonly attributes: readonly string[];
  /**
   * `base`: the configured base it was found under. `isGuarded`: whether the configuration protects it. `knownId`: where the
   * server gave the id beside the entry.
   */
  toEntry(raw: RawEntry, base: string, isGuarded: IsGuarded, knownId?: string): DirectoryEntry;
  enabledState(raw: RawEntry): EnabledState;
}

export type IsGuarded = (raw: RawEntry, id: string | null) => boolean;

/** Tells whether Active Directory marks an account as privileged ([MS-ADTS] 3.1.1.6.1.2). */
export const isMarkedPrivileged = (raw: Pick<RawEntry, "attributes">): boolean =>
  textOf(raw, "adminCount") === "1";

export function createEntryReader(deps: EntryReaderDeps): EntryReader {
  const { dialect, config, schema = null } = deps;
  const mapping = answeredMapping(deps.attributes, schema);
  const idAttribute = config.idAttribute ?? defaultIdAttribute(dialect);
  const ids = createEntryIds(schema?.nameOf(idAttribute) ?? idAttribute);
  // A server that answers an alias by its first name has the values there.
  const { displayName, mobile, officePhone, mail, alternateEmail } = deps.attributes;
  const renamed = [displayName, mobile, officePhone, mail, alternateEmail ?? ""].flatMap((configured) => {
    const answered = schema?.nameOf(configured)?.toLowerCase();
    return answered === undefined || answered === configured.toLowerCase()
      ? []
      : [{ configured: configured.toLowerCase(), answered }];
  });
  const nameAttributes = nameAttributesOf(dialect, mapping);

  function namesOf(raw: RawEntry, id: string | null): LoginNames | EntryProblem {
    if (isConflict(raw.dn)) return { reason: "replication_conflict", attribute: "cn" };
    if (id === null) return ids.problemOf(raw);
    try {
      return readLoginNames(raw, nameAttributes);
    } catch (error) {
      if (error instanceof UnusableEntry) return error.problem;
      throw error;
    }
  }

  /** Does not consider a lockout, which ends by itself and is not a state that an administrator set. */
  function enabledState(raw: RawEntry): EnabledState {
    if (dialect === "active-directory") return parseAccountControl(textOf(raw, "userAccountControl")).enabled;
    return !isTrue(raw, "nsAccountLock") && !isLockedForGood(raw);
  }

  return {
    ids,
    nameAttributes: nameAttributes.searched,
    attributes: requestedAttributes(dialect, mapping, ids.attribute),
    toEntry(raw, base, isGuarded, knownId) {
      const id = knownId ?? ids.idOf(raw);
      const attributes = new Map<string, readonly Buffer[]>();
      for (const [name, values] of raw.attributes) if (values.length > 0) attributes.set(name, values);
      for (const { configured, answered } of renamed) {
        const values = attributes.get(answered);
        if (values !== undefined) attributes.set(configured, values);
      }
      return {
        id,
        dn: raw.dn,
        base,
        names: namesOf(raw, id),
        enabled: enabledState(raw),
        protected: isMarkedPrivileged(raw) || isGuarded(raw, id),
        attributes,
      };
    },
    enabledState,
  };
}
