/** `latchkey-agent sync`: forces a run of the running agent, shows its progress and ends with its counts. */
import { type Command, Option } from "commander";
import {
  CommandEnd,
  type CommandIo,
  printJson,
  printLine,
  printTable,
  startProgressLine,
} from "../../shared/command.ts";
import { AppError } from "../../shared/errors.ts";
import { PROBLEM_HEAD, problemRow } from "../../shared/problem-table.ts";
import {
  showCountName,
  SYNC_COUNTS,
  SYNC_POLICIES,
  type SyncCounts,
  type SyncPolicy,
} from "../../shared/protocol/frames.ts";
import { createLocalClient } from "../health/local-client.ts";
import type { SyncResult } from "../sync/sync-result.ts";
import {
  type CommandContext,
  type CommonOptions,
  readAgentConfig,
  withCommonOptions,
} from "./command-context.ts";

interface SyncOptions extends CommonOptions {
  readonly policy: SyncPolicy;
  readonly user?: string;
  readonly dryRun?: true;
}

export function addSyncCommand(program: Command, context: CommandContext): void {
  const { io } = context;
  withCommonOptions(program.command("sync"))
    .summary("sync now")
    .description(
      "Makes the agent that runs on this host sync now. Joins a run in progress if that covers the request.",
    )
    .addOption(
      new Option("-p, --policy <policy>", "delta: read only what changed; initial: read all users again")
        .choices(SYNC_POLICIES)
        .default("delta"),
    )
    .option("-u, --user <name>", "only this user, by user name, alias or id")
    .option(
      "-n, --dry-run",
      "show what would change; only digests leave this host, and DNs of entries that cannot be used",
    )
    .addHelpText(
      "after",
      "\nExamples:\n  latchkey-agent sync\n  latchkey-agent sync --policy initial --dry-run",
    )
    .action(async (options: SyncOptions) => {
      const config = readAgentConfig(context, options);
      const line = startProgressLine(io);
      let result: SyncResult;
      try {
        result = await createLocalClient(config.stateDirectory).sync(
          { policy: options.policy, user: options.user ?? null, dryRun: options.dryRun ?? false },
          {
            started: ({ runId, joined }) => line.show(`${joined ? "joined" : "started"} run ${runId}`),
            progress: ({ read, counts }) => line.show(progressText(read, counts)),
          },
        );
      } finally {
        line.clear();
      }
      if (options.json) printJson(io, result);
      else {
        if (result.error === null) printResult(io, result);
        printProblems(io, result);
      }
      if (result.error !== null) throw new AppError(result.error.code, result.error.message);
      // A dry run ends like the run that it stands for.
      if (result.held > 0) throw new CommandEnd(4);
    });
}

const progressText = (read: number, { added, changed, unchanged, rejected }: SyncCounts): string =>
  `read ${read}  added ${added}  changed ${changed}  unchanged ${unchanged}  rejected ${rejected}`;

function printResult(io: CommandIo, result: SyncResult): void {
  const { runId, policy, dryRun, feed, full, reason, counts, durationMs, held } = result;
  const how =
    feed === null
      ? ""
      : ` by ${feed}${full === true ? ", full" : ""}${reason === null ? "" : ` (${reason})`}`;
  printLine(io, `Run ${runId}: ${policy}${how}, ${(durationMs / 1000).toFixed(1)} s`);
  printTable(io, SYNC_COUNTS.map(showCountName), [SYNC_COUNTS.map((name) => counts[name])]);
  if (dryRun) printLine(io, "Dry run: nothing was changed.");
  if (held > 0 && dryRun) printLine(io, `${held} deletions would wait for an administrator's approval.`);
  else if (held > 0) {
    printLine(io, `${held} deletions exceed the limit and wait for an administrator's approval:`);
    printLine(
      io,
      `  latchkey sync show ${runId}, then latchkey sync approve ${runId} or latchkey sync discard ${runId}`,
    );
  }
}

function printProblems(io: CommandIo, { runId, problems: { total, items } }: SyncResult): void {
  if (total === 0) return;
  printLine(io, "Entries and values that cannot be used:");
  printTable(io, PROBLEM_HEAD, items.map(problemRow));
  if (total > items.length)
    printLine(io, `${total - items.length} more. List them: latchkey sync show ${runId}`);
}
