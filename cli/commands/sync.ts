import { type Command, Option } from "commander";
import {
  heldUsersSchema,
  startedSyncRunSchema,
  type SyncRun,
  syncRunListSchema,
  syncRunSchema,
} from "../../shared/api/sync-runs.ts";
import { CommandEnd, printJson, printLine, printTable } from "../../shared/command.ts";
import { AppError } from "../../shared/errors.ts";
import { SYNC_POLICIES, type SyncProblem } from "../../shared/protocol/frames.ts";
import { addCommand } from "../add-command.ts";
import { path } from "../api-client.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { orDash, showInstant } from "../show.ts";
import { exitByState, printProblems, printRun, readProblems, waitForRun } from "../sync-run.ts";
import { wholeNumber } from "../whole-number.ts";

interface StartOptions extends CommonOptions {
  readonly policy: string;
  readonly user?: string;
  readonly source?: string;
  readonly dryRun?: boolean;
  readonly wait?: boolean;
}

export function addSyncCommands(program: Command, context: CliContext): void {
  const { io, api } = context;
  const sync = program
    .command("sync")
    .description("Start and inspect sync runs, which copy users from the directory");

  addCommand(sync, {
    usage: "start",
    summary: "Start a sync run now, or join one in progress that covers it",
    example: "sync start --tenant contoso --policy delta --wait",
  })
    .addOption(
      new Option("--policy <policy>", "delta: only changes since the last run; initial: all users")
        .choices(SYNC_POLICIES)
        .default("delta"),
    )
    .option("--user <user>", "sync only this user")
    .option(
      "--source <source>",
      "only this source, by name or number; all sources when left out, with a run each",
    )
    .option("--dry-run", "count what would change, and list what cannot be used, without changing anything")
    .option("--wait", "wait for the result; exit code 3 if the run fails, 4 if its deletions are held")
    .action(async (options: StartOptions) => {
      const { policy, user, source, dryRun, wait = false, json = false } = options;
      const tenantId = await context.tenantOf(options);
      const { run, joined, runs, offline } = await api().call(startedSyncRunSchema, {
        method: "POST",
        path: path`/tenants/${tenantId}/sync-runs`,
        body: { policy, user, source, dryRun },
      });
      const sayOffline = (): void => {
        for (const name of offline)
          printLine(
            io,
            `Source '${name}': no agent that serves it is connected, so it has no run. [AGENT_OFFLINE]`,
          );
      };
      if (!wait) {
        if (json) printJson(io, { run, joined, runs, offline });
        else {
          for (const started of runs)
            printLine(
              io,
              `Run ${started.run.id} ${started.joined ? "was already in progress and covers your request" : "is requested"}.`,
            );
          sayOffline();
        }
        if (offline.length > 0) throw new CommandEnd(3);
        return;
      }
      const ended = [];
      for (const started of runs)
        ended.push({ ...started, run: await waitForRun(context, tenantId, started.run) });
      if (json) printJson(io, { run: ended[0]?.run, joined, runs: ended, offline });
      else {
        for (const started of ended) {
          printRun(io, started.run);
          printProblems(io, started.run, await problemsOf(tenantId, started.run));
        }
        sayOffline();
      }
      if (offline.length > 0) throw new CommandEnd(3);
      // A failed run decides the exit code before a held one.
      for (const one of ended) if (one.run.state === "failed") exitByState(one.run);
      for (const one of ended) exitByState(one.run);
    });

  addCommand(sync, {
    usage: "list",
    summary: "List sync runs, newest first",
    example: "sync list --limit 20",
  })
    .option("--limit <count>", "maximum number of runs", wholeNumber, 20)
    .action(async (options: CommonOptions & { limit: number }) => {
      await list(options, "", { limit: options.limit });
    });

  addCommand(sync, {
    usage: "held [run]",
    summary: "List held runs, or the users a held run would delete",
    example: "sync held 01JDA0B1C2D3E4F5G6H7J8K9MN",
  })
    .option("--limit <count>", "maximum number of users", wholeNumber, 100)
    .action(async (runId: string | undefined, options: CommonOptions & { limit: number }) => {
      if (runId === undefined) await list(options, "/held", {});
      else await heldUsers(options, runId);
    });

  addCommand(sync, {
    usage: "show <run>",
    summary: "Show one sync run, with the entries and values that it cannot use",
    example: "sync show 01JDA0B1C2D3E4F5G6H7J8K9MN",
  }).action(async (runId: string, options: CommonOptions) => {
    const tenantId = await context.tenantOf(options);
    const run = await one(options, runId);
    const problems = await problemsOf(tenantId, run);
    if (options.json === true) printJson(io, { ...run, listedProblems: problems });
    else {
      printRun(io, run);
      printProblems(io, run, problems);
    }
  });

  for (const { verb, summary } of [
    { verb: "approve", summary: "Approve a held run: delete exactly the users it lists" },
    { verb: "discard", summary: "Discard a held run: keep the users it lists" },
  ])
    addCommand(sync, {
      usage: `${verb} <run>`,
      summary,
      example: `sync ${verb} 01JDA0B1C2D3E4F5G6H7J8K9MN`,
    }).action(async (runId: string, options: CommonOptions) => {
      const run = await one(options, runId, `/${verb}`);
      if (options.json === true) printJson(io, run);
      else printLine(io, `Run ${run.id} is ${run.state}; ${run.counts.deleted} users were deleted.`);
    });

  /** Reads a run. With a verb, decides on its deletions first. */
  async function one(options: CommonOptions, runId: string, verb = ""): Promise<SyncRun> {
    const tenantId = await context.tenantOf(options);
    return api().call(syncRunSchema, {
      method: verb === "" ? "GET" : "POST",
      path: path`/tenants/${tenantId}/sync-runs/${runId}` + verb,
    });
  }

  const problemsOf = async (tenantId: string, run: SyncRun): Promise<SyncProblem[]> =>
    run.problems === 0 ? [] : readProblems(context, tenantId, run.id);

  async function list(options: CommonOptions, below: string, query: { limit?: number }): Promise<void> {
    const tenantId = await context.tenantOf(options);
    const runs = await api().call(syncRunListSchema, {
      path: path`/tenants/${tenantId}/sync-runs` + below,
      query,
    });
    if (options.json === true) {
      printJson(io, runs);
      return;
    }
    if (runs.items.length === 0) {
      printLine(io, below === "/held" ? "No run is held." : "There are no sync runs yet.");
      return;
    }
    const rows = runs.items.map(({ counts, ...run }) => [
      run.id,
      showInstant(run.startedAt ?? run.requestedAt),
      String(run.source),
      run.dryRun ? `${run.policy}, dry` : run.policy,
      run.user ?? "all",
      run.code === null ? run.state : `${run.state} ${run.code}`,
      counts.read,
      changesOf(counts, run.held),
    ]);
    printTable(io, ["RUN", "STARTED", "SOURCE", "POLICY", "USERS", "STATE", "READ", "CHANGES"], rows);
  }

  async function heldUsers(options: CommonOptions & { limit: number }, runId: string): Promise<void> {
    const tenantId = await context.tenantOf(options);
    const held = await api().call(heldUsersSchema, {
      path: path`/tenants/${tenantId}/sync-runs/${runId}/held`,
      query: { limit: options.limit },
    });
    if (options.json === true) {
      printJson(io, held);
      return;
    }
    if (held.run.state !== "held")
      throw new AppError(
        "SYNC_NOT_HELD",
        `Run ${runId} is not waiting for approval; its state is ${held.run.state}.`,
      );
    printTable(
      io,
      ["USER", "ID", "REASON"],
      held.users.map((user) => [user.userName, user.userId, user.reason.replace("_", " ")]),
    );
    printLine(io, `${held.users.length} of ${held.run.held} users shown.`);
  }
}

/** `46 added, 2 deleted`; null when nothing changed. */
const changesOf = ({ added, changed, deleted, rejected }: SyncRun["counts"], held: number): string | null =>
  orDash(
    Object.entries({ added, changed, deleted, rejected, held })
      .filter(([, count]) => count > 0)
      .map(([what, count]) => `${count} ${what}`),
  );
