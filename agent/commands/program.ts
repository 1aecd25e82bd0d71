/** The command line of `latchkey-agent`. */
import { Command } from "commander";
import { EXIT_CODES_HELP } from "../../shared/command.ts";
import { PRODUCT_VERSION } from "../../shared/protocol/version.ts";
import { addBrakeCommand } from "./brake.ts";
import { addBreachedCommand } from "./breached.ts";
import type { CommandContext } from "./command-context.ts";
import { addDoctorCommand } from "./doctor.ts";
import { addEnrollCommand } from "./enroll.ts";
import { addRunCommand } from "./run.ts";
import { addStatusCommand } from "./status.ts";
import { addSyncCommand } from "./sync.ts";

export function createProgram(context: CommandContext): Command {
  const program = new Command("latchkey-agent")
    .description(
      "Syncs users from your directory to Latchkey and applies password changes and unlocks from Latchkey to your directory.",
    )
    .version(PRODUCT_VERSION)
    .addHelpText("after", `\n${EXIT_CODES_HELP}`);
  addEnrollCommand(program, context);
  addRunCommand(program, context);
  addSyncCommand(program, context);
  addStatusCommand(program, context);
  addDoctorCommand(program, context);
  addBrakeCommand(program, context);
  addBreachedCommand(program, context);
  return program;
}
