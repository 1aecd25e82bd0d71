import { toDashedId } from "../../../shared/ids.ts";
import type { EntryProblem } from "../directory.ts";
import { anyOf, equals, type Filter } from "../ldap/filters.ts";
import { guidToId, idToGuid } from "../ldap/guid.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";

/** Converts a directory's unchanging id to a user id (32 hex digits), and back. */
export interface EntryIds {
  readonly attribute: string;
  /** Returns null when the entry has no such value, or one that is not an id. */
  idOf(raw: Pick<DirectoryEntryRaw, "attributes">): string | null;
  /** Tells why an entry without an id cannot be used. */
  problemOf(raw: Pick<DirectoryEntryRaw, "attributes">): EntryProblem;
  filterOf(id: string): Filter;
}

const ID_BYTES = 16;

/**
 * objectGUID is binary with its first groups swapped, other 16-byte values (eDirectory's GUID) are plain binary, nsUniqueId is
 * hex in groups of eight, and everything else (entryUUID, ipaUniqueID) a UUID in text.
 */
export function createEntryIds(attribute: string): EntryIds {
  const name = attribute.toLowerCase();
  const idOfBinary = (value: Buffer): string | null =>
    name === "objectguid" ? guidToId(value) : value.length === ID_BYTES ? value.toString("hex") : null;
  return {
    attribute,
    idOf(raw) {
      const value = raw.attributes.get(name)?.[0];
      if (value === undefined) return null;
      const hex = value.toString("latin1").replaceAll("-", "").toLowerCase();
      return /^[0-9a-f]{32}$/.test(hex) ? hex : idOfBinary(value);
    },
    problemOf(raw) {
      const values = raw.attributes.get(name) ?? [];
      return { reason: values.length > 1 ? "several_ids" : "no_id", attribute };
    },
    filterOf(id) {
      if (name === "objectguid") return equals(attribute, idToGuid(id));
      if (name === "guid") return equals(attribute, Buffer.from(id, "hex"));
      if (name === "nsuniqueid") return equals(attribute, (id.match(/.{8}/g) ?? []).join("-"));
      if (name === "entryuuid" || name === "ipauniqueid") return equals(attribute, toDashedId(id));
      // An attribute of the administrator's own choice is compared as text or as bytes, and the id does not tell how
      // the value is written. A form that does not suit its syntax matches nothing (RFC 4511 section 4.5.1.7).
      const texts = [toDashedId(id), id].flatMap((text) => [text, text.toUpperCase()]);
      return anyOf([...texts, Buffer.from(id, "hex")].map((value) => equals(attribute, value)));
    },
  };
}
