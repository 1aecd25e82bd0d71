/** Prints what to try while the demo is running. Every printed command works as it is. */
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Installation } from "../lab/installation.ts";
import { nodeArguments } from "../lab/program.ts";
import { showPhone } from "../shared/phone.ts";
import type { DemoDirectory } from "./directory.ts";

export async function printInvitation(options: {
  readonly directory: DemoDirectory;
  readonly installation: Installation;
  readonly out: NodeJS.WritableStream;
}): Promise<void> {
  const { directory, installation, out } = options;
  const { person } = directory;
  const environmentFile = await writeEnvironment(directory, installation);

  out.write(`
The installation runs until you press Ctrl-C. Open in a browser:

  The portal             ${installation.url}/
  Codes and emails       ${installation.url}/outbox
  A user to try          ${person.userName}, password ${person.password}, mobile ${showPhone(person.mobile)}

The API is at ${installation.url}/api/v1 (${installation.url}/openapi.json). In another terminal:

  . ${environmentFile}

  latchkey user search a
  ${directory.changeNumberCommand("+32 470 99 88 77")}
  latchkey sync start --policy delta --wait
  latchkey user show ${person.userName}
  latchkey policy get
  latchkey writeback reset ${person.userName}
  ${directory.whoamiCommand(person)}
  latchkey-agent status
  latchkey-agent doctor --user ${person.userName}

The reset command asks for a new password. ldapwhoami asks for the same one.
Logs: ${installation.cloud.logFile}
      ${installation.agent.logFile}
`);
}

/** Writes a file to source in a shell. It sets the PATH, the cloud's address and API key, and the directory's certificate authority. */
async function writeEnvironment(directory: DemoDirectory, installation: Installation): Promise<string> {
  const bin = join(installation.folder, "bin");
  await mkdir(bin, { recursive: true });
  const programs = {
    latchkey: ["cli/main.ts", ""],
    "latchkey-agent": ["agent/main.ts", ` --config ${installation.agentConfigFile}`],
    "latchkey-cloud": ["cloud/main.ts", ""],
  } as const;
  for (const [name, [main, extra]] of Object.entries(programs)) {
    const file = join(bin, name);
    const command = [process.execPath, ...nodeArguments(main, [])].map(quote).join(" ");
    await writeFile(file, `#!/bin/sh\nexec ${command} "$@"${extra}\n`);
    await chmod(file, 0o755);
  }
  const variables = { ...installation.environment, LDAPTLS_CACERT: directory.caFile };
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}`);
  const file = join(installation.folder, "environment");
  await writeFile(file, [`PATH=${quote(bin)}:$PATH; export PATH`, ...lines, ""].join("\n"), { mode: 0o600 });
  return file;
}

const quote = (text: string): string =>
  /^[\w./:@=+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
