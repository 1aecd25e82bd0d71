import type { Command } from "commander";
import { type Writeback, writebackListSchema, writebackSchema } from "../../shared/api/writebacks.ts";
import { CommandEnd, type CommandIo, printJson, printLine, printTable } from "../../shared/command.ts";
import { AppError, ERRORS } from "../../shared/errors.ts";
import { toDashedId } from "../../shared/ids.ts";
import type { Passwords } from "../../shared/sealing/password.ts";
import type { Secret } from "../../shared/secret.ts";
import { isFinalState, type Operation } from "../../shared/writeback.ts";
import { addCommand } from "../add-command.ts";
import { path } from "../api-client.ts";
import { type CliContext, type CommonOptions, readSecret } from "../cli-context.ts";
import { promptNewPassword, promptPassword } from "../prompt-password.ts";
import { shortName, showInstant, withoutEmptyRows } from "../show.ts";
import { submitWriteback, waitForWriteback } from "../submit-writeback.ts";
import { wholeNumber } from "../whole-number.ts";

interface StartOptions extends CommonOptions {
  readonly mustChange?: boolean;
  readonly unlock?: boolean;
  readonly passwordFile?: string;
  readonly oldPasswordFile?: string;
  readonly wait: boolean;
}

const NO_WAIT_OPTION = ["--no-wait", "do not wait for the result"] as const;

