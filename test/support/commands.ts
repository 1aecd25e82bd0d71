/** Runs commands on a running installation inside this process, which saves a second of start-up each. */
import { createProgram as createAgentProgram } from "../../agent/commands/program.ts";
import { createProgram as createOpsProgram } from "../../cli/program.ts";
import type { Installation } from "../../lab/installation.ts";
import type { CommandResult } from "../../lab/program.ts";
import { systemClock } from "../../shared/clock.ts";
import { runCommand } from "../../shared/command.ts";
import { silentLogger } from "../../shared/logger.ts";
import { bufferedIo } from "./command-io.ts";

type Environment = Readonly<Record<string, string>>;

export interface Commands {
  /** `environment` overrides the installation's own. */
  readonly latchkey: (args: readonly string[], environment?: Environment) => Promise<CommandResult>;
  /** `environment` can override single keys of the configuration, e.g. LATCHKEY_AGENT_CLOUD__URL. */
  readonly latchkeyAgent: (args: readonly string[], environment?: Environment) => Promise<CommandResult>;
}

/** `configFile` is the agent's; that of the installation's first agent when left out. */
export function createCommands(
  installation: Installation,
  configFile = installation.agentConfigFile,
): Commands {
  return {
    async latchkey(args, environment = {}) {
      const io = bufferedIo({ environment: { ...installation.environment, ...environment } });
      const program = createOpsProgram({ ...io, stdin: NO_TERMINAL });
      const exit = await runCommand(program, ["node", "latchkey", ...args], io);
      return { exit, stdout: io.out, stderr: io.err };
    },
    async latchkeyAgent(args, environment = {}) {
      const io = bufferedIo({ environment });
      const program = createAgentProgram({
        io,
        clock: systemClock,
        createLog: () => silentLogger,
        untilSignal: (service) => service.close(),
        crash: undefined,
      });
      const exit = await runCommand(program, ["node", "latchkey-agent", ...args, "--config", configFile], io);
      return { exit, stdout: io.out, stderr: io.err };
    },
  };
}

const NO_TERMINAL = {
  isTTY: false,
  setRawMode: () => NO_TERMINAL,
  on: () => NO_TERMINAL,
  off: () => NO_TERMINAL,
  resume: () => NO_TERMINAL,
  pause: () => NO_TERMINAL,
} as never;
