/**
 * Converts objectGUID, whose first three groups are little-endian ([MS-DTYP] 2.3.4.2), to our ids, which have the order
 * of the dashed form.
 */
import { toDashedId } from "../../../shared/ids.ts";

const GUID_BYTES = 16;

/** Position in the binary form of each byte of the textual form. */
const ORDER = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15] as const;

/** Reordering twice gives the original bytes, so one table serves both directions. */
const reorder = (bytes: Buffer): Buffer => Buffer.from(ORDER.map((at) => bytes[at] ?? 0));

/** Returns null for any value that does not have sixteen bytes. */
export function guidToId(guid: Buffer | undefined): string | null {
  return guid?.length === GUID_BYTES ? reorder(guid).toString("hex") : null;
}

export function idToGuid(id: string): Buffer {
  return reorder(Buffer.from(id, "hex"));
}

/** Returns a DN that finds the object even after it was moved ([MS-ADTS] 3.1.1.3.1.2.4). */
export function guidDn(id: string): string {
  return `<GUID=${toDashedId(id)}>`;
}
