/** Converts a binary SID ([MS-DTYP] 2.4.2.2) to `S-1-5-21-…`. */
export function sidText(sid: Buffer | undefined): string | null {
  if (sid === undefined || sid.length < 8 || sid.length !== 8 + (sid[1] ?? 0) * 4) return null;
  const parts = Array.from({ length: sid[1] ?? 0 }, (_, index) => sid.readUInt32LE(8 + index * 4));
  return ["S", sid[0], sid.readUIntBE(2, 6), ...parts].join("-");
}
