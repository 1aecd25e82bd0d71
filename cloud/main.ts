#!/usr/bin/env node
import { Command } from "commander";
import { type CommandIo, runCommand } from "../shared/command.ts";
import { addInitCommand } from "./commands/init.ts";
import { addServeCommand } from "./commands/serve.ts";

const io: CommandIo = {
  stdout: process.stdout,
  stderr: process.stderr,
  isTty: process.stdout.isTTY,
  environment: process.env,
};
const program = new Command("latchkey-cloud").description("The cloud side of Latchkey.");
addServeCommand(program, io);
addInitCommand(program, io);
process.exitCode = await runCommand(program, process.argv, io);
