/** Reads and atomically replaces files of the state directory (keys, generation). Only the service's own user may read them. */
import { randomBytes } from "node:crypto";
import type { Stats } from "node:fs";
import { lstat, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../../shared/errors.ts";
import { syncDirectory } from "../../shared/sync-directory.ts";
import { fileProblemOf, systemCodeOf } from "../../shared/system-errors.ts";
import { decryptAtRest, encryptAtRest, isEncrypted, stateKeyFrom } from "./at-rest.ts";

export interface StateDirectoryOptions {
  /** `$CREDENTIALS_DIRECTORY` of systemd. It holds `latchkey-state-key`, the key that the files are encrypted under. */
  readonly credentialsDirectory?: string | undefined;
  /** Makes the directory when it is missing (enrolment). */
  readonly create?: boolean;
}

export interface StateDirectory {
  readonly path: string;
  /** Null when there is no such file. Throws STATE_UNREADABLE. */
  read(name: string): Promise<Buffer | null>;
  /** Replaces the file atomically: it has either the old or the new content, even after a power cut. */
  write(name: string, content: string | Buffer): Promise<void>;
  remove(name: string): Promise<void>;
}

const STATE_KEY = "latchkey-state-key";
const MINIMUM_CREDENTIAL_BYTES = 32;
const MAX_FILE_BYTES = 1024 * 1024;

/**
 * Throws AGENT_NOT_ENROLLED when the directory is missing, STATE_UNREADABLE when it belongs to another user or other users may
 * read it.
 */
export async function openStateDirectory(
  path: string,
  { credentialsDirectory, create = false }: StateDirectoryOptions = {},
): Promise<StateDirectory> {
  if (create) await translate(path, () => mkdir(path, { recursive: true, mode: 0o700 }));
  const found = await translate(path, () => lstat(path).catch(nullWhenMissing));
  if (found === null)
    throw new AppError("AGENT_NOT_ENROLLED", `${path} does not exist: this host was never enrolled.`);
  if (!found.isDirectory()) throw unreadable(path, "is not a directory");
  checkPrivate(path, found);
  const key = credentialsDirectory === undefined ? null : await readStateKey(credentialsDirectory);

  return {
    path,
    async read(name) {
      const file = join(path, name);
      return translate(file, async () => {
        const stats = await lstat(file).catch(nullWhenMissing);
        if (stats === null) return null;
        if (!stats.isFile()) throw unreadable(file, "is not a plain file");
        checkPrivate(file, stats);
        if (stats.size > MAX_FILE_BYTES) throw unreadable(file, "is larger than 1 MiB");
        const content = await readFile(file);
        if (!isEncrypted(content)) return content;
        if (key === null)
          throw unreadable(file, `is encrypted, and the credential ${STATE_KEY} is not there`);
        try {
          return decryptAtRest(key, name, content);
        } catch (error) {
          throw unreadable(file, `does not open with the credential ${STATE_KEY}`, error);
        }
      });
    },
    async write(name, content) {
      const file = join(path, name);
      const plain = Buffer.from(content);
      await translate(file, () =>
        replaceFile(path, file, key === null ? plain : encryptAtRest(key, name, plain)),
      );
    },
    async remove(name) {
      const file = join(path, name);
      await translate(file, async () => {
        await rm(file, { force: true });
        await syncDirectory(path);
      });
    },
  };
}

async function replaceFile(directory: string, file: string, content: Buffer): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString("hex")}.new`;
  try {
    const handle = await open(temporary, "wx", 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(directory);
}

function checkPrivate(path: string, stats: Stats): void {
  if (process.platform === "win32") return; // Windows has no modes; the installer sets the access list
  const user = process.getuid?.();
  if (stats.uid !== user) throw unreadable(path, `belongs to user ${stats.uid}, not to ${String(user)}`);
  if ((stats.mode & 0o077) !== 0)
    throw unreadable(path, `is open to others (mode ${(stats.mode & 0o777).toString(8)})`);
}

async function readStateKey(directory: string): Promise<Buffer | null> {
  const file = join(directory, STATE_KEY);
  const credential = await translate(file, () => readFile(file).catch(nullWhenMissing));
  if (credential === null) return null;
  if (credential.length < MINIMUM_CREDENTIAL_BYTES)
    throw unreadable(file, `is shorter than ${MINIMUM_CREDENTIAL_BYTES} bytes`);
  return stateKeyFrom(credential);
}

function nullWhenMissing(error: unknown): null {
  if (systemCodeOf(error) === "ENOENT") return null;
  throw error;
}

async function translate<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw unreadable(path, `cannot be used: ${fileProblemOf(error)}`, error);
  }
}

const unreadable = (path: string, why: string, cause?: unknown): AppError =>
  new AppError("STATE_UNREADABLE", `${path} ${why}.`, cause === undefined ? {} : { cause });
