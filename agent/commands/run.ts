/** `latchkey-agent run`: runs the service until it is told to stop. */
import type { Command } from "commander";
import { startAgent } from "../agent.ts";
import {
  type CommandContext,
  type CommonOptions,
  credentialsDirectory,
  readAgentConfig,
  withCommonOptions,
} from "./command-context.ts";

export function addRunCommand(program: Command, context: CommandContext): void {
  withCommonOptions(program.command("run"), "print an error as JSON (the log is always JSON)")
    .summary("run the agent")
    .description(
      "Runs the agent until SIGTERM or SIGINT. Writes the log to stdout, one JSON object per line.",
    )
    .addHelpText("after", "\nExample:\n  latchkey-agent run --config /etc/latchkey/agent.yaml")
    .action(async (options: CommonOptions) => {
      const config = readAgentConfig(context, options);
      const log = context.createLog(config.log.level);
      const { clock, crash } = context;
      const agent = await startAgent(config, {
        log,
        clock,
        crash,
        credentialsDirectory: credentialsDirectory(context),
      });
      await context.untilSignal(agent, log);
    });
}
