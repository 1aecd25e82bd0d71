/** objectGUID: sixteen bytes whose first three groups are little-endian ([MS-DTYP] 2.3.4.2), against our ids in the dashed form's order. */
import { toDashedId } from "../../../shared/ids.ts";

export const GUID_BYTES = 16;

/** The order of the bytes of the textual form within the binary form. */
const ORDER = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15] as const;

/** Swapping twice gives the same bytes back, so one table serves both ways. */
const reorder = (bytes: Buffer): Buffer => Buffer.from(ORDER.map((at) => bytes[at] ?? 0));

/** Null for anything that is not sixteen bytes. */
export function guidToId(guid: Buffer | undefined): string | null {
  return guid?.length === GUID_BYTES ? reorder(guid).toString("hex") : null;
}

export function idToGuid(id: string): Buffer {
  return reorder(Buffer.from(id, "hex"));
}

/** A DN that finds the object wherever it was moved to ([MS-ADTS] 3.1.1.3.1.2.4). */
export function guidDn(id: string): string {
  return `<GUID=${toDashedId(id)}>`;
}
