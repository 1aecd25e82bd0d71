/**
 * The keys of an installation, each in its own file in the data directory. Every node needs the service key. The issuer key signs
 * jobs that agents obey, so it can be removed from nodes that issue none. The portal key keeps the data of the portals (codes,
 * authenticators, counters) unreadable for an attacker who reads Redis. The record key authenticates records, so that a writer of
 * Redis cannot forge one.
 */
import { randomBytes } from "node:crypto";
import { link, lstat, mkdir, open, readFile, rename, rm, unlink } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { AppError } from "../../shared/errors.ts";
import { base64url } from "../../shared/ids.ts";
import { generateSigningKey, type SigningKey, signingKeyFromSeed } from "../../shared/sealing/signing-key.ts";
import { Secret } from "../../shared/secret.ts";
import { syncDirectory } from "../../shared/sync-directory.ts";
import { systemCodeOf } from "../../shared/system-errors.ts";
import { decodeText, TextFileError } from "../../shared/text-file.ts";
import { createPortalKeys, type PortalKeys } from "./portal-keys.ts";
import { createRecordMac, type RecordMac } from "./record-mac.ts";

export interface CloudKeys {
  readonly service: SigningKey;
  readonly issuer: SigningKey;
  readonly portal: PortalKeys;
  readonly records: RecordMac;
}

const FILES = {
  service: "service.key",
  issuer: "issuer.key",
  portal: "portal.key",
  records: "records.key",
} as const;

/** Creates the keys that are missing. `created`: true when there was no service key, so the installation is new. */
export async function createKeyFiles(
  dataDirectory: string,
): Promise<CloudKeys & { readonly created: boolean }> {
  await ensurePrivateDirectory(dataDirectory);
  const made = [];
  for (const file of Object.values(FILES))
    made.push(await writeOnce(join(dataDirectory, file), `${generateSigningKey().seed.reveal()}\n`));
  return { ...(await openKeyFiles(dataDirectory)), created: made[0] === true };
}

/** Throws STATE_UNREADABLE for a key that is missing, damaged, or accessible to other users. */
export async function openKeyFiles(dataDirectory: string): Promise<CloudKeys> {
  return {
    service: await readKey(join(dataDirectory, FILES.service)),
    issuer: await readKey(join(dataDirectory, FILES.issuer)),
    portal: createPortalKeys(await readSeed(join(dataDirectory, FILES.portal))),
    records: createRecordMac(await readSeeds(join(dataDirectory, FILES.records))),
  };
}

/** Puts a new record key in use. The earlier ones stay in the file, after it, and are still accepted. Returns their number. */
export async function rotateRecordKey(dataDirectory: string): Promise<{ readonly earlier: number }> {
  await ensurePrivateDirectory(dataDirectory);
  const path = join(dataDirectory, FILES.records);
  const earlier = await readSeeds(path);
  const lines = [generateSigningKey().seed, ...earlier].map((seed) => seed.reveal());
  const replacement = `${path}.new`;
  await rm(replacement, { force: true }); // of a run that was killed
  await writeOnce(replacement, `${lines.join("\n")}\n`);
  await rename(replacement, path);
  await syncDirectory(dataDirectory);
  return { earlier: earlier.length };
}

/** Creates the directory with mode 0700, or checks that other users have no access to the existing one. */
export async function ensurePrivateDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await assertPrivate(path);
}

/**
 * Writes a file with mode 0600, completely or not at all. False when it exists already; then it is not changed. `link` fails where
 * `rename` would replace the file, so that two first starts at the same time result in one key.
 */
export async function writeOnce(path: string, text: string): Promise<boolean> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}`;
  const file = await open(temporary, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    if (systemCodeOf(error) === "EEXIST") return false;
    throw error;
  } finally {
    await unlink(temporary);
    await syncDirectory(join(path, ".."));
  }
}

/** Reads a file that must be accessible to its owner alone. Null when there is none. */
export async function readPrivate(path: string): Promise<string | null> {
  try {
    await assertPrivate(path);
    return decodeText(await readFile(path));
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return null;
    if (error instanceof TextFileError)
      throw new AppError("STATE_UNREADABLE", `${path} cannot be read: ${error.problem}.`, { cause: error });
    throw error;
  }
}

const readKey = async (path: string): Promise<SigningKey> => signingKeyFromSeed(await readSeed(path));

async function readSeed(path: string): Promise<Secret> {
  const [seed, ...others] = await readSeeds(path);
  if (others.length > 0)
    throw new AppError("STATE_UNREADABLE", `${path} contains more than one key. Restore it from a backup.`);
  return seed;
}

/** Reads a file with one key on each line. */
async function readSeeds(path: string): Promise<[Secret, ...Secret[]]> {
  const text = await readPrivate(path);
  if (text === null)
    throw new AppError(
      "STATE_UNREADABLE",
      `${path} is missing. Run first: latchkey-cloud init --config FILE`,
    );
  const seeds = z.array(base64url(32)).safeParse(text.trim().split(/\s*\n\s*/));
  const [first, ...others] = (seeds.data ?? []).map((seed) => new Secret(seed));
  if (first === undefined)
    throw new AppError(
      "STATE_UNREADABLE",
      `${path} does not contain a key. Restore it from a backup or from another node.`,
    );
  return [first, ...others];
}

async function assertPrivate(path: string): Promise<void> {
  const { mode, uid } = await lstat(path);
  if (process.platform === "win32") return; // access control lists replace modes there
  if ((mode & 0o077) !== 0)
    throw new AppError("STATE_UNREADABLE", `${path} is accessible to other users. Run: chmod go= ${path}`);
  if (uid !== process.getuid?.())
    throw new AppError("STATE_UNREADABLE", `${path} belongs to another user. Run this command as its owner.`);
}
