/** The few calls the journal makes of a file system, so that a full or failing disk can be put in its place. */
import { constants } from "node:fs";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** What has resolved is on disk. */
export interface JournalFile {
  /** Writes at `position` and resolves with the bytes written: fewer than asked when the disk is full, without an error. */
  write(bytes: Buffer, position: number): Promise<number>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

export interface JournalFiles {
  /** Null when there is no such file. */
  read(path: string): Promise<Buffer | null>;
  /** For writing at any place; made with mode 0600 when it is missing. */
  open(path: string): Promise<JournalFile>;
  rename(from: string, to: string): Promise<void>;
  /** A missing file is no error. */
  remove(path: string): Promise<void>;
  /** Makes a rename in this directory last through a power cut. */
  syncDirectory(path: string): Promise<void>;
}

/** Lets a write end when it is on disk: half the calls of a write and a sync. Windows has no such thing. */
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
  async syncDirectory(path) {
    // Windows opens no directories; there the rename itself is written through.
    const handle = await open(path, "r").catch(() => null);
    if (handle === null) return;
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
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

const isMissing = (error: unknown): boolean =>
  error instanceof Error && Reflect.get(error, "code") === "ENOENT";
