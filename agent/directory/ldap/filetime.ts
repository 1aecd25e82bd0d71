/** FILETIME: 100 ns ticks since 1601, as 64-bit integers in decimal; intervals are negative ([MS-ADTS] 3.1.1.1). */
const TICKS_PER_MS = 10_000n;
const EPOCH_MS = 11_644_473_600_000n;
const NEVER = 2n ** 63n - 1n;

/** Null for 0 and 2^63-1, both of which mean never, and for what is not a number. */
export function fileTimeToMs(text: string | undefined): number | null {
  const ticks = parseTicks(text);
  return ticks === null || ticks <= 0n || ticks >= NEVER ? null : Number(ticks / TICKS_PER_MS - EPOCH_MS);
}

/** Seconds of a negative interval; null when there is none, Infinity for -2^63 ("until an administrator does it"). */
export function fileTimeIntervalSeconds(text: string | undefined): number | null {
  const ticks = parseTicks(text);
  if (ticks === null || ticks > 0n) return null;
  return ticks <= -NEVER ? Infinity : Number(-ticks / (TICKS_PER_MS * 1000n));
}

function parseTicks(text: string | undefined): bigint | null {
  return text !== undefined && /^-?\d{1,20}$/.test(text) ? BigInt(text) : null;
}
