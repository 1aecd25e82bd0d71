/**
 * Remembers outside Redis that the records of this installation carry codes. Otherwise a writer of Redis could take the codes away
 * and plant records of their own, and an administrator would adopt them like those of an earlier version.
 */
import { join } from "node:path";
import { readPrivate, writeOnce } from "./key-files.ts";

export const sealedMarkOf = (dataDirectory: string): string => join(dataDirectory, "records.sealed");

/** Throws STATE_UNREADABLE when the file is accessible to other users. */
export const isMarkedSealed = async (dataDirectory: string): Promise<boolean> =>
  (await readPrivate(sealedMarkOf(dataDirectory))) !== null;

/** `now`: epoch ms. Keeps the time of the first call. */
export async function markSealed(dataDirectory: string, now: number): Promise<void> {
  await writeOnce(sealedMarkOf(dataDirectory), `${new Date(now).toISOString()}\n`);
}
