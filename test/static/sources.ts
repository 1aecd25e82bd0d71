/** The source files of the product and what they import, for the tests that hold its structure. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";
import { PARTS } from "./rooms.ts";

export const root = join(import.meta.dirname, "../..");

/** Paths from the root of the TypeScript files below a folder. */
export const sourcesIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join(folder, file));

export const read = (file: string): string => readFileSync(join(root, file), "utf8");

/** What a file imports, as written there. Imports of types count. */
const importsOf = (file: string): string[] =>
  ts.preProcessFile(read(file), true, true).importedFiles.map((imported) => imported.fileName);

export const files: readonly string[] = Object.keys(PARTS).flatMap(sourcesIn);
export const imports: ReadonlyMap<string, readonly string[]> = new Map(
  files.map((file) => [file, importsOf(file)]),
);
/** The imports of our own files, as paths from the root. */
export const localImports: ReadonlyMap<string, readonly string[]> = new Map(
  [...imports].map(([file, names]) => [
    file,
    names
      .filter((name) => name.startsWith("."))
      .map((name) => relative(root, join(root, dirname(file), name))),
  ]),
);
