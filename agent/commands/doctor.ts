/** `latchkey-agent doctor`: checks everything the agent needs, in order, and says what to do about each failure. */
import type { Command } from "commander";
import { CommandEnd, type CommandIo, printJson, printLine, startProgressLine } from "../../shared/command.ts";
import { type AppError, isAppError, toAppError } from "../../shared/errors.ts";
import { silentLogger } from "../../shared/logger.ts";
import { printable } from "../../shared/printable.ts";
import type { AgentConfig } from "../config.ts";
import { createDirectory } from "../directory/create-directory.ts";
import { type Check, type Directory, forgetfulMemory, type NameMemory } from "../directory/directory.ts";
import type { AgentStatus } from "../health/agent-status.ts";
import { checkCloud } from "../health/cloud-checks.ts";
import { createLocalClient } from "../health/local-client.ts";
import { type Identity, openIdentity } from "../identity/identity.ts";
import { nameMemoryIn } from "../identity/name-memory.ts";
import { openStateDirectory } from "../identity/state-directory.ts";
import { dial } from "../link/connection.ts";
import { LINK_TIMINGS } from "../link/link-timings.ts";
import {
  type CommandContext,
  type CommonOptions,
  credentialsDirectory,
  readAgentConfig,
  withCommonOptions,
} from "./command-context.ts";

interface DoctorOptions extends CommonOptions {
  readonly user?: string;
  readonly printPermissions?: true;
}

export function addDoctorCommand(program: Command, context: CommandContext): void {
  const { io } = context;
  withCommonOptions(program.command("doctor"))
    .summary("check everything the agent needs")
    .description(
      "Checks the connections to the cloud and to the directory. Works whether or not the agent runs.",
    )
    .option(
      "-u, --user <name>",
      "test user: checks the rights to reset and unlock this account; nothing is written",
    )
    .option("--print-permissions", "print the commands that grant the agent's accounts their rights")
    .addHelpText("after", "\nExample:\n  latchkey-agent doctor --user jdoe")
    .action(async (options: DoctorOptions) => {
      const config = readAgentConfig(context, options);
      const directory = await createDirectory({
        config: config.directory,
        attributes: config.attributes,
        protectedGroups: config.writeback.protectedGroups,
        deny: config.writeback.deny,
        memory: await readOnlyMemory(context, config),
        log: silentLogger,
        clock: context.clock,
      });
      try {
        if (options.printPermissions) await printPermissions(io, directory, options);
        else await runChecks(context, config, directory, options);
      } finally {
        await directory.close();
      }
    });
}

async function printPermissions(io: CommandIo, directory: Directory, { json }: DoctorOptions): Promise<void> {
  // The commands depend on the kind of directory, which is known after its first answer. Without an answer, the
  // configured kind is used.
  await directory.find("0".repeat(32), AbortSignal.timeout(15_000)).catch(() => undefined);
  const commands = directory.permissionCommands();
  if (json) printJson(io, { commands });
  else io.stdout.write(`${commands.join("\n")}\n`);
}

async function runChecks(
  context: CommandContext,
  config: AgentConfig,
  directory: Directory,
  { user, json }: DoctorOptions,
): Promise<void> {
  const { io } = context;
  const checks: Check[] = [];
  const line = startProgressLine(io);
  line.show("checking the cloud …");
  for await (const check of allChecks(context, config, directory, user ?? null)) {
    checks.push(check);
    line.clear();
    if (!json) printCheck(io, check);
    line.show("checking …");
  }
  line.clear();
  const count = (status: Check["status"]): number => checks.filter((check) => check.status === status).length;
  const summary: Summary = {
    passed: count("pass"),
    warned: count("warn"),
    failed: count("fail"),
    skipped: count("skip"),
  };
  if (json) printJson(io, { checks, summary });
  else printLine(io, `SUMMARY: ${summarize(summary)}`);
  if (summary.failed > 0) throw new CommandEnd(4);
}

async function* allChecks(
  context: CommandContext,
  config: AgentConfig,
  directory: Directory,
  user: string | null,
): AsyncGenerator<Check, void, undefined> {
  const { identity, error } = await findIdentity(context, config);
  yield* checkCloud({
    config: config.cloud,
    identity,
    identityError: error,
    running: await findRunning(config),
    tryConnect: () => tryConnect(context, config, identity),
    clock: context.clock,
  });
  yield* directory.check(user);
}

async function findIdentity(
  context: CommandContext,
  config: AgentConfig,
): Promise<{ identity: Identity | null; error: AppError | null }> {
  try {
    const state = await openStateDirectory(config.stateDirectory, {
      credentialsDirectory: credentialsDirectory(context),
    });
    return { identity: await openIdentity(state), error: null };
  } catch (error) {
    return { identity: null, error: toAppError(error) };
  }
}

/** Lets doctor follow the groups that the agent has found before. What the running agent remembers is not doctor's to change. */
async function readOnlyMemory(context: CommandContext, config: AgentConfig): Promise<NameMemory> {
  try {
    const state = await openStateDirectory(config.stateDirectory, {
      credentialsDirectory: credentialsDirectory(context),
    });
    return { ...nameMemoryIn(state), save: null };
  } catch (error) {
    // The first check says what is wrong with the state directory. Without it, names are looked up as they are configured.
    if (isAppError(error)) return forgetfulMemory();
    throw error;
  }
}

async function findRunning(config: AgentConfig): Promise<AgentStatus | null> {
  try {
    return await createLocalClient(config.stateDirectory).status();
  } catch (error) {
    if (isAppError(error)) return null;
    throw error;
  }
}

async function tryConnect(
  { clock }: CommandContext,
  config: AgentConfig,
  identity: Identity | null,
): Promise<{ approved: boolean }> {
  if (identity === null) return { approved: false };
  const connection = await dial({
    config: config.cloud,
    identity,
    clock,
    timings: LINK_TIMINGS,
    signal: AbortSignal.timeout(LINK_TIMINGS.dialTimeoutMs),
    onClockSkew: () => undefined,
    onFrame: () => undefined,
  });
  connection.close();
  await connection.ended;
  return { approved: connection.welcome.approved };
}

interface Summary {
  readonly passed: number;
  readonly warned: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Names warnings only where there are some. */
const summarize = ({ passed, warned, failed, skipped }: Summary): string =>
  `${passed} passed, ${warned === 0 ? "" : `${warned} with a warning, `}${failed} failed, ${skipped} skipped`;

const LABELS = { pass: "PASS", warn: "WARN", fail: "FAIL", skip: "SKIP" } as const;
const NAME_WIDTH = 23;
const INDENT = " ".repeat(NAME_WIDTH + 8);
const LINE_WIDTH = 80;

function printCheck(io: CommandIo, { name, status, detail, action }: Check): void {
  const fold = (text: string): string[] => (io.isTty ? foldLine(text, LINE_WIDTH - INDENT.length) : [text]);
  const [first = "", ...rest] = fold(detail);
  printLine(io, `${LABELS[status]}  ${printable(name).padEnd(NAME_WIDTH)}  ${first}`);
  // Only sentences are folded. Anything else is one or more commands, which must stay whole so that they can be pasted.
  const advice = action === null ? [] : action.endsWith(".") ? fold(action) : action.split("\n");
  for (const text of [...rest, ...advice]) printLine(io, `${INDENT}${text}`);
}

/** Breaks lines between words; a word that is longer than a line stays whole. */
function foldLine(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}
