/** Changes a record that several nodes may change at the same time, without locks. */
import { AppError } from "../../shared/errors.ts";

/** Maximum number of tries: more than a user, a second tab and two background tasks can need. */
const MAX_TRIES = 20;

export interface CompareAndSet<Read, Changed, Stored> {
  /** Names the record in the error text, e.g. "attempt 01J…". */
  readonly record: string;
  /**
   * The record as this node knew it last, possibly outdated. A change of it is tried first, without reading: `write`
   * refuses the change if the record is newer. If `change` returns null for it, the record is read nevertheless,
   * because it may be newer.
   */
  readonly remembered?: Read | null;
  /** Null when there is no such record. */
  readonly read: () => Promise<Read | null>;
  /** Returns null when nothing is to be written. It runs again on each try, so it must depend on its argument alone. */
  readonly change: (present: Read) => Changed | null;
  /** Returns null when another writer changed the record after `present` was read. */
  readonly write: (changed: Changed, present: Read) => Promise<Stored | null>;
}

export interface CompareAndSetResult<Read, Stored> {
  /** The record that `change` saw last. */
  readonly present: Read;
  /** Null when `change` had nothing to write. */
  readonly stored: Stored | null;
}

/**
 * Reads, changes and writes a record, and starts over when another writer was faster. Returns null when the record does
 * not exist. Throws STORE_UNAVAILABLE when every try collides, and any error the three functions throw.
 */
export async function compareAndSet<Read, Changed, Stored>({
  record,
  remembered = null,
  read,
  change,
  write,
}: CompareAndSet<Read, Changed, Stored>): Promise<CompareAndSetResult<Read, Stored> | null> {
  const early = remembered === null ? null : change(remembered);
  if (remembered !== null && early !== null) {
    const stored = await write(early, remembered);
    if (stored !== null) return { present: remembered, stored };
  }
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const present = await read();
    if (present === null) return null;
    const changed = change(present);
    if (changed === null) return { present, stored: null };
    const stored = await write(changed, present);
    if (stored !== null) return { present, stored };
  }
  throw new AppError(
    "STORE_UNAVAILABLE",
    `The ${record} could not be saved: another writer changed it during each of ${MAX_TRIES} tries. Try again.`,
  );
}
