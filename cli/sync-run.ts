/** Following one run to its end, and showing it. */
import { type SyncRun, syncRunSchema } from "../shared/api/sync-runs.ts";
import { systemClock } from "../shared/clock.ts";
import { CommandEnd, type CommandIo, printLine, printTable, startProgressLine } from "../shared/command.ts";
import { isOpenRun, showCountName, SYNC_COUNTS, type SyncCount } from "../shared/protocol/frames.ts";
import { path } from "./api-client.ts";
import type { CliContext } from "./cli-context.ts";
import { showInstant, telling } from "./show.ts";

const POLL_MS = 250;

/** Until the run is over, however long it takes: a first sync of a large directory is long. Interrupting leaves it running. */
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

/** Exit codes for scripts: 3 the run failed and may be tried again, 4 its deletes wait for a decision. */
export function endOfRun({ state }: SyncRun): void {
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
    telling([
      ["state", run.state],
      ["policy", run.policy],
      ["who", run.user ?? "everybody"],
      ["dry run", run.dryRun ? "yes, nothing was changed" : null],
      ["feed", run.feed === null ? null : `${run.feed}${run.full === true ? ", everybody read" : ""}`],
      ["why", run.reason],
      ["agent", run.agentId],
      ["asked by", run.requestedBy],
      ["started", showInstant(run.startedAt)],
      ["finished", showInstant(run.finishedAt)],
      ...SYNC_COUNTS.map((name): [string, string | number] => [showCountName(name), countOf(name)]),
      ["held", run.held],
    ]),
  );
  if (run.code !== null) printLine(io, `${run.message ?? run.code} [${run.code}]`);
  if (run.state === "held")
    printLine(
      io,
      `${run.held} deletes wait: latchkey sync held ${run.id}, then sync approve or sync discard.`,
    );
}
