import { type Command, Option } from "commander";
import {
  heldUsersSchema,
  startedSyncRunSchema,
  type SyncRun,
  syncRunListSchema,
  syncRunSchema,
} from "../../shared/api/sync-runs.ts";
import { printJson, printLine, printTable } from "../../shared/command.ts";
import { AppError } from "../../shared/errors.ts";
import { SYNC_POLICIES } from "../../shared/protocol/frames.ts";
import { addCommand } from "../add-command.ts";
import { path } from "../api-client.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { orDash, showInstant } from "../show.ts";
import { endOfRun, printRun, waitForRun } from "../sync-run.ts";
import { wholeNumber } from "../whole-number.ts";

interface StartOptions extends CommonOptions {
  readonly policy: string;
  readonly user?: string;
  readonly dryRun?: boolean;
  readonly wait?: boolean;
}

export function addSyncCommands(program: Command, context: CliContext): void {
  const { io, api } = context;
  const sync = program.command("sync").description("runs that bring people from the directory");

  addCommand(sync, {
    usage: "start",
    does: "force a run; one under way that covers it is joined",
    example: "sync start --tenant contoso --policy delta --wait",
  })
    .addOption(
      new Option("--policy <policy>", "delta: what changed; initial: everybody anew")
        .choices(SYNC_POLICIES)
        .default("delta"),
    )
    .option("--user <user>", "this one user only")
    .option("--dry-run", "count what would change, and change nothing")
    .option("--wait", "show progress and the result; exit 3 when it failed, 4 when its deletes are held")
    .action(async (options: StartOptions) => {
      const { policy, user, dryRun, wait = false, json = false } = options;
      const tenantId = await context.tenantOf(options);
      const { run, joined } = await api().call(startedSyncRunSchema, {
        method: "POST",
        path: path`/tenants/${tenantId}/sync-runs`,
        body: { policy, user, dryRun },
      });
      if (!wait) {
        if (json) printJson(io, { run, joined });
        else printLine(io, `Run ${run.id} ${joined ? "was under way and is joined" : "is requested"}.`);
        return;
      }
      const ended = await waitForRun(context, tenantId, run);
      if (json) printJson(io, { run: ended, joined });
      else printRun(io, ended);
      endOfRun(ended);
    });

  addCommand(sync, { usage: "list", does: "list runs, newest first", example: "sync list --limit 20" })
    .option("--limit <count>", "how many", wholeNumber, 20)
    .action(async (options: CommonOptions & { limit: number }) => {
      await list(options, "", { limit: options.limit });
    });

  addCommand(sync, {
    usage: "held [run]",
    does: "list runs whose deletes wait for approval, or whom one would delete",
    example: "sync held 01JDA0B1C2D3E4F5G6H7J8K9MN",
  })
    .option("--limit <count>", "users shown", wholeNumber, 100)
    .action(async (runId: string | undefined, options: CommonOptions & { limit: number }) => {
      if (runId === undefined) await list(options, "/held", {});
      else await heldUsers(options, runId);
    });

  addCommand(sync, {
    usage: "show <run>",
    does: "show a run",
    example: "sync show 01JDA0B1C2D3E4F5G6H7J8K9MN",
  }).action(async (runId: string, options: CommonOptions) => {
    const run = await one(options, runId);
    if (options.json === true) printJson(io, run);
    else printRun(io, run);
  });

  for (const { verb, does } of [
    { verb: "approve", does: "delete exactly the users that a run holds" },
    { verb: "discard", does: "let the users that a run holds stay" },
  ])
    addCommand(sync, {
      usage: `${verb} <run>`,
      does,
      example: `sync ${verb} 01JDA0B1C2D3E4F5G6H7J8K9MN`,
    }).action(async (runId: string, options: CommonOptions) => {
      const run = await one(options, runId, `/${verb}`);
      if (options.json === true) printJson(io, run);
      else printLine(io, `Run ${run.id} is ${run.state}; ${run.counts.deleted} users were deleted.`);
    });

  /** Reads a run; with a verb, tells it so first. */
  async function one(options: CommonOptions, runId: string, verb = ""): Promise<SyncRun> {
    const tenantId = await context.tenantOf(options);
    return api().call(syncRunSchema, {
      method: verb === "" ? "GET" : "POST",
      path: path`/tenants/${tenantId}/sync-runs/${runId}` + verb,
    });
  }

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
      printLine(io, below === "/held" ? "No run is held." : "No run yet.");
      return;
    }
    const rows = runs.items.map(({ counts, ...run }) => [
      run.id,
      showInstant(run.startedAt ?? run.requestedAt),
      run.dryRun ? `${run.policy}, dry` : run.policy,
      run.user ?? "everybody",
      run.code === null ? run.state : `${run.state} ${run.code}`,
      counts.read,
      changesOf(counts, run.held),
    ]);
    printTable(io, ["RUN", "STARTED", "POLICY", "WHO", "STATE", "READ", "CHANGES"], rows);
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
    if (held.run.state !== "held") throw new AppError("SYNC_NOT_HELD");
    printTable(
      io,
      ["USER", "ID", "WHY"],
      held.users.map((user) => [user.userName, user.userId, user.reason.replace("_", " ")]),
    );
    printLine(io, `${held.users.length} of ${held.run.held} users shown.`);
  }
}

/** `46 added, 2 deleted`; null when there was nothing to do. */
const changesOf = ({ added, changed, deleted, rejected }: SyncRun["counts"], held: number): string | null =>
  orDash(
    Object.entries({ added, changed, deleted, rejected, held })
      .filter(([, count]) => count > 0)
      .map(([what, count]) => `${count} ${what}`),
  );
