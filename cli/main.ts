#!/usr/bin/env node
import { runCommand } from "../shared/command.ts";
import { endOnBrokenPipe } from "../shared/shutdown.ts";
import type { CliIo } from "./cli-context.ts";
import { createProgram } from "./program.ts";

const io: CliIo = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  isTty: process.stdout.isTTY,
  environment: process.env,
};
endOnBrokenPipe();
process.exitCode = await runCommand(createProgram(io), process.argv, io);
