/**
 * Keeps the programs' sources as JavaScript in node_modules/.cache. A program starts in half the time that it takes from the
 * sources, and tests start hundreds. Types are stripped, not checked.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type TypeScript from "typescript";
import { buildWeb } from "../tools/build-web.ts";

const ROOT = join(import.meta.dirname, "..");
const ROOMS = ["agent", "cloud", "cli", "shared"];
const CACHE = join(ROOT, "node_modules/.cache/latchkey");

/** Compiles what has changed, and returns the compiled path of `main` (e.g. `agent/main.ts`). */
export function compiledProgram(main: string): string {
  mkdirSync(CACHE, { recursive: true });
  const packageFile = join(CACHE, "package.json");
  if (!existsSync(packageFile)) {
    const unfinished = `${packageFile}.${process.pid}`;
    writeFileSync(unfinished, '{ "type": "module" }\n');
    renameSync(unfinished, packageFile);
  }
  for (const room of ROOMS)
    for (const entry of readdirSync(join(ROOT, room), { recursive: true, withFileTypes: true }))
      if (entry.isFile()) bringUpToDate(join(entry.parentPath.slice(ROOT.length + 1), entry.name));
  if (main.startsWith("cloud/")) bringWeb();
  return toJavaScript(main);
}

/** Links the built browser files, so that sources and compiled programs share one build. */
function bringWeb(): void {
  buildWeb();
  try {
    symlinkSync(join(ROOT, "web"), join(CACHE, "web"));
  } catch (error) {
    if (!isExisting(error)) throw error;
  }
}
const isExisting = (error: unknown): boolean =>
  error instanceof Error && Reflect.get(error, "code") === "EEXIST";

const toJavaScript = (file: string): string => join(CACHE, file.replace(/\.ts$/, ".js"));

/** Gives a compiled file the time of its source. The file appears by a rename, because two test runs may compile at once. */
function bringUpToDate(file: string): void {
  const source = join(ROOT, file);
  const compiled = toJavaScript(file);
  const { mtime, mtimeMs } = statSync(source);
  const found = statSync(compiled, { throwIfNoEntry: false });
  if (found !== undefined && Math.abs(found.mtimeMs - mtimeMs) < 1) return;

  mkdirSync(dirname(compiled), { recursive: true });
  const unfinished = `${compiled}.${process.pid}`;
  if (file.endsWith(".ts")) writeFileSync(unfinished, stripTypes(source));
  else copyFileSync(source, unfinished);
  utimesSync(unfinished, mtime, mtime);
  renameSync(unfinished, compiled);
}

function stripTypes(source: string): string {
  // Imported late: loading the compiler takes longest, and mostly nothing needs compiling.
  const ts = createRequire(import.meta.url)("typescript") as typeof TypeScript;
  const { outputText } = ts.transpileModule(readFileSync(source, "utf8"), {
    fileName: source,
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      rewriteRelativeImportExtensions: true,
      verbatimModuleSyntax: true,
      inlineSourceMap: true,
    },
  });
  return outputText;
}
