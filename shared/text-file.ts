/**
 * Reads text files that people write: secrets, passwords, keys, configuration. A wrong guess of the encoding would set
 * another password than the one in the file, so a file is UTF-8 or it is refused.
 */
import { readFileSync } from "node:fs";
import { Secret } from "./secret.ts";
import { fileProblemOf } from "./system-errors.ts";

/** Thrown for a file that cannot be used. `problem` ends a sentence that names the file. */
export class TextFileError extends Error {
  readonly problem: string;
  constructor(problem: string, options?: ErrorOptions) {
    super(problem, options);
    this.problem = problem;
  }
}

const UTF_16_OR_32: readonly Buffer[] = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])];
const SAVE_AS_UTF_8 = "save it as UTF-8, or convert it";

/** Decodes UTF-8 and drops a byte order mark. Throws TextFileError. */
export function decodeText(bytes: Buffer): string {
  // NUL is valid UTF-8, but in text it means two-byte characters without a byte order mark.
  if (UTF_16_OR_32.some((mark) => bytes.subarray(0, 2).equals(mark)) || bytes.includes(0))
    throw new TextFileError(`it is UTF-16; ${SAVE_AS_UTF_8}: iconv -f UTF-16 -t UTF-8`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new TextFileError(
      `it is not UTF-8, so probably Latin-1 or Windows-1252; ${SAVE_AS_UTF_8}: iconv -f WINDOWS-1252 -t UTF-8`,
      { cause: error },
    );
  }
}

/** Throws TextFileError. */
export function readTextFile(file: string, maxBytes: number): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new TextFileError(fileProblemOf(error), { cause: error });
  }
  if (bytes.length > maxBytes) throw new TextFileError(`it is larger than ${showSize(maxBytes)}`);
  return decodeText(bytes);
}

const MAX_SECRET_BYTES = 16_384;

/**
 * Reads a file with one secret on one line. The line break at its end, which editors and `echo` write, does not belong
 * to the secret. Everything else does, spaces included. Throws TextFileError, also for an empty file.
 */
export function readSecretFile(file: string): Secret {
  const text = readTextFile(file, MAX_SECRET_BYTES).replace(/\r?\n$/, "");
  if (text === "") throw new TextFileError("it is empty");
  if (/[\r\n]/.test(text)) throw new TextFileError("it has more than one line; write the secret on one line");
  return new Secret(text);
}

const showSize = (bytes: number): string =>
  bytes >= 1024 * 1024 ? `${bytes / 1024 / 1024} MiB` : `${bytes / 1024} KiB`;

/** Returns the end of the sentence for a file error; other errors are thrown again. */
export function textProblemOf(error: unknown): string {
  if (error instanceof TextFileError) return error.problem;
  throw error;
}
