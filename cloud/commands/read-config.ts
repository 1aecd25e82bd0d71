import { existsSync } from "node:fs";
import type { Command } from "commander";
import { loadConfig } from "../../shared/config/load.ts";
import { CLOUD_ENVIRONMENT_PREFIX, type CloudConfig, cloudConfigSchema } from "../config/config.ts";

const DEFAULT_FILE = "/etc/latchkey/cloud.yaml";
const FILE_VARIABLE = "LATCHKEY_CLOUD_CONFIG";

export const configOption = (command: Command): Command =>
  command.option(
    "--config <file>",
    `configuration file (default: $${FILE_VARIABLE}, or ${DEFAULT_FILE} if it exists)`,
  );

/** Reads the configuration file, if there is one, and the environment. Throws CONFIG_INVALID. */
export function readConfig(
  file: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): CloudConfig {
  const { [FILE_VARIABLE]: named, ...settings } = environment;
  return loadConfig(cloudConfigSchema, {
    file: file ?? named ?? (existsSync(DEFAULT_FILE) ? DEFAULT_FILE : undefined),
    environmentPrefix: CLOUD_ENVIRONMENT_PREFIX,
    environment: settings,
  });
}
