/** Runs `latchkey` in this process, against a test cloud. */
import { createProgram } from "../../cli/program.ts";
import { runCommand } from "../../shared/command.ts";
import type { TestCloud } from "./cloud.ts";
import { bufferedIo } from "./command-io.ts";

export interface OpsResult {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
  json(): unknown;
}

const noTerminal = {
  isTTY: false,
  setRawMode: () => noTerminal,
  on: () => noTerminal,
  off: () => noTerminal,
  resume: () => noTerminal,
  pause: () => noTerminal,
} as never;

/** Runs it as the owner of one tenant. `changes` override its environment. */
export async function latchkey(
  cloud: Pick<TestCloud, "url" | "ownerKeyFile">,
  tenantId: string,
  argv: readonly string[],
  changes: Readonly<Record<string, string | undefined>> = {},
): Promise<OpsResult> {
  const io = bufferedIo({
    environment: {
      LATCHKEY_URL: cloud.url,
      LATCHKEY_API_KEY_FILE: cloud.ownerKeyFile,
      LATCHKEY_TENANT: tenantId,
      ...changes,
    },
  });
  const program = createProgram(Object.assign(Object.create(io) as typeof io, { stdin: noTerminal }));
  const exit = await runCommand(program, ["node", "latchkey", ...argv], io);
  return { exit, out: io.out, err: io.err, json: () => JSON.parse(io.out) as unknown };
}
