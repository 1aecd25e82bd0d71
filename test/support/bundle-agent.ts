import { copyFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { build } from "esbuild";
import { COMMON_PASSWORDS_FILE } from "../../agent/password-lists/banned-passwords.ts";

/** Writes the agent, with its modules, into one file, and the list of passwords that it reads beside it. */
export async function bundleAgent(outfile: string): Promise<void> {
  await build({
    entryPoints: [join(import.meta.dirname, "../../agent/main.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    // The modules in CommonJS call it.
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
    logLevel: "error",
  });
  await copyFile(COMMON_PASSWORDS_FILE, join(dirname(outfile), basename(COMMON_PASSWORDS_FILE)));
}
