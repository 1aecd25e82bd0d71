#!/usr/bin/env node
import { systemClock } from "../shared/clock.ts";
import { type CommandIo, runCommand } from "../shared/command.ts";
import { createLogger } from "../shared/logger.ts";
import { endOnBrokenPipe, runUntilSignal } from "../shared/shutdown.ts";
import { createProgram } from "./commands/program.ts";
import { refuseLdapDebugging } from "./directory/refuse-ldap-debugging.ts";
import { becomeOwnerOf } from "./identity/become-owner.ts";

const { env: environment, stdout, stderr } = process;
const io: CommandIo = { stdout, stderr, isTty: stdout.isTTY, environment };

/** Fault injection, see CONTRIBUTING.md: the agent kills or freezes itself at the named crash point. */
const crashAt = environment["LATCHKEY_CRASH_AT"];
const crashSignal = environment["LATCHKEY_CRASH_SIGNAL"] === "SIGSTOP" ? "SIGSTOP" : "SIGKILL";

const program = createProgram({
  io,
  clock: systemClock,
  createLog: (level) => createLogger({ service: "latchkey-agent", level }),
  untilSignal: runUntilSignal,
  becomeOwnerOf,
  crash:
    crashAt === undefined
      ? undefined
      : (point) => {
          if (point === crashAt) process.kill(process.pid, crashSignal);
        },
});
program.hook("preAction", () => refuseLdapDebugging(environment["NODE_DEBUG"]));
endOnBrokenPipe();
process.exitCode = await runCommand(program, process.argv, io);
