import type { Command } from "commander";
import { EXIT_CODES_HELP } from "../shared/command.ts";

/**
 * Adds a command with the parts that all commands share: --json, an example in the help, and --tenant unless
 * `noTenant`.
 */
export function addCommand(
  parent: Command,
  {
    usage,
    summary,
    example,
    noTenant = false,
  }: { usage: string; summary: string; example: string; noTenant?: boolean },
): Command {
  const command = parent.command(usage).description(summary);
  if (!noTenant)
    command.option(
      "--tenant <id>",
      "tenant id; not needed when LATCHKEY_TENANT is set or there is only one tenant",
    );
  return command
    .option("--json", "print JSON instead of a table, for scripts")
    .addHelpText("after", `\nExample:\n  $ latchkey ${example}\n\n${EXIT_CODES_HELP}`);
}
