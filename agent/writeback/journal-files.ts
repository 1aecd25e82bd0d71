/** The few file system calls of the journal, so that tests can simulate a full or failing disk. */
import { constants } from "node:fs";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { syncDirectory } from "../../shared/sync-directory.ts";
import { systemCodeOf } from "../../shared/system-errors.ts";

/** When a call has resolved, its effect is on disk. */
export interface JournalFile {
  /** Writes at `position` and resolves with the bytes written: fewer than asked when the disk is full, without an error. */
  write(bytes: Buffer, position: number): Promise<number>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

export interface JournalFiles {
  /** Null when there is no such file. */
  read(path: string): Promise<Buffer | null>;
  /** Opens a file for writing at any position; makes it with mode 0600 when it is missing. */
  open(path: string): Promise<JournalFile>;
  rename(from: string, to: string): Promise<void>;
  /** A missing file is no error. */
  remove(path: string): Promise<void>;
  /** Makes a rename in this directory last through a power cut. */
  syncDirectory(path: string): Promise<void>;
}

/** Makes a write return when it is on disk: half as many calls as a write and a sync. Windows has no such flag. */
const SYNCED = (constants.O_DSYNC as number | undefined) ?? 0;

export const systemFiles: JournalFiles = {
  async read(path) {
    try {
      return await readFile(path);
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  },
  async open(path) {
    const handle = await openForWriting(path);
    return {
      async write(bytes, position) {
        const { bytesWritten } = await handle.write(bytes, 0, bytes.length, position);
        if (SYNCED === 0) await handle.datasync();
        return bytesWritten;
      },
      async truncate(length) {
        await handle.truncate(length);
        await handle.datasync();
      },
      close: () => handle.close(),
    };
  },
  rename: (from, to) => rename(from, to),
  remove: (path) => rm(path, { force: true }),
  syncDirectory,
};

async function openForWriting(path: string): ReturnType<typeof open> {
  const openNow = (): ReturnType<typeof open> =>
    open(path, constants.O_RDWR | constants.O_CREAT | SYNCED, 0o600);
  try {
    return await openNow();
  } catch (error) {
    if (!isMissing(error)) throw error;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return openNow();
  }
}

const isMissing = (error: unknown): boolean => systemCodeOf(error) === "ENOENT";
