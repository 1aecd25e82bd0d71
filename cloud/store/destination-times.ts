/** Decides since when each destination of a user has its value: changed ones have to wait before they count. Pure. */
import {
  DESTINATION_FIELDS,
  type DestinationField,
  type Destinations,
  type SinceTimes,
} from "./user-record.ts";

/** What the store knows of a user, even of one who was deleted and has come back. */
export interface KnownUser {
  readonly since: SinceTimes;
  readonly destinations: Destinations;
}

/**
 * `known`: null for a user whom the store does not know. Such a user's destinations are as new as the user, because they may
 * just have been written for the first time by somebody else. Those that the source's first run finds count as old: there is
 * nothing to compare them with, and the installation could not begin otherwise.
 */
export function decideTimes(
  known: KnownUser | null,
  now: Destinations,
  { seconds, isFirstRun }: { readonly seconds: number; readonly isFirstRun: boolean },
): { readonly since: SinceTimes; readonly changed: readonly DestinationField[] } {
  if (known === null) {
    const time = isFirstRun ? 0 : seconds;
    return { since: { mobile: time, officePhone: time, alternateEmail: time }, changed: [] };
  }
  const changed = changedDestinations(known.destinations, now);
  const time = (field: DestinationField): number => (changed.includes(field) ? seconds : known.since[field]);
  return {
    since: {
      mobile: time("mobile"),
      officePhone: time("officePhone"),
      alternateEmail: time("alternateEmail"),
    },
    changed,
  };
}

/** Lists the destinations that are not the same in both. */
export const changedDestinations = (before: Destinations, after: Destinations): DestinationField[] =>
  DESTINATION_FIELDS.filter((field) => before[field] !== after[field]);
