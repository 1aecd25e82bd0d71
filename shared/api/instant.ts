import { z } from "zod";

/** A time: ISO 8601 UTC on the wire, epoch milliseconds in the programs. */
export const instant = z.codec(z.iso.datetime(), z.int().min(0), {
  decode: (text) => Date.parse(text),
  encode: (ms) => new Date(ms).toISOString(),
});
