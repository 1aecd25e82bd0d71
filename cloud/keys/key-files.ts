/**
 * The keys of an installation, each in a file of its own under the data directory. The service key is every node's; the issuer
 * key makes jobs that agents obey, so it may be taken away from nodes that need not issue any; the portal key keeps what is
 * stored for the portals (codes, authenticators, counters) unreadable for who reads Redis.
 */
import { randomBytes } from "node:crypto";
import { link, lstat, mkdir, open, readFile, unlink } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../../shared/errors.ts";
import { base64url } from "../../shared/ids.ts";
import { generateSigningKey, type SigningKey, signingKeyFromSeed } from "../../shared/sealing/signing-key.ts";
import { Secret } from "../../shared/secret.ts";
import { systemCodeOf } from "../../shared/system-errors.ts";
import { createPortalKeys, type PortalKeys } from "./portal-keys.ts";

export interface CloudKeys {
  readonly service: SigningKey;
  readonly issuer: SigningKey;
  readonly portal: PortalKeys;
}

const FILES = { service: "service.key", issuer: "issuer.key", portal: "portal.key" } as const;

/** Makes what is missing and leaves what is there. `created`: is the installation new (it had no service key)? */
export async function createKeyFiles(
  dataDirectory: string,
): Promise<CloudKeys & { readonly created: boolean }> {
  await ensurePrivateDirectory(dataDirectory);
  const made = [];
  for (const file of Object.values(FILES))
    made.push(await writeOnce(join(dataDirectory, file), `${generateSigningKey().seed.reveal()}\n`));
  return { ...(await openKeyFiles(dataDirectory)), created: made[0] === true };
}

/** Throws STATE_UNREADABLE for a key that is missing, damaged, or open to others. */
export async function openKeyFiles(dataDirectory: string): Promise<CloudKeys> {
  return {
    service: await readKey(join(dataDirectory, FILES.service)),
    issuer: await readKey(join(dataDirectory, FILES.issuer)),
    portal: createPortalKeys(await readSeed(join(dataDirectory, FILES.portal))),
  };
}

/** Makes the directory 0700, or checks that nobody else may look into the one there is. */
export async function ensurePrivateDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await assertPrivate(path);
}

/**
 * Writes a file 0600 that is whole or not there at all; false when there is one already (which stays as it is). `link` fails
 * where `rename` would replace, so two first starts at once end with one key.
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

/** The content of a file that only its owner may read; null when there is none. */
export async function readPrivate(path: string): Promise<string | null> {
  try {
    await assertPrivate(path);
    return await readFile(path, "utf8");
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return null;
    throw error;
  }
}

const readKey = async (path: string): Promise<SigningKey> => signingKeyFromSeed(await readSeed(path));

async function readSeed(path: string): Promise<Secret> {
  const text = await readPrivate(path);
  if (text === null)
    throw new AppError(
      "STATE_UNREADABLE",
      `${path} is missing: run latchkey-cloud init --config FILE first.`,
    );
  const seed = base64url(32).safeParse(text.trim());
  if (!seed.success) throw new AppError("STATE_UNREADABLE", `${path} does not hold a key.`);
  return new Secret(seed.data);
}

async function assertPrivate(path: string): Promise<void> {
  const { mode, uid } = await lstat(path);
  if (process.platform === "win32") return; // access control lists say it there
  if ((mode & 0o077) !== 0)
    throw new AppError("STATE_UNREADABLE", `${path} is open to other users: chmod go= ${path}`);
  if (uid !== process.getuid?.())
    throw new AppError("STATE_UNREADABLE", `${path} belongs to another user than the one that runs this.`);
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
