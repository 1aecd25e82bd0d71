/** FILETIME: ticks of 100 ns since 1601, as 64-bit integers in decimal. Intervals are negative ([MS-ADTS] 3.1.1.1). */
const TICKS_PER_MS = 10_000n;
const EPOCH_MS = 11_644_473_600_000n;
const NEVER = 2n ** 63n - 1n;

/** Returns epoch ms. "never": 0, 2^63-1, or no text. */
export function parseFileTime(text: string | undefined): number | "never" | "unreadable" {
  if (text === undefined) return "never";
  const ticks = parseTicks(text);
  if (ticks === null || ticks < 0n) return "unreadable";
  return ticks === 0n || ticks >= NEVER ? "never" : Number(ticks / TICKS_PER_MS - EPOCH_MS);
}

/** Returns epoch ms; null for "never" and for text that is no time. */
export function fileTimeToMs(text: string | undefined): number | null {
  const time = parseFileTime(text);
  return typeof time === "number" ? time : null;
}

/**
 * Returns the seconds of a negative interval. Null when there is none; Infinity for -2^63, "until an administrator acts".
 */
export function fileTimeIntervalSeconds(text: string | undefined): number | null {
  const ticks = parseTicks(text);
  if (ticks === null || ticks > 0n) return null;
  return ticks <= -NEVER ? Infinity : Number(-ticks / (TICKS_PER_MS * 1000n));
}

function parseTicks(text: string | undefined): bigint | null {
  return text !== undefined && /^-?\d{1,20}$/.test(text) ? BigInt(text) : null;
}
