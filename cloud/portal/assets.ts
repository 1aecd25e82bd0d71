/** Scripts and styles from the build of web/. A manifest lists the hashed name of each. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { AppError } from "../../shared/errors.ts";

export interface Assets {
  readonly directory: string;
  /** `portal.css` → `/assets/portal.1f2e3d.css`. Throws ASSETS_MISSING. */
  url(name: string): string;
}

export const ASSETS_PREFIX = "/assets/";
/** The directory of the build. It has the same place relative to the sources and to the compiled files. */
export const ASSETS_DIRECTORY = join(import.meta.dirname, "../../web/assets");

const manifestSchema = z.record(z.string().max(200), z.string().regex(/^[A-Za-z0-9._-]{1,200}$/));

/** Reads the manifest. Throws ASSETS_MISSING. */
export async function readAssets(directory: string): Promise<Assets> {
  const missing = (what: string, cause?: unknown): AppError =>
    new AppError("ASSETS_MISSING", `${what} is missing or damaged.`, { cause });
  const path = join(directory, "manifest.json");
  const urls = new Map<string, string>();
  try {
    const manifest = manifestSchema.parse(JSON.parse(await readFile(path, "utf8")));
    for (const [name, file] of Object.entries(manifest)) urls.set(name, ASSETS_PREFIX + file);
  } catch (error) {
    throw missing(path, error);
  }
  return {
    directory,
    url(name) {
      const url = urls.get(name);
      if (url === undefined) throw missing(join(directory, name));
      return url;
    },
  };
}
