import { expect } from "chai";
import { createAgentMetrics } from "../../../../agent/health/metrics.ts";
import { newId } from "../../../../shared/ids.ts";
import { type MetricsServer, startMetricsServer } from "../../../../shared/metrics-server.ts";
import { NO_COUNTS } from "../../../../shared/protocol/frames.ts";
import { agentStatus } from "../../../support/agent-status.ts";

describe("agent metrics", () => {
  let server: MetricsServer;
  let status = agentStatus();
  const metrics = createAgentMetrics(() => status);

  before(async () => {
    server = await startMetricsServer({
      listen: { host: "127.0.0.1", port: 0 },
      registry: metrics.registry,
      unreadyReasons: () => [],
    });
  });
  after(() => server.close());

  const scrape = async (): Promise<string> => (await fetch(`${server.url}/metrics`)).text();

  it("counts the days of the certificates with which the agent signs in", async () => {
    const { directory } = agentStatus();
    const certificates = [
      { account: "bind", daysLeft: 12.5 },
      { account: "writebackBind", daysLeft: null },
    ] as const;
    status = { ...agentStatus(), directory: { ...directory, certificates: [...certificates] } };
    const text = await scrape();
    status = agentStatus();

    expect(text).to.include('latchkey_agent_directory_certificate_days_left{account="bind"} 12.5');
    expect(text).to.include('latchkey_agent_directory_certificate_days_left{account="writebackBind"} Nan');
    expect(await scrape()).to.not.include('days_left{account="bind"}');
  });

  it("counts runs, users, verdicts and the directory's answers", async () => {
    metrics.syncEnded({
      runId: newId(),
      trigger: "schedule",
      policy: "delta",
      dryRun: false,
      user: null,
      state: "done",
      feed: "syncrepl",
      full: false,
      reason: null,
      counts: { ...NO_COUNTS, read: 7, added: 5, rejected: 2 },
      problems: { total: 0, items: [] },
      held: 0,
      startedAt: 1,
      durationMs: 1_500,
      error: null,
    });
    metrics.verdictGiven({ state: "rejected", code: "PASSWORD_TOO_SHORT" });
    metrics.directoryAnswered("find", 12, null);

    const text = await scrape();

    for (const line of [
      'latchkey_agent_sync_runs_total{trigger="schedule",policy="delta",state="done",code=""} 1',
      'latchkey_agent_sync_users_total{kind="added"} 5',
      'latchkey_agent_sync_run_seconds_sum{policy="delta"} 1.5',
      'latchkey_agent_writeback_verdicts_total{state="rejected",code="PASSWORD_TOO_SHORT"} 1',
      'latchkey_agent_directory_seconds_count{operation="find",code=""} 1',
      "latchkey_agent_link_up 1",
      "latchkey_agent_directory_up 1",
      "latchkey_agent_sync_last_success_timestamp_seconds Nan",
    ])
      expect(text).to.contain(`${line}\n`);
    expect(text).to.contain("nodejs_eventloop_lag_seconds");
  });

  it("reads the state at every scrape", async () => {
    status = agentStatus({ link: { ...agentStatus().link, phase: "waiting", approved: null } });

    expect(await scrape()).to.contain("latchkey_agent_link_up 0\n");
  });
});
