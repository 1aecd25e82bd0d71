/**
 * Checks what a commit is about to contain: lint and format of the changed files, and the types of the whole project, since a
 * change may break a file that did not change. Caches in node_modules/.cache keep it at some seconds. The files are read as they
 * are on disk, which differs from the commit only where a file is staged in part.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const cache = "node_modules/.cache";

const listed = spawnSync("git", ["diff", "--cached", "--name-only", "--diff-filter=ACMR", "-z"], {
  cwd: root,
  encoding: "utf8",
});
const changed = listed.stdout.split("\0").filter((file) => file !== "");
const sources = changed.filter((file) => /\.(ts|js)$/.test(file));

function check(what, program, ...args) {
  const { status } = spawnSync(process.execPath, [join(root, "node_modules", program), ...args], {
    cwd: root,
    stdio: "inherit",
  });
  if (status === 0) return true;
  process.stderr.write(`${what}: see above. To commit all the same: git commit --no-verify\n`);
  return false;
}

const prettier = () =>
  check(
    "Format (npm run format mends it)",
    "prettier/bin/prettier.cjs",
    "--check",
    "--ignore-unknown",
    "--log-level",
    "warn",
    ...changed,
  );
const eslint = () =>
  check(
    "Lint (npm run format mends some of it)",
    "eslint/bin/eslint.js",
    "--cache",
    "--cache-location",
    `${cache}/eslint/`,
    "--cache-strategy",
    "content",
    "--no-warn-ignored",
    ...sources,
  );
const types = (project) => check("Types", "typescript/bin/tsc", "-p", project);

const passed =
  (changed.length === 0 || prettier()) &&
  (sources.length === 0 || (types(".") && eslint())) &&
  (!sources.some((file) => /^(web|shared)\//.test(file)) || types("web"));
process.exitCode = passed ? 0 : 1;
