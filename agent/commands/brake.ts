/** `latchkey-agent brake release`: lets writebacks go on after the agent's brake stopped them. */
import type { Command } from "commander";
import { printJson, printLine } from "../../shared/command.ts";
import { createLocalClient } from "../health/local-client.ts";
import {
  type CommandContext,
  type CommonOptions,
  readAgentConfig,
  withCommonOptions,
} from "./command-context.ts";

export function addBrakeCommand(program: Command, context: CommandContext): void {
  const brake = program
    .command("brake")
    .summary("the brake on writebacks")
    .description("The brake on writebacks.");
  withCommonOptions(brake.command("release"))
    .summary("let writebacks go on")
    .description(
      "Releases the brake, so that writebacks continue. It can be released on this host only, because a compromised cloud may have caused the writebacks.",
    )
    .addHelpText("after", "\nExample:\n  latchkey-agent brake release")
    .action(async (options: CommonOptions) => {
      const config = readAgentConfig(context, options);
      await createLocalClient(config.stateDirectory).releaseBrake();
      if (options.json) printJson(context.io, { released: true });
      else printLine(context.io, "The brake is released.");
    });
}
