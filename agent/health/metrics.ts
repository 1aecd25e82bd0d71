/** The agent's metrics for Prometheus. docs/operations.md lists those that should raise an alarm. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import { SYNC_COUNTS } from "../../shared/protocol/frames.ts";
import type { Verdict } from "../../shared/writeback.ts";
import type { SyncResult } from "../sync/sync-result.ts";
import type { AgentStatus } from "./agent-status.ts";
import type { DirectoryListener } from "./observe-directory.ts";

export interface AgentMetrics {
  readonly registry: Registry;
  syncEnded(result: SyncResult): void;
  verdictGiven(verdict: Pick<Verdict, "state" | "code">): void;
  readonly directoryAnswered: DirectoryListener;
}

const PREFIX = "latchkey_agent_";

/** Reads `status` at every scrape. Every label has a fixed set of values. */
export function createAgentMetrics(status: () => AgentStatus): AgentMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  /** Adds a gauge that is read at every scrape. Null becomes NaN, "no such value now". */
  const gauge = (name: string, help: string, value: (now: AgentStatus) => number | boolean | null): void => {
    new Gauge({
      name: PREFIX + name,
      help,
      registers,
      collect() {
        this.set(Number(value(status()) ?? NaN));
      },
    });
  };
  gauge("link_up", "1 while the link to the cloud is ready", ({ link }) => link.phase === "ready");
  gauge("link_clock_skew_seconds", "Cloud clock minus agent clock", ({ link }) =>
    link.clockSkewMs === null ? null : link.clockSkewMs / 1000,
  );
  gauge("approved", "1 when the cloud has approved this agent", ({ link }) => link.approved);
  gauge("directory_up", "1 while the directory answers", ({ directory }) => directory.healthy);
  new Gauge({
    name: `${PREFIX}directory_certificate_days_left`,
    help: "Days until the certificate ends with which an account signs in to the directory; NaN while it cannot be used",
    labelNames: ["account"],
    registers,
    collect() {
      this.reset();
      for (const { account, daysLeft } of status().directory.certificates)
        this.set({ account }, daysLeft ?? NaN);
    },
  });
  gauge("sync_running", "1 while a run is in progress", ({ sync }) => sync.running !== null);
  gauge("sync_last_success_timestamp_seconds", "End of the last complete run of everybody", ({ sync }) =>
    sync.lastSuccessAt === null ? null : sync.lastSuccessAt / 1000,
  );
  gauge(
    "sync_push_listening",
    "1 while the directory notifies of changes",
    ({ sync }) => sync.push.state === "listening",
  );
  gauge(
    "sync_push_notifications",
    "Notifications since the start of the agent",
    ({ sync }) => sync.push.notifications,
  );
  gauge(
    "writeback_pending_outcomes",
    "Outcomes the cloud has not acknowledged",
    ({ writeback }) => writeback.pendingOutcomes,
  );
  gauge(
    "writeback_brake_engaged",
    "1 while the brake stops writebacks",
    ({ writeback }) => writeback.brake !== null,
  );

  const runs = new Counter({
    name: `${PREFIX}sync_runs_total`,
    help: "Runs by how they ended",
    labelNames: ["trigger", "policy", "state", "code"],
    registers,
  });
  const users = new Counter({
    name: `${PREFIX}sync_users_total`,
    help: "Users by what the runs made of them; dry runs are left out",
    labelNames: ["kind"],
    registers,
  });
  const runSeconds = new Histogram({
    name: `${PREFIX}sync_run_seconds`,
    help: "Time of a run",
    labelNames: ["policy"],
    buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 1800],
    registers,
  });
  const verdicts = new Counter({
    name: `${PREFIX}writeback_verdicts_total`,
    help: "Writebacks by the directory's or the agent's verdict",
    labelNames: ["state", "code"],
    registers,
  });
  const answers = new Histogram({
    name: `${PREFIX}directory_seconds`,
    help: "Time of the directory's answers; code is empty when it answered",
    labelNames: ["operation", "code"],
    buckets: [0.002, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
    registers,
  });

  return {
    registry,
    syncEnded({ trigger, policy, state, error, dryRun, counts, durationMs }) {
      runs.inc({ trigger, policy, state, code: error?.code ?? "" });
      runSeconds.observe({ policy }, durationMs / 1000);
      if (!dryRun) for (const kind of SYNC_COUNTS) users.inc({ kind }, counts[kind]);
    },
    verdictGiven: ({ state, code }) => verdicts.inc({ state, code: code ?? "" }),
    directoryAnswered: (operation, durationMs, code) =>
      answers.observe({ operation, code: code ?? "" }, durationMs / 1000),
  };
}
