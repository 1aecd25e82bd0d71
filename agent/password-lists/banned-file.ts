/** The administrator's own list of words and passwords to refuse, one a line. Read again when the file changes. */
import { readFile, stat } from "node:fs/promises";
import { AppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import { type BannedWords, bannedWords } from "./banned-passwords.ts";

export interface BannedFile {
  /** As the file has them now; as it had them last, when it cannot be read. */
  words(): Promise<BannedWords>;
}

/** Some 100,000 words. Longer lists are for the filter of breached passwords. */
const MAX_BYTES = 1024 * 1024;

/** Throws CONFIG_INVALID. */
export async function openBannedFile(path: string, log: Logger): Promise<BannedFile> {
  let version = await versionOf(path);
  let words = await readWords(path);

  return {
    async words() {
      try {
        const now = await versionOf(path);
        if (now === version) return words;
        version = now; // whatever comes of it: a file that is no good is complained about once
        words = await readWords(path);
        log.info("writeback.banned_file.read", { path, words: words.size });
      } catch (error) {
        if (version !== GONE) log.error("writeback.banned_file.unreadable", { path, error });
        version = GONE;
      }
      return words;
    },
  };
}

const GONE = "";

async function versionOf(path: string): Promise<string> {
  try {
    const { ino, mtimeMs, size } = await stat(path);
    return `${ino}/${mtimeMs}/${size}`;
  } catch (error) {
    throw unusable(path, "it cannot be read", error);
  }
}

async function readWords(path: string): Promise<BannedWords> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw unusable(path, "it cannot be read", error);
  });
  if (bytes.length > MAX_BYTES) throw unusable(path, `it is larger than ${MAX_BYTES} bytes`);
  try {
    return bannedWords(new TextDecoder("utf-8", { fatal: true }).decode(bytes).split(/\r?\n/));
  } catch (error) {
    throw unusable(path, "it is not UTF-8", error);
  }
}

const unusable = (path: string, why: string, cause?: unknown): AppError =>
  new AppError("CONFIG_INVALID", `writeback.bannedFile: ${path} is of no use: ${why}.`, { cause });
