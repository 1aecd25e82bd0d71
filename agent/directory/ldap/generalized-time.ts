/** Generalized time (RFC 4517 section 3.3.13), in which LDAP servers write points in time. */

const HOUR_MS = 3_600_000;
/** The parts before the zone: minutes, seconds and a fraction of the last part may be left out. */
const FORM = /^(\d{4})(\d\d)(\d\d)(\d\d)(?:(\d\d)(\d\d)?)?(?:[.,](\d{1,20}))?(Z|[+-]\d\d(?:\d\d)?)$/;

/** Parses every form to epoch ms, rounded down. Null for text of another form, and for a day that no calendar has. */
export function parseGeneralizedTime(text: string | null | undefined): number | null {
  const parts = FORM.exec(text ?? "");
  if (parts === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0] = parts.slice(1, 5).map(Number);
  const [minuteText, secondText, fraction, zone = "Z"] = parts.slice(5, 9);
  const [minute, second] = [Number(minuteText ?? 0), Number(secondText ?? 0)];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day); // Date.UTC takes years below 100 for years after 1900
  const isOnCalendar = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  const offsetMs = parseZone(zone);
  // A leap second is the 60th.
  if (!isOnCalendar || hour > 23 || minute > 59 || second > 60 || offsetMs === null) return null;
  const unitMs = secondText !== undefined ? 1000 : minuteText !== undefined ? 60_000 : HOUR_MS;
  const fractionMs = fraction === undefined ? 0 : Math.floor(Number(`0.${fraction}`) * unitMs);
  return date.getTime() + hour * HOUR_MS + minute * 60_000 + second * 1000 + fractionMs - offsetMs;
}

function parseZone(zone: string): number | null {
  if (zone === "Z") return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(3) || 0)];
  if (hours > 23 || minutes > 59) return null;
  return (zone.startsWith("-") ? -1 : 1) * (hours * HOUR_MS + minutes * 60_000);
}

/** Formats epoch ms as `20260131235959Z`, rounded down to the second. */
export function toGeneralizedTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/[-:T]|\.\d+/g, "");
}
