/**
 * Looks for differences between names that are known and names that are not, at the portals. Exit 1 when there are any.
 *
 *   npm run enumeration                    400 pairs of each kind, at the reset and at the sign-in of the registration
 *   npm run enumeration -- --pairs 2000
 *   npm run enumeration -- --only sign-in  or reset
 *   npm run enumeration -- --at-once 1     number of visitors at the same time, for every flow
 */
import { parseArgs } from "node:util";
import { createEnumeration, findings } from "./enumeration.ts";
import { FLOWS } from "./enumeration-flows.ts";
import { startEnumerationInstallation } from "./enumeration-installation.ts";

const WARM_UP = 30;

const { values } = parseArgs({
  options: {
    pairs: { type: "string", default: "400" },
    only: { type: "string" },
    "at-once": { type: "string" },
  },
});
const pairs = Number(values.pairs);
const atOnce = values["at-once"] === undefined ? undefined : Number(values["at-once"]);
const flows = FLOWS.filter((flow) => values.only === undefined || values.only === flow);
if (flows.length === 0) throw new Error(`--only takes ${FLOWS.join(" or ")}`);
process.stderr.write("Starting OpenLDAP, a cloud node and an agent …\n");
const installation = await startEnumerationInstallation(pairs + WARM_UP);
try {
  const found: string[] = [];
  for (const flow of flows) {
    await createEnumeration(installation, flow, atOnce).measure(WARM_UP);
    const enumeration = createEnumeration(installation, flow, atOnce);
    process.stderr.write(`${pairs} rounds of visits: ${flow} …\n`);
    await enumeration.measure(pairs);
    const report = enumeration.report();
    process.stdout.write(
      `${flow}: AUC of known against each other kind (0.5: nothing can be told), and z\n\n`,
    );
    for (const { endpoint, times, medianMs } of report) {
      const cells = Object.entries(times).map(
        ([kind, { auc, z }]) => `${kind} ${auc.toFixed(3)} (${z.toFixed(1)})`,
      );
      process.stdout.write(`${endpoint.padEnd(36)} ${medianMs.toFixed(2)} ms  ${cells.join("  ")}\n`);
    }
    process.stdout.write("\n");
    found.push(...report.flatMap((endpoint) => findings(endpoint)));
  }
  process.stdout.write(`${found.length === 0 ? "Nothing can be told apart." : found.join("\n")}\n`);
  process.exitCode = found.length === 0 ? 0 : 1;
} finally {
  await installation.close();
}
