/** Waits for a sync run and prints it. */
import { type SyncRun, syncRunSchema } from "../shared/api/sync-runs.ts";
import { systemClock } from "../shared/clock.ts";
import { CommandEnd, type CommandIo, printLine, printTable, startProgressLine } from "../shared/command.ts";
import { isOpenRun, showCountName, SYNC_COUNTS, type SyncCount } from "../shared/protocol/frames.ts";
import { path } from "./api-client.ts";
import type { CliContext } from "./cli-context.ts";
import { showInstant, withoutEmptyRows } from "./show.ts";

const POLL_MS = 250;

/**
 * Waits until the run is over, however long it takes: the first sync of a large directory takes long. Interrupting the
 * command does not stop the run.
 */
export async function waitForRun(
  { io, api }: CliContext,
  tenantId: string,
  started: SyncRun,
): Promise<SyncRun> {
  const line = startProgressLine(io);
  let run = started;
  try {
    while (isOpenRun(run)) {
      const { read, added, changed } = run.counts;
      line.show(
        run.state === "requested"
          ? `run ${run.id}: waiting for the agent`
          : `run ${run.id}: ${read} read, ${added} added, ${changed} changed`,
      );
      await systemClock.sleep(POLL_MS);
      run = await api().call(syncRunSchema, { path: path`/tenants/${tenantId}/sync-runs/${run.id}` });
    }
    return run;
  } finally {
    line.clear();
  }
}

/**
 * Ends the command with 3 for a failed run, which may be tried again, and with 4 for deletions that wait for approval.
 */
export function exitByState({ state }: SyncRun): void {
  if (state === "failed") throw new CommandEnd(3);
  if (state === "held") throw new CommandEnd(4);
}

export function printRun(io: CommandIo, run: SyncRun): void {
  const { counts } = run;
  const rejections = Object.entries(run.rejections).map(
    ([reason, count]) => `${count} ${reason.replaceAll("_", " ")}`,
  );
  const countOf = (name: SyncCount): string | number => {
    if (name === "read") return String(counts.read); // as text, because a table leaves out a number that is 0
    if (name === "rejected" && counts.rejected > 0) return [counts.rejected, ...rejections].join(", ");
    return counts[name];
  };
  printTable(
    io,
    ["RUN", run.id],
    withoutEmptyRows([
      ["state", run.state],
      ["source", String(run.source)],
      ["policy", run.policy],
      ["users", run.user ?? "all"],
      ["dry run", run.dryRun ? "yes, nothing was changed" : null],
      ["feed", run.feed === null ? null : `${run.feed}${run.full === true ? ", all users read" : ""}`],
      ["reason", run.reason],
      ["scope changed", run.scopeChange],
      ["agent", run.agentId],
      ["requested by", run.requestedBy],
      ["started", showInstant(run.startedAt)],
      ["finished", showInstant(run.finishedAt)],
      ...SYNC_COUNTS.map((name): [string, string | number] => [showCountName(name), countOf(name)]),
      ["held", run.held],
    ]),
  );
  if (run.code !== null) printLine(io, `${run.message ?? run.code} [${run.code}]`);
  if (run.state === "held") {
    if (run.scopeChange !== null)
      printLine(
        io,
        `All deletions are held, because the scope changed (${run.scopeChange})${run.agentId === null ? "" : ` in the configuration of agent ${run.agentId}`}. If that is a mistake, correct it there; the next run then keeps the users.`,
      );
    printLine(io, `${run.held} deletions wait for approval. List them: latchkey sync held ${run.id}`);
    printLine(io, `Then decide: latchkey sync approve ${run.id}, or latchkey sync discard ${run.id}`);
  }
}
