/**
 * Runs the tests in two processes side by side, because most of them wait for servers:
 *
 *   npm test                                     all tests
 *   npm test -- "test/unit/**" -g "words"        whatever is named, in one process, as mocha's own arguments
 *
 * Each process prints a suite when it is over, so that the two do not mix. What failed stands at the end. The exit code is the
 * number of failures of the worse process, as mocha's own.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { buildWeb } from "./build-web.ts";

const ROOT = join(import.meta.dirname, "..");
const MOCHA = join(ROOT, "node_modules/mocha/lib/cli/cli.js");

/** Each starts its own shared servers. They take about the same time. */
const HALVES = [
  ["test/e2e/**/*.test.ts", "test/abuse/**/*.test.ts"],
  ["test/integration/**/*.test.ts", "test/static/**/*.test.ts", "test/unit/**/*.test.ts"],
];
/** The first line of mocha's summary; before it come the suites, after it what failed. */
const SUMMARY = /^ {2}\d+ passing/m;
const TOTALS = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/m;

interface Half {
  readonly child: ChildProcess;
  /** Resolves when the process is over. */
  readonly result: Promise<{ readonly code: number; readonly summary: string }>;
}

function start(files: readonly string[]): Half {
  const child = spawn(process.execPath, ["--import", "tsx", MOCHA, ...files, "--no-color"], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (more: string) => {
    text += more;
    if (SUMMARY.test(text)) return;
    const end = text.lastIndexOf("\n\n"); // an empty line ends a suite
    if (end < 0) return;
    process.stdout.write(text.slice(0, end + 1));
    text = text.slice(end + 1);
  });
  const result = (async () => {
    const [code] = (await once(child, "close")) as [number | null];
    return { code: code ?? 1, summary: text };
  })();
  return { child, result };
}

async function runSideBySide(): Promise<number> {
  buildWeb(); // once: both would write the same files
  const halves = HALVES.map(start);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => halves.forEach(({ child }) => child.kill(signal)));
  const results = await Promise.all(halves.map(({ result }) => result));

  const sums = [0, 0, 0];
  for (const { summary } of results) {
    process.stdout.write(`${summary.replace(TOTALS, "").trimEnd()}\n\n`);
    const counts = TOTALS.exec(summary)?.slice(1) ?? [];
    for (const at of sums.keys()) sums[at] = (sums[at] ?? 0) + Number(counts[at] ?? 0);
  }
  const [passed = 0, failed = 0, skipped = 0] = sums;
  process.stdout.write(
    `${passed.toString()} passed, ${failed.toString()} failed${skipped === 0 ? "" : `, ${skipped.toString()} skipped`}\n`,
  );
  return Math.max(...results.map(({ code }) => code));
}

async function runAs(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, ["--import", "tsx", MOCHA, ...args], { cwd: ROOT, stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
  const [code] = (await once(child, "close")) as [number | null];
  return code ?? 1;
}

const args = process.argv.slice(2);
process.exitCode = args.length === 0 ? await runSideBySide() : await runAs(args);
