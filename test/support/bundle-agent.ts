import { join } from "node:path";
import { build } from "esbuild";

/** Writes the agent, with its modules, into one file that needs nothing beside it. */
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
}
