/**
 * Builds the portals' scripts and styles from web/*.ts and portal.css. Each result is a small file with a hash in its
 * name and a .br and a .gz beside it. manifest.json lists the current names of `portal.js`, `portal.css` and
 * `icon.svg`.
 *
 *   node --import tsx tools/build-web.ts [FOLDER]        (web/assets unless given)
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type Esbuild from "esbuild";

const ROOT = join(import.meta.dirname, "..");
/** Records what was built from which sources, with their times. */
const INPUTS = "inputs.json";
const MANIFEST = "manifest.json";
/** Above this the last percent of compression takes seconds. */
const LARGE_BYTES = 100_000;
/** Old files are kept this long, because a server that started before a build still serves their names. */
const KEEP_MS = 24 * 3_600_000;

/** Builds what has changed; returns quickly when nothing has. Two processes may do this at once. */
export function buildWeb(folder: string = join(ROOT, "web/assets")): void {
  if (isUpToDate(folder)) return;
  mkdirSync(folder, { recursive: true });
  // Loading it takes longer than finding that there is nothing to do.
  const { buildSync } = createRequire(import.meta.url)("esbuild") as typeof Esbuild;
  const common = {
    absWorkingDir: ROOT,
    outdir: folder,
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    target: ["chrome87", "edge88", "firefox78", "safari14.1"],
    entryNames: "[name].[hash]",
    chunkNames: "[name].[hash]",
    legalComments: "none",
    metafile: true,
    write: false,
    logLevel: "warning",
  } as const satisfies Esbuild.BuildOptions;

  // The workers are built first, because the scripts contain their names. The captcha's worker is a classic script,
  // because old browsers know no other kind.
  const captcha = buildSync({
    ...common,
    splitting: false,
    format: "iife",
    entryPoints: ["web/captcha-worker.ts"],
  });
  const meter = buildSync({ ...common, entryPoints: ["web/meter-worker.ts"] });
  const address = (file: string): string =>
    JSON.stringify(`./${{ ...entryNames(captcha.metafile), ...entryNames(meter.metafile) }[file] ?? ""}`);
  const pages = buildSync({
    ...common,
    entryPoints: ["web/portal.ts", "web/portal.css", "web/icon.svg"],
    loader: { ".svg": "copy" },
    define: {
      CAPTCHA_WORKER: address("captcha-worker.js"),
      METER_WORKER: address("meter-worker.js"),
    },
  });

  const made = [captcha, meter, pages].flatMap(({ outputFiles }) => outputFiles);
  for (const { path, contents } of made) writeCompressed(path, contents);
  write(join(folder, MANIFEST), JSON.stringify(entryNames(pages.metafile), null, 2));
  const inputs = [captcha, meter, pages].flatMap(({ metafile }) => Object.keys(metafile.inputs));
  write(join(folder, INPUTS), JSON.stringify(stampsOf([...inputs, "tools/build-web.ts"])));
  removeOld(folder, new Set(made.map(({ path }) => basename(path))));
}

function isUpToDate(folder: string): boolean {
  const file = join(folder, INPUTS);
  if (!existsSync(file) || !existsSync(join(folder, MANIFEST))) return false;
  const before = JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
  const now = stampsOf(Object.keys(before));
  return Object.entries(before).every(([input, stamp]) => now[input] === stamp);
}

function stampsOf(inputs: readonly string[]): Record<string, string> {
  const stamp = (input: string): string => {
    const found = statSync(join(ROOT, input), { throwIfNoEntry: false });
    return found === undefined ? "" : `${found.size}.${found.mtimeMs}`;
  };
  return Object.fromEntries(inputs.map((input) => [input, stamp(input)]));
}

/** `portal.ts` → `portal.js`: `portal.4F7XQ2.js` */
function entryNames(metafile: Esbuild.Metafile): Record<string, string> {
  const names = Object.entries(metafile.outputs).flatMap(([path, { entryPoint }]) =>
    entryPoint?.startsWith("web/") === true && isEntry(entryPoint)
      ? [[basename(entryPoint).replace(/\.ts$/, ".js"), basename(path)]]
      : [],
  );
  return Object.fromEntries(names) as Record<string, string>;
}
const isEntry = (file: string): boolean =>
  /\/(?:portal|captcha-worker|meter-worker|icon)\.(?:ts|css|svg)$/.test(file);

/** An existing file has exactly these contents, because their hash is in its name. */
function writeCompressed(path: string, contents: Uint8Array): void {
  if (existsSync(`${path}.gz`)) return;
  const quality = contents.length > LARGE_BYTES ? 9 : constants.BROTLI_MAX_QUALITY;
  write(path, contents);
  write(
    `${path}.br`,
    brotliCompressSync(contents, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } }),
  );
  write(`${path}.gz`, gzipSync(contents, { level: 9 }));
}

function write(path: string, contents: string | Uint8Array): void {
  const unfinished = `${path}.${process.pid}.tmp`;
  writeFileSync(unfinished, contents);
  renameSync(unfinished, path);
}

function removeOld(folder: string, made: ReadonlySet<string>): void {
  for (const name of readdirSync(folder)) {
    const isCurrent = made.has(name.replace(/\.(?:br|gz)$/, "")) || name.endsWith(".json");
    const path = join(folder, name);
    if (!isCurrent && Date.now() - statSync(path).mtimeMs > KEEP_MS) rmSync(path, { force: true });
  }
}

const [, program, folder] = process.argv;
if (program !== undefined && pathToFileURL(resolve(program)).href === import.meta.url)
  buildWeb(folder === undefined ? undefined : resolve(folder));
