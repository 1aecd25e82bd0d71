/** What the three programs' commands share: errors to exit codes, tables, JSON, one live progress line. */
import Table from "cli-table3";
import { type Command, CommanderError } from "commander";
import { type AppError, ERRORS, toAppError } from "./errors.ts";

/** The world as a command sees it. Made from `process` in the program's main file, from buffers in a test. */
export interface CommandIo {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  /** Is stdout a terminal? Decides about progress lines, nothing else. */
  readonly isTty: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Thrown by a command that has said everything and ends with a code of its own, e.g. `doctor` after a FAIL. */
export class CommandEnd extends Error {
  readonly exit: 1 | 2 | 3 | 4;
  constructor(exit: 1 | 2 | 3 | 4) {
    super(`the command ends with ${exit}`);
    this.name = "CommandEnd";
    this.exit = exit;
  }
}

/** 0 done, 1 unexpected, 2 usage or configuration, 3 temporary, 4 refused. */
export function exitCodeOf(error: unknown): 0 | 1 | 2 | 3 | 4 {
  if (error instanceof CommandEnd) return error.exit;
  // commander ends --help and --version by throwing too
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  return toAppError(error).info.exit;
}

/**
 * Parses `argv` (as `process.argv`: program and script first), runs the command and resolves with the exit code. Never throws.
 * What went wrong is on stderr: one sentence and what to do about it, or one JSON object when `--json` was given.
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
    writeErr: (text) => io.stderr.write(text),
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  });
  command.showHelpAfterError("(--help shows what fits)");
  for (const child of command.commands) adopt(child, io);
}

function printError(io: CommandIo, error: AppError, asJson: boolean): void {
  const { code, message } = error;
  const { fix } = ERRORS[code];
  if (asJson) {
    io.stderr.write(`${JSON.stringify({ code, message, fix, details: error.details })}\n`);
    return;
  }
  // The cause of an unexpected error is all there is to go by; the others have said what they know.
  const cause =
    code === "INTERNAL" && error.cause instanceof Error ? ` (${printable(error.cause.message)})` : "";
  io.stderr.write(`${message}${cause}\n${fix} [${code}]\n`);
}

/** Without what would steer the terminal or turn the text around: names come from directories, and anybody may be in those. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "�");
}

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

/** Columns for people: no lines, no colours, easy to cut and grep. Null prints as a dash. */
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

/** For scripts: one JSON document, indented. */
export function printJson(io: CommandIo, value: unknown): void {
  io.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

export interface ProgressLine {
  show(text: string): void;
  /** Wipes the line, so that the result stands alone. */
  clear(): void;
}

/** One line that is written over; silent when stdout is no terminal. */
export function startProgressLine(io: CommandIo): ProgressLine {
  if (!io.isTty) return { show: () => undefined, clear: () => undefined };
  return {
    show: (text) => io.stdout.write(`\r\u001b[K${printable(text)}`),
    clear: () => io.stdout.write("\r\u001b[K"),
  };
}
