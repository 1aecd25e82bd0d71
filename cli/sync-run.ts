/** Waits for a sync run and prints it. */
import type { z } from "zod";
import { runProblemsSchema, type SyncRun, syncRunSchema } from "../shared/api/sync-runs.ts";
import { systemClock } from "../shared/clock.ts";
import { CommandEnd, type CommandIo, printLine, printTable, startProgressLine } from "../shared/command.ts";
import { PROBLEM_HEAD, problemRow } from "../shared/problem-table.ts";
import {
  isOpenRun,
  showCountName,
  SYNC_COUNTS,
  type SyncCount,
  type SyncProblem,
} from "../shared/protocol/frames.ts";
import { path } from "./api-client.ts";
import type { CliContext } from "./cli-context.ts";
import { showInstant, withoutEmptyRows } from "./show.ts";

const POLL_MS = 250;
const PROBLEMS_PER_PAGE = 500;

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

/** Reads everything that the run's list of problems has, page by page. */
export async function readProblems(
  { api }: CliContext,
  tenantId: string,
  runId: string,
): Promise<SyncProblem[]> {
  const problems: SyncProblem[] = [];
  for (let offset: number | null = 0; offset !== null;) {
    const page: z.infer<typeof runProblemsSchema> = await api().call(runProblemsSchema, {
      path: path`/tenants/${tenantId}/sync-runs/${runId}/problems`,
      query: { limit: PROBLEMS_PER_PAGE, offset },
    });
    problems.push(...page.items);
    offset = page.next;
  }
  return problems;
}

export function printProblems(io: CommandIo, run: SyncRun, problems: readonly SyncProblem[]): void {
  if (run.problems === 0) return;
  printLine(io, "Entries and values that cannot be used:");
  printTable(io, PROBLEM_HEAD, problems.map(problemRow));
  const rest = run.problems - problems.length;
  if (rest > 0) printLine(io, `${rest} more are counted above, and not listed.`);
}

/**
 * Ends the command with 3 for a failed run, and with 4 for deletions that wait for approval. A dry run ends like the run that it
 * stands for: with 4 when its deletions would be held.
 */
export function exitByState({ state, dryRun, held }: SyncRun): void {
  if (state === "failed") throw new CommandEnd(3);
  if (state === "held" || (dryRun && held > 0)) throw new CommandEnd(4);
}

const countsByReason = (counts: Readonly<Partial<Record<string, number>>>): string[] =>
  Object.entries(counts).map(([reason, count]) => `${count ?? 0} ${reason.replaceAll("_", " ")}`);

export function printRun(io: CommandIo, run: SyncRun): void {
  const { counts } = run;
  const rejections = countsByReason(run.rejections);
  const unusable = countsByReason(run.unusableValues);
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
      ["unusable values", unusable.length === 0 ? null : unusable.join(", ")],
      [run.dryRun ? "would be held" : "held", run.held],
    ]),
  );
  if (run.code !== null) printLine(io, `${run.message ?? run.code} [${run.code}]`);
  if (run.held > 0 && run.withoutId > 0)
    printLine(
      io,
      `The run read ${run.withoutId} entries without a usable id. The users it did not find may be among them, so their deletions ${run.dryRun ? "would be" : "are"} held. Mend the ids first; the next run then keeps the users.`,
    );
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
