/** Shared by the commands of the three programs: exit codes, printed errors, tables, JSON and a progress line. */
import Table from "cli-table3";
import { type Command, CommanderError } from "commander";
import { type AppError, ERRORS, toAppError } from "./errors.ts";
import { printable } from "./printable.ts";

/** Input and output of a command. Made from `process` in the program's main file, and from buffers in a test. */
export interface CommandIo {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  /** True when stdout is a terminal. Decides about progress lines only. */
  readonly isTty: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Thrown by a command that has printed everything and ends with an exit code of its own, such as `doctor` after a FAIL.
 */
export class CommandEnd extends Error {
  readonly exit: 1 | 2 | 3 | 4;
  constructor(exit: 1 | 2 | 3 | 4) {
    super(`the command ends with ${exit}`);
    this.name = "CommandEnd";
    this.exit = exit;
  }
}

/** The meaning of the exit codes, for the help of every program. */
export const EXIT_CODES_HELP =
  "Exit codes: 0 done, 1 unexpected error, 2 wrong usage or configuration, 3 temporary (try again), 4 refused.";

/** Returns the exit code for an error, as in EXIT_CODES_HELP. */
function exitCodeOf(error: unknown): 0 | 1 | 2 | 3 | 4 {
  if (error instanceof CommandEnd) return error.exit;
  // commander also throws to end --help and --version, with code 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  return toAppError(error).info.exit;
}

/**
 * Parses `argv` (as in `process.argv`, program and script first), runs the command and resolves with the exit code. It
 * never throws. An error is printed on stderr: what failed and what to do about it, or one JSON object when `--json`
 * was given.
 */
export async function runCommand(program: Command, argv: readonly string[], io: CommandIo): Promise<number> {
  adopt(program, io);
  try {
    await program.parseAsync([...argv]);
    return 0;
  } catch (error) {
    if (!(error instanceof CommandEnd) && !(error instanceof CommanderError))
      printError(io, toAppError(error), argv.includes("--json"));
    return exitCodeOf(error);
  }
}

function adopt(command: Command, io: CommandIo): void {
  command.exitOverride();
  command.configureOutput({
    writeOut: (text) => io.stdout.write(text),
    writeErr: (text) => io.stderr.write(withoutKeys(text)),
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  });
  command.showHelpAfterError("(run it with --help to see all options)");
  for (const child of command.commands) adopt(child, io);
}

function printError(io: CommandIo, error: AppError, asJson: boolean): void {
  const { code, message } = error;
  const { fix } = ERRORS[code];
  if (asJson) {
    io.stderr.write(withoutKeys(`${JSON.stringify({ code, message, fix, details: error.details })}\n`));
    return;
  }
  // An unexpected error says nothing else, so its cause is printed. Every other message is complete.
  const cause =
    code === "INTERNAL" && error.cause instanceof Error ? ` (${printable(error.cause.message)})` : "";
  io.stderr.write(withoutKeys(`${message}${cause}\n${fix} [${code}]\n`));
}

/** Removes API keys and enrolment tokens, which errors repeat when they were given in the place of an id, a file or an address. */
const withoutKeys = (text: string): string =>
  text.replace(/lkk_[0-9A-Za-z]{26}_[A-Za-z0-9_-]+|lk1\.[A-Za-z0-9_-]+\.[A-Za-z0-9._-]{20,}/g, "[redacted]");

const NO_LINES = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
};

/** Prints columns without lines and colours, easy to cut and grep. Null is printed as a dash. */
export function printTable(
  io: CommandIo,
  head: readonly string[],
  rows: readonly (readonly (string | number | boolean | null)[])[],
): void {
  const table = new Table({
    head: [...head],
    chars: NO_LINES,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0, compact: true },
  });
  for (const row of rows) table.push(row.map((cell) => (cell === null ? "-" : printable(String(cell)))));
  const lines = table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
  io.stdout.write(`${lines.join("\n")}\n`);
}

export function printLine(io: CommandIo, text: string): void {
  io.stdout.write(`${printable(text)}\n`);
}

/** Prints one indented JSON document, for scripts. */
export function printJson(io: CommandIo, value: unknown): void {
  io.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

export interface ProgressLine {
  show(text: string): void;
  /** Erases the line, so that only the result remains. */
  clear(): void;
}

/** Starts a line that is overwritten by each `show`. Prints nothing when stdout is not a terminal. */
export function startProgressLine(io: CommandIo): ProgressLine {
  if (!io.isTty) return { show: () => undefined, clear: () => undefined };
  return {
    show: (text) => io.stdout.write(`\r\u001b[K${printable(text)}`),
    clear: () => io.stdout.write("\r\u001b[K"),
  };
}
