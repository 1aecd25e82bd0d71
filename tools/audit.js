/**
 * Asks the registry for known weaknesses of the packages in package-lock.json, and ends with 1 when production has one of
 * high or critical severity:
 *
 *   npm run audit
 *
 * Says so and ends with 0 where the registry cannot be reached or answers no audits (a mirror, a build without network).
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const options = ["--json", "--omit=dev", "--audit-level=high", "--fetch-retries=0", "--fetch-timeout=10000"];
const { stdout, status } = spawnSync("npm", ["audit", ...options], { cwd: root, encoding: "utf8" });

/** @returns {{ vulnerabilities?: Record<string, { severity: string, range: string }> }} */
function parse() {
  try {
    return JSON.parse(stdout);
  } catch {
    return {};
  }
}

const { vulnerabilities } = parse();
if (vulnerabilities === undefined)
  console.log("The registry answers no audits from here: nothing was checked.");
else if (status === 0) console.log("No known weakness of high or critical severity.");
else {
  for (const [name, { severity, range }] of Object.entries(vulnerabilities))
    console.log(`${name} ${range}: ${severity}`);
  process.exitCode = 1;
}
