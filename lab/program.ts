/** Runs one of the product's programs as a process from the sources, with its log in a file. It can be killed at any moment. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { compiledProgram } from "./compiled.ts";

export const ROOT = join(import.meta.dirname, "..");

export interface ProgramOptions {
  /** e.g. `agent/main.ts`. */
  readonly main: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Everything it prints is appended here. */
  readonly logFile: string;
  /** Starts the process in its own group. Ctrl-C in the terminal then reaches only the caller, which stops it in order. */
  readonly detached?: boolean | undefined;
}

export interface Program {
  readonly logFile: string;
  readonly pid: number | undefined;
  readonly isRunning: boolean;
  /** Exit code of the last run; null while it runs and after a signal. */
  readonly exitCode: number | null;
  start(environment?: Readonly<Record<string, string>>): void;
  signal(name: NodeJS.Signals): void;
  /** Sends the signal and waits until the process is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Resolves when it ends by itself. */
  ended(): Promise<void>;
  log(): string;
}

export const nodeArguments = (main: string, args: readonly string[]): string[] => [
  "--enable-source-maps",
  compiledProgram(main),
  ...args,
];

export function createProgram(options: ProgramOptions): Program {
  let child: ChildProcess | undefined;
  const isRunning = (): boolean =>
    child !== undefined && child.exitCode === null && child.signalCode === null;

  return {
    logFile: options.logFile,
    get pid() {
      return child?.pid;
    },
    get isRunning() {
      return isRunning();
    },
    get exitCode() {
      return child?.exitCode ?? null;
    },
    start(environment = {}) {
      if (isRunning()) throw new Error(`${options.main} is running already`);
      const log = openSync(options.logFile, "a", 0o600);
      child = spawn(process.execPath, nodeArguments(options.main, options.args), {
        env: { ...process.env, ...options.environment, ...environment },
        stdio: ["ignore", log, log],
        detached: options.detached ?? false,
      });
      closeSync(log);
    },
    signal(name) {
      child?.kill(name);
    },
    async stop(signal = "SIGTERM") {
      if (child === undefined || !isRunning()) return;
      const gone = once(child, "exit");
      child.kill(signal);
      child.kill("SIGCONT"); // a frozen process takes no SIGTERM
      await gone;
    },
    async ended() {
      if (child !== undefined && isRunning()) await once(child, "exit");
    },
    log: () => readFileSync(options.logFile, "utf8"),
  };
}

export interface CommandResult {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command and waits until it ends. */
export async function runProgram(
  main: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  input = "",
): Promise<CommandResult> {
  const child = spawn(process.execPath, nodeArguments(main, args), {
    env: { ...process.env, ...environment },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin.end(input);
  const [exit] = (await once(child, "close")) as [number | null];
  return { exit, stdout, stderr };
}
