/** The one loop by which several nodes change one record without locks. */
import { AppError } from "../../shared/errors.ts";

/** More tries than a user, a second tab and two background tasks can need. */
const MAX_TRIES = 20;

export interface CompareAndSet<Read, Changed, Stored> {
  /** Names the record in the error text, e.g. "attempt 01J…". */
  readonly record: string;
  /**
   * The record as this node knew it last, possibly outdated. Its change is tried first, without reading: `write` refuses it if the
   * record has moved on. That `change` makes nothing of it proves nothing, so the record is read then.
   */
  readonly remembered?: Read | null;
  /** Null when there is no such record. */
  readonly read: () => Promise<Read | null>;
  /** Null when nothing is to be written. Called again for each try, so it decides from its argument alone. */
  readonly change: (present: Read) => Changed | null;
  /** Null when another writer changed the record after `present` was read. */
  readonly write: (changed: Changed, present: Read) => Promise<Stored | null>;
}

export interface CompareAndSetResult<Read, Stored> {
  /** The record that `change` saw last. */
  readonly present: Read;
  /** Null when `change` had nothing to write. */
  readonly stored: Stored | null;
}

/**
 * Reads, changes and writes a record; starts over when another writer was faster. Null when there is no such record. Throws
 * STORE_UNAVAILABLE when every try collides, and whatever the three functions throw.
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
    `The ${record} could not be saved: it was changed by others during each of ${MAX_TRIES} tries.`,
  );
}