export function addWritebackCommands(program: Command, context: CliContext): void {
  const { io, api } = context;
  const writeback = program
    .command("writeback")
    .description("Reset, change and unlock accounts in the directory");

  addCommand(writeback, {
    usage: "reset <user>",
    summary: "Reset a password; it is sealed on this host, and only an agent can open it",
    example: "writeback reset ann@contoso.com --must-change",
  })
    .option("--password-file <file>", "file with the new password (default: ask on the terminal)")
    .option("--must-change", "the user must choose another password at the next sign-in")
    .option("--no-unlock", "do not unlock the account (OpenLDAP unlocks it with every reset)")
    .option(...NO_WAIT_OPTION)
    .action((user: string, options: StartOptions) => start("reset", user, options));

  addCommand(writeback, {
    usage: "change <user>",
    summary: "Change a password; this needs the current password",
    example: "writeback change ann@contoso.com --old-password-file old.txt --password-file new.txt",
  })
    .option("--password-file <file>", "file with the new password (default: ask on the terminal)")
    .option("--old-password-file <file>", "file with the current password (default: ask on the terminal)")
    .option(...NO_WAIT_OPTION)
    .action((user: string, options: StartOptions) => start("change", user, options));

  addCommand(writeback, {
    usage: "unlock <user>",
    summary: "Unlock an account without changing its password",
    example: "writeback unlock ann@contoso.com",
  })
    .option(...NO_WAIT_OPTION)
    .action((user: string, options: StartOptions) => start("unlock", user, options));

  addCommand(writeback, {
    usage: "list",
    summary: "List writebacks, newest first",
    example: "writeback list",
  })
    .option("--limit <count>", "maximum number of writebacks", wholeNumber, 20)
    .action(async (options: CommonOptions & { limit: number }) => {
      const tenantId = await context.tenantOf(options);
      const list = await api().call(writebackListSchema, {
        path: path`/tenants/${tenantId}/writebacks`,
        query: { limit: options.limit },
      });
      if (options.json === true) {
        printJson(io, list);
        return;
      }
      const rows = list.items.map((job) => [
        job.id,
        showInstant(job.createdAt),
        job.operation,
        shortName(job.userName) ?? toDashedId(job.userId),
        shortName(job.displayName),
        job.code === null ? job.state : `${job.state} ${job.code}`,
        job.requestedBy,
      ]);
      printTable(io, ["WRITEBACK", "CREATED", "OPERATION", "USER", "NAME", "STATE", "REQUESTED BY"], rows);
    });

  addCommand(writeback, {
    usage: "show <writeback>",
    summary: "Show a writeback and its result",
    example: "writeback show 01JDA0B1C2D3E4F5G6H7J8K9MN",
  }).action(async (jobId: string, options: CommonOptions) => {
    const job = await readOrCancel(options, jobId);
    if (options.json === true) printJson(io, job);
    else printWriteback(io, job);
  });

  addCommand(writeback, {
    usage: "cancel <writeback>",
    summary: "Cancel a writeback that no agent has started",
    example: "writeback cancel 01JDA0B1C2D3E4F5G6H7J8K9MN",
  }).action(async (jobId: string, options: CommonOptions) => {
    const job = await readOrCancel(options, jobId, "/cancel");
    if (options.json === true) printJson(io, job);
    else printLine(io, `Writeback ${job.id} is ${job.state}.`);
    if (job.state !== "cancelled") throw new CommandEnd(4);
  });

  async function readOrCancel(options: CommonOptions, jobId: string, verb = ""): Promise<Writeback> {
    return api().call(writebackSchema, {
      method: verb === "" ? "GET" : "POST",
      path: path`/tenants/${await context.tenantOf(options)}/writebacks/${jobId}` + verb,
    });
  }

  async function start(operation: Operation, user: string, options: StartOptions): Promise<void> {
    const { json = false, wait, mustChange = false, unlock } = options;
    const tenantId = await context.tenantOf(options);
    const passwords = operation === "unlock" ? null : await passwordsFor(operation, options);
    const started = await submitWriteback(
      api(),
      tenantId,
      { user, operation, mustChange, ...(operation === "reset" ? { unlock } : {}) },
      { passwords, waitSeconds: wait ? 30 : 0 },
    );
    const job = wait ? await waitForWriteback(api(), tenantId, started) : started;
    if (json) printJson(io, job);
    else if (isFinalState(job.state)) printWriteback(io, job, user);
    else
      printLine(io, `Writeback ${job.id} is ${job.state}. See its result: latchkey writeback show ${job.id}`);
    if (!wait || job.state === "applied") return;
    const known = Object.entries(ERRORS).find(([code]) => code === job.code)?.[1];
    throw new CommandEnd(known?.exit ?? 3);
  }

  async function passwordsFor(operation: Operation, options: StartOptions): Promise<Passwords> {
    const oldPassword =
      operation === "change"
        ? await password(options.oldPasswordFile, "--old-password-file", () =>
            promptPassword(io, "Current password"),
          )
        : undefined;
    const newPassword = await password(options.passwordFile, "--password-file", () =>
      promptNewPassword(io, "New password"),
    );
    return { newPassword, ...(oldPassword === undefined ? {} : { oldPassword }) };
  }

  function password(file: string | undefined, option: string, ask: () => Promise<Secret>): Promise<Secret> {
    if (file !== undefined) return Promise.resolve(readSecret(file, option));
    if (!io.stdin.isTTY)
      throw new AppError("USAGE", `There is no terminal to ask for the password. Use ${option}.`);
    return ask();
  }
}

/** Shows the user as `userName`, or by id when no name was typed. */
function printWriteback(io: CommandIo, job: Writeback, userName?: string): void {
  const { verdict } = job;
  printTable(
    io,
    ["WRITEBACK", job.id],
    withoutEmptyRows([
      ["operation", job.operation],
      ["user", userName === undefined ? toDashedId(job.userId) : userName],
      ["state", job.state],
      ["password set", verdict?.passwordSet === true ? "yes" : null],
      ["unlocked", verdict?.unlocked === true ? "yes" : null],
      ["must change", verdict?.mustChange === true ? "yes, at the next sign-in" : null],
      ["server", verdict?.server ?? null],
      ["minimum length", verdict?.rule?.minLength ?? null],
      ["possible at", verdict?.possibleAt ?? null],
      ["agent", job.agentId],
      ["requested by", job.requestedBy],
      ["created", showInstant(job.createdAt)],
      ["decided", showInstant(job.decidedAt)],
    ]),
  );
  if (job.code !== null) printLine(io, `${job.message ?? ""} ${job.fix ?? ""} [${job.code}]`.trim());
}
