/**
 * Prints speed as ratios: the product compared with the bare servers, both measured in this run on this machine.
 *
 *   npm run bench                          all but push; a table
 *   npm run bench -- --only writeback      one; or sync, push, or portal
 *   npm run bench -- --users 20000 --json
 *
 * docs/performance.md says how to read the figures.
 */
import { cpus, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { startInstallation } from "../lab/installation.ts";
import { cpuTimes, yardstick } from "./cpu.ts";
import { benchDirectory } from "./directory.ts";
import { type Figure, median, printFigures } from "./figures.ts";
import { measurePortal } from "./portal.ts";
import { measurePush } from "./push.ts";
import { measureSync } from "./sync.ts";
import { measureWriteback } from "./writeback.ts";

const { values } = parseArgs({
  options: {
    users: { type: "string", default: "20000" },
    rounds: { type: "string", default: "5" },
    only: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const users = Number(values.users);
const rounds = Number(values.rounds);
const say = (text: string): void => void process.stderr.write(`${text}\n`);

say(`Starting OpenLDAP with ${users} people, a cloud node and an agent …`);
const directory = await benchDirectory(users);
// Push needs a schedule, and every other measurement starts its runs by itself. This one never comes due while the benchmark runs.
const schedule = values.only === "push" ? "0 0 29 2 *" : "off";
const installation = await startInstallation({
  directory,
  policy: { scope: "all", phoneRegion: "BE" },
  // Each visitor of the portal has its own address, because the limits on one address would be measured otherwise, and an easy
  // captcha, which is a visitor's CPU time and not the product's.
  cloudConfig: { trustedProxies: ["127.0.0.1"], portal: { captchaTries: 10 } },
  // A benchmark looks like an attack to the brakes.
  agentConfig: {
    sync: { schedule },
    writeback: {
      maxPerMinute: 10_000,
      maxPerHour: 100_000,
      maxPerDay: 1_000_000,
      maxPerUser: 1_000,
      maxPerUserDay: 10_000,
    },
  },
}).catch(async (error: unknown) => {
  await directory.stop();
  throw error;
});

const names = new Map([
  [installation.cloud.pid ?? 0, "cloud"],
  [installation.agent.pid ?? 0, "agent"],
]);
const cpu = () => cpuTimes(names);
const yardsticks = [yardstick()];

try {
  const figures: Figure[] = [];
  if (values.only === undefined || values.only === "sync")
    figures.push(...(await measureSync({ directory, installation, users, rounds, cpu, say })));
  if (values.only === "push")
    figures.push(...(await measurePush({ directory, installation, rounds, cpu, say })));
  yardsticks.push(yardstick());
  if (values.only === undefined || values.only === "writeback")
    figures.push(...(await measureWriteback({ directory, installation, rounds, cpu, say })));
  yardsticks.push(yardstick());
  if (values.only === undefined || values.only === "portal")
    figures.push(...(await measurePortal({ directory, installation, rounds, cpu, say })));
  yardsticks.push(yardstick());
  const verifyUs = Math.round(median(yardsticks));
  const machine = `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}, ${verifyUs} µs of CPU for an Ed25519 verification`;
  if (values.json) process.stdout.write(`${JSON.stringify({ machine, users, figures }, null, 2)}\n`);
  else printFigures(figures, machine, process.stdout);
} finally {
  await installation.close();
  await directory.stop();
}
