/** Length-prefixed fields: no two different lists of fields have the same bytes, so a signature means one thing only. */
export function packFields(
  label: string,
  fields: readonly (string | number | boolean | Uint8Array)[],
): Buffer {
  const parts: Buffer[] = [];
  for (const field of [label, ...fields]) {
    const bytes = typeof field === "object" ? Buffer.from(field) : Buffer.from(String(field), "utf8");
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    parts.push(length, bytes);
  }
  return Buffer.concat(parts);
}

export const toBase64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");
export const fromBase64url = (text: string): Buffer => Buffer.from(text, "base64url");
