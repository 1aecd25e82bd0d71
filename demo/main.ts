/**
 * Shows the whole product on one machine, step by step.
 *
 *   npm run demo                                  OpenLDAP; runs until Ctrl-C
 *   npm run demo -- --directory samba-ad          a real Active Directory (Samba; needs root)
 *   npm run demo -- --directory 389-ds            389 Directory Server
 *   npm run demo -- --check                       runs once; exits with 0 when every check passed
 */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Installation, startInstallation } from "../lab/installation.ts";
import type { PolicyInput } from "../shared/api/policy.ts";
import { openDemoBrowser } from "./browser.ts";
import { DEMO_DIRECTORIES, DIRECTORY_NAMES, startDemoDirectory } from "./directory.ts";
import { printInvitation } from "./invitation.ts";
import { createNarrator } from "./narrator.ts";
import { tellStory } from "./story.ts";

const USAGE = `npm run demo -- [--directory ${DEMO_DIRECTORIES.join("|")}] [--check]\n`;

/** The policy of the demo. An organisation keeps it in a file under version control; see config/policy.example.yaml. */
const DEMO_POLICY: PolicyInput = {
  scope: "all",
  phoneRegion: "BE",
  // A real policy waits three days after a number has changed. The story changes one and cannot wait.
  default: { number: { trust: "synced" } },
  contact: { emails: ["helpdesk@contoso.test"] },
  admins: { emails: ["admins@contoso.test"] },
};

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      directory: { type: "string", default: "openldap" },
      check: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const kind = DEMO_DIRECTORIES.find((name) => name === values.directory);
  if (values.help || kind === undefined) {
    process.stdout.write(USAGE);
    return values.help ? 0 : 2;
  }

  const stopping = new AbortController();
  const stopped = once(stopping.signal, "abort");
  process.stdout.on("error", () => undefined); // the terminal is gone; everything still has to stop
  // Not `once`: Ctrl-C arrives twice, from the terminal and from tools/require.js.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => {
      if (!stopping.signal.aborted) process.stdout.write("\nStopping …\n");
      stopping.abort();
    });
  const narrator = createNarrator(process.stdout, stopping.signal);
  const folder = await mkdtemp(join(tmpdir(), "latchkey-demo-"));
  const stops: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  let installation: Installation | undefined;

  try {
    const directory = await narrator.step(`Starting a real ${DIRECTORY_NAMES[kind]}`, () =>
      startDemoDirectory(kind),
    );
    stops.push(() => directory.stop());
    const started = await narrator.step(
      "Starting the cloud, enrolling the agent, approving its fingerprint",
      () =>
        startInstallation({
          directory,
          folder,
          detached: true,
          policy: DEMO_POLICY,
          agentConfig: { attributes: { alternateEmail: directory.alternateEmailAttribute } },
        }),
    );
    installation = started;
    stops.push(() => started.close());
    const browser = await openDemoBrowser(started.url);
    stops.push(() => browser.close());
    await tellStory({ directory, installation, narrator, browser });
    if (values.check) process.stdout.write("\nAll checks passed.\n");
    else {
      await printInvitation({ directory, installation, out: process.stdout });
      await stopped;
    }
    return 0;
  } catch (error) {
    if (stopping.signal.aborted) return values.check ? 1 : 0;
    // The logs are removed with the folder, so their ends are shown here.
    for (const program of [installation?.cloud, installation?.agent])
      if (program !== undefined) process.stderr.write(`\n${program.logFile}:\n${program.log().slice(-4000)}`);
    process.stderr.write(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  } finally {
    for (const stop of stops.reverse()) await stop().catch(() => undefined); // the next one still has to stop
  }
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  return 2;
});
