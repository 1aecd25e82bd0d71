/**
 * Looks for differences between names that are known and names that are not, at the reset portal. Exit 1 when there are any.
 *
 *   npm run enumeration                    400 pairs of each kind
 *   npm run enumeration -- --pairs 2000
 */
import { parseArgs } from "node:util";
import { createEnumeration, findings } from "./enumeration.ts";
import { startEnumerationLab } from "./enumeration-lab.ts";

const WARM_UP = 30;

const { values } = parseArgs({ options: { pairs: { type: "string", default: "400" } } });
const pairs = Number(values.pairs);
process.stderr.write("Starting OpenLDAP, a cloud node and an agent …\n");
const lab = await startEnumerationLab(pairs + WARM_UP);
try {
  await createEnumeration(lab).measure(WARM_UP);
  const enumeration = createEnumeration(lab);
  process.stderr.write(`${pairs} rounds of visits …\n`);
  await enumeration.measure(pairs);
  const report = enumeration.report();
  process.stdout.write("AUC of known against each other kind (0.5: nothing can be told), and z\n\n");
  for (const { endpoint, times, medianMs } of report) {
    const cells = Object.entries(times).map(
      ([kind, { auc, z }]) => `${kind} ${auc.toFixed(3)} (${z.toFixed(1)})`,
    );
    process.stdout.write(`${endpoint.padEnd(36)} ${medianMs.toFixed(2)} ms  ${cells.join("  ")}\n`);
  }
  const found = report.flatMap((endpoint) => findings(endpoint));
  process.stdout.write(`\n${found.length === 0 ? "Nothing can be told apart." : found.join("\n")}\n`);
  process.exitCode = found.length === 0 ? 0 : 1;
} finally {
  await lab.close();
}
