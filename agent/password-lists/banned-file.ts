import { readFile, stat } from "node:fs/promises";
import { AppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import { decodeText, textProblemOf } from "../../shared/text-file.ts";
import { type BannedWords, bannedWords } from "./banned-passwords.ts";

/** Enough for about 100,000 words. Longer lists belong in the filter of breached passwords. */
const MAX_BYTES = 1024 * 1024;

/**
 * The administrator's own list of words and passwords to refuse, one per line.
 *
 *     read ──── the file changed and cannot be used ────► unusable
 *       ▲                                                   │
 *       └──────────── the file can be used again ───────────┘
 *
 * While the file is unusable, the words of the last reading stay in force. It is tried again every time, since a change of its
 * permissions alone does not change its version, and each unusable version is reported once.
 */
export class BannedFile {
  readonly #path: string;
  readonly #log: Logger;
  /** The version that was read last; null while the file is unusable. */
  #version: string | null;
  #reported: string | null = null;
  #words: BannedWords;

  private constructor(path: string, log: Logger, version: string, words: BannedWords) {
    this.#path = path;
    this.#log = log;
    this.#version = version;
    this.#words = words;
  }

  /** Throws CONFIG_INVALID. */
  static async open(path: string, log: Logger): Promise<BannedFile> {
    return new BannedFile(path, log, await versionOf(path), await readWords(path));
  }

  /** Returns the words of the file as it is now, or of the last reading while it is unusable. */
  async words(): Promise<BannedWords> {
    const path = this.#path;
    let version = MISSING;
    try {
      version = await versionOf(path);
      if (version === this.#version) return this.#words;
      this.#words = await readWords(path);
      this.#version = version;
      this.#reported = null;
      this.#log.info("writeback.banned_file.read", { path, words: this.#words.size });
    } catch (error) {
      if (version !== this.#reported) this.#log.error("writeback.banned_file.unreadable", { path, error });
      this.#version = null;
      this.#reported = version;
    }
    return this.#words;
  }
}

const MISSING = "";

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
    return bannedWords(decodeText(bytes).split(/\r?\n/));
  } catch (error) {
    throw unusable(path, textProblemOf(error), error);
  }
}

const unusable = (path: string, why: string, cause?: unknown): AppError =>
  new AppError("CONFIG_INVALID", `writeback.bannedFile: ${path} cannot be used: ${why}.`, { cause });
