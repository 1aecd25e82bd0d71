/**
 * Packs fields with their lengths. Two different lists of fields never give the same bytes, so a signature or a seal
 * has one meaning only. Runs in browsers too.
 */
export function packFields(
  label: string,
  fields: readonly (string | number | boolean | Uint8Array)[],
): Uint8Array<ArrayBuffer> {
  const parts: (string | Uint8Array)[] = [label];
  let room = roomOf(label);
  for (const field of fields) {
    const part = typeof field === "object" ? field : String(field);
    parts.push(part);
    room += roomOf(part);
  }
  const packed = new Uint8Array(room);
  let offset = 0;
  for (const part of parts) {
    const start = offset + LENGTH_BYTES;
    const length = typeof part === "string" ? writeText(part, packed, start) : part.length;
    if (typeof part !== "string") packed.set(part, start);
    for (let at = start - 1, rest = length; at >= offset; at -= 1, rest >>>= 8) packed[at] = rest;
    offset = start + length;
  }
  return packed.subarray(0, offset);
}

const LENGTH_BYTES = 4;

/** UTF-8 needs at most three bytes for one UTF-16 code unit. */
const roomOf = (part: string | Uint8Array): number =>
  LENGTH_BYTES + part.length * (typeof part === "string" ? 3 : 1);

/**
 * Up to this length a loop is faster than a call of the encoder. Most fields are short and ASCII, and there are many.
 */
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
