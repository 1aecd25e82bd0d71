/** The context that every command of `latchkey-agent` gets, and the configuration that all of them start from. */
import { existsSync } from "node:fs";
import type { Command } from "commander";
import type { Clock } from "../../shared/clock.ts";
import type { CommandIo } from "../../shared/command.ts";
import { loadConfig } from "../../shared/config/load.ts";
import type { Logger } from "../../shared/logger.ts";
import type { Closable } from "../../shared/shutdown.ts";
import { AGENT_ENVIRONMENT_PREFIX, type AgentConfig, agentConfigSchema } from "../config.ts";
import type { CrashPoints } from "../writeback/crash-points.ts";

export interface CommandContext {
  readonly io: CommandIo;
  readonly clock: Clock;
  readonly createLog: (level: AgentConfig["log"]["level"]) => Logger;
  /** Resolves when the service was told to stop and has closed. */
  readonly untilSignal: (service: Closable, log: Logger) => Promise<void>;
  readonly crash: CrashPoints | undefined;
  /** Called with the state directory once the configuration, secrets included, is read. */
  readonly becomeOwnerOf?: (folder: string) => void;
}

export interface CommonOptions {
  readonly config?: string;
  readonly json?: true;
}

const DEFAULT_FILE = "/etc/latchkey/agent.yaml";
const FILE_VARIABLE = `${AGENT_ENVIRONMENT_PREFIX}_CONFIG`;

/** Adds `--config` and `--json`, which are the same for every command. */
export function withCommonOptions(command: Command, jsonHelp = "print one JSON document"): Command {
  return command
    .option("-c, --config <file>", `configuration file (default: $${FILE_VARIABLE}, else ${DEFAULT_FILE})`)
    .option("--json", jsonHelp);
}

/**
 * Reads the configuration. A command that runs as root then continues as the service's own user. Without a file,
 * environment variables alone can be enough (containers). Throws CONFIG_INVALID, FOLDER_INACCESSIBLE.
 */
export function readAgentConfig(
  { io, becomeOwnerOf }: CommandContext,
  { config: file }: CommonOptions,
): AgentConfig {
  const { [FILE_VARIABLE]: named, ...environment } = io.environment;
  const isAnySet = Object.keys(environment).some((name) => name.startsWith(`${AGENT_ENVIRONMENT_PREFIX}_`));
  const standard = isAnySet && !existsSync(DEFAULT_FILE) ? undefined : DEFAULT_FILE;
  const config = loadConfig(agentConfigSchema, {
    file: file ?? named ?? standard,
    environmentPrefix: AGENT_ENVIRONMENT_PREFIX,
    environment,
  });
  becomeOwnerOf?.(config.stateDirectory);
  return config;
}

/** Folder where systemd put the service's credentials; see `LoadCredential=` in the unit. */
export const credentialsDirectory = ({ io }: CommandContext): string | undefined =>
  io.environment["CREDENTIALS_DIRECTORY"];
