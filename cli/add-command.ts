import type { Command } from "commander";

/** A command with what all of them have: --json, an example in its help, and --tenant unless it concerns no tenant. */
export function addCommand(
  parent: Command,
  {
    usage,
    does,
    example,
    noTenant = false,
  }: { usage: string; does: string; example: string; noTenant?: boolean },
): Command {
  const command = parent.command(usage).description(does);
  if (!noTenant)
    command.option(
      "--tenant <id>",
      "tenant; may be left out when there is only one, or LATCHKEY_TENANT is set",
    );
  return command
    .option("--json", "print JSON for scripts")
    .addHelpText("after", `\nExample:\n  $ latchkey ${example}`);
}
