/**
 * Length-prefixed fields: no two different lists of fields have the same bytes, so a signature or a seal means one thing only.
 * Runs in browsers too.
 */
export function packFields(
  label: string,
  fields: readonly (string | number | boolean | Uint8Array)[],
): Uint8Array<ArrayBuffer> {
  const parts = [label, ...fields].map((field) => (typeof field === "object" ? field : String(field)));
  // UTF-8 takes three bytes a UTF-16 code unit at most.
  const room = parts.reduce((sum, part) => sum + 4 + part.length * (typeof part === "string" ? 3 : 1), 0);
  const packed = new Uint8Array(room);
  const view = new DataView(packed.buffer);
  let offset = 0;
  for (const part of parts) {
    const start = offset + 4;
    const length = typeof part === "string" ? writeText(part, packed, start) : part.length;
    if (typeof part !== "string") packed.set(part, start);
    view.setUint32(offset, length);
    offset = start + length;
  }
  return packed.subarray(0, offset);
}

/** Up to this length a loop is faster than the call to the encoder: most fields are short and ASCII, and there are many. */
const SHORT = 64;

function writeText(text: string, into: Uint8Array, offset: number): number {
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit > 0x7f || text.length > SHORT) {
      const rest = new TextEncoder().encodeInto(text.slice(index), into.subarray(offset + index));
      return index + rest.written;
    }
    into[offset + index] = unit;
  }
  return text.length;
}
