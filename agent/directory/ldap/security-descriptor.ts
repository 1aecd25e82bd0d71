/** Reads who may write which attribute from a security descriptor of Active Directory ([MS-DTYP] 2.4.6). */
import type { RequestControl } from "./controls.ts";
import { guidToId } from "./guid.ts";
import { LDAP_OID } from "./oids.ts";
import { sidText } from "./sid.ts";

/** Asks for the DACL alone ([MS-ADTS] 3.1.1.3.4.1.11): the rest needs rights that an account that reads does not have. */
export const daclOnly: RequestControl = {
  oid: LDAP_OID.securityDescriptorFlags,
  critical: true,
  value: Buffer.from([0x30, 3, 2, 1, 4]),
};

/** One entry of the access list, without those that are only passed on to children. */
export interface AccessEntry {
  readonly isAllowed: boolean;
  readonly sid: string;
  readonly mask: number;
  /** The attribute or property set that it is about, 32 hex digits; null for all. */
  readonly about: string | null;
}

const MAY_WRITE = 0x20 | 0x40000000 | 0x10000000; // RIGHT_DS_WRITE_PROPERTY, GENERIC_WRITE, GENERIC_ALL
const INHERIT_ONLY = 0x08;
/** Types of entries: ACCESS_ALLOWED, ACCESS_DENIED, and both with an object ([MS-DTYP] 2.4.4.1). */
const TYPES: Readonly<Record<number, { isAllowed: boolean; hasObject: boolean }>> = {
  0x00: { isAllowed: true, hasObject: false },
  0x01: { isAllowed: false, hasObject: false },
  0x05: { isAllowed: true, hasObject: true },
  0x06: { isAllowed: false, hasObject: true },
};

/** Returns the entries in their order. `isWhole`: false when the descriptor was cut off. */
export function parseAccessList(descriptor: Buffer): { entries: AccessEntry[]; isWhole: boolean } {
  const entries: AccessEntry[] = [];
  if (descriptor.length < 20) return { entries, isWhole: false };
  const list = descriptor.readUInt32LE(16);
  if (list === 0) return { entries, isWhole: true };
  if (list + 8 > descriptor.length) return { entries, isWhole: false };
  const count = descriptor.readUInt16LE(list + 4);
  let at = list + 8;
  for (let index = 0; index < count; index++) {
    const size = at + 4 > descriptor.length ? 0 : descriptor.readUInt16LE(at + 2);
    if (size < 8 || at + size > descriptor.length) return { entries, isWhole: false };
    const entry = parseEntry(descriptor.subarray(at, at + size));
    if (entry !== null) entries.push(entry);
    at += size;
  }
  return { entries, isWhole: true };
}

/** Null for an entry of another type, or one for children alone. */
function parseEntry(bytes: Buffer): AccessEntry | null {
  const type = TYPES[bytes[0] ?? 0xff];
  if (type === undefined || ((bytes[1] ?? 0) & INHERIT_ONLY) !== 0) return null;
  let at = 8;
  let about: string | null = null;
  if (type.hasObject) {
    if (bytes.length < 12) return null;
    const flags = bytes.readUInt32LE(8); // 1: an object type follows; 2: the type of the children that inherit it
    at = 12;
    if ((flags & 1) !== 0) {
      about = guidToId(bytes.subarray(at, at + 16));
      at += 16;
    }
    if ((flags & 2) !== 0) at += 16;
  }
  const length = 8 + (bytes[at + 1] ?? 0) * 4;
  const sid = sidText(bytes.subarray(at, at + length));
  return sid === null ? null : { isAllowed: type.isAllowed, sid, mask: bytes.readUInt32LE(4), about };
}

/** Tells whether any of these may write the attribute: the first entry that concerns it decides. */
export function mayWrite(
  entries: readonly AccessEntry[],
  isOneOf: (sid: string) => boolean,
  { id, set }: { readonly id: string; readonly set: string | null },
): boolean {
  const first = entries.find(
    ({ sid, mask, about }) =>
      (mask & MAY_WRITE) !== 0 && isOneOf(sid) && (about === null || about === id || about === set),
  );
  return first?.isAllowed ?? false;
}
