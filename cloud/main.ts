#!/usr/bin/env node
import { Command } from "commander";
import { type CommandIo, EXIT_CODES_HELP, runCommand } from "../shared/command.ts";
import { PRODUCT_VERSION } from "../shared/protocol/version.ts";
import { endOnBrokenPipe } from "../shared/shutdown.ts";
import { addInitCommand } from "./commands/init.ts";
import { addRecordsCommand } from "./commands/records.ts";
import { addServeCommand } from "./commands/serve.ts";

const io: CommandIo = {
  stdout: process.stdout,
  stderr: process.stderr,
  isTty: process.stdout.isTTY,
  environment: process.env,
};
const program = new Command("latchkey-cloud")
  .description("Cloud node of Latchkey: serves the REST API and the portals, and agents connect to it.")
  .version(PRODUCT_VERSION)
  .addHelpText("after", `\n${EXIT_CODES_HELP}`);
addServeCommand(program, io);
addInitCommand(program, io);
addRecordsCommand(program, io);
endOnBrokenPipe();
process.exitCode = await runCommand(program, process.argv, io);
