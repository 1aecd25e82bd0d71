import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Audit, AuditEvent } from "../audit/audit.ts";
import type { RecordKind } from "../store/record-refusals.ts";
import type { SyncRun } from "../store/sync-run.ts";

/** Metrics of one node for Prometheus. */
export interface CloudMetrics {
  readonly registry: Registry;
  requestDone(request: {
    readonly method: string;
    readonly route: string;
    readonly status: number;
    readonly ms: number;
  }): void;
  runDone(run: SyncRun): void;
  /** Wraps the audit and counts its entries, because every decision of the product is audited. */
  counted(audit: Audit): Audit;
  recordRefused(kind: RecordKind): void;
  /** Counts a read of a record that is older than this node has seen. */
  recordOlder(kind: RecordKind): void;
  /** Counts a refusal by a limit against abuse. */
  limitHit(name: string): void;
  /** Reads the number of sessions at every scrape. */
  watchSessions(count: () => number): void;
}

export function createCloudMetrics(): CloudMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: "latchkey_api_requests_total",
    help: "Requests answered, by route and status",
    labelNames: ["method", "route", "status"],
    registers,
  });
  const requestSeconds = new Histogram({
    name: "latchkey_api_request_seconds",
    help: "Time to the end of the answer; a writeback waits for its verdict",
    labelNames: ["method", "route"],
    buckets: [0.005, 0.02, 0.1, 0.5, 1, 5, 15, 30],
    registers,
  });
  const runs = new Counter({
    name: "latchkey_sync_runs_total",
    help: "Sync runs that came to an end, by policy and state",
    labelNames: ["policy", "state"],
    registers,
  });
  const users = new Counter({
    name: "latchkey_sync_users_total",
    help: "Users by what the runs did with them; dry runs are left out",
    labelNames: ["change"],
    registers,
  });
  const entries = new Counter({
    name: "latchkey_audit_entries_total",
    help: "Entries this node wrote into the audit; code is that of the verdict or refusal",
    labelNames: ["action", "outcome", "code"],
    registers,
  });
  const refusedRecords = new Counter({
    name: "latchkey_cloud_records_refused_total",
    help: "Reads of a stored record or message without a valid authentication code, by its kind",
    labelNames: ["kind"],
    registers,
  });

  const olderRecords = new Counter({
    name: "latchkey_cloud_records_older_total",
    help: "Reads of a stored record that is older than this node has seen, by its kind",
    labelNames: ["kind"],
    registers,
  });

  const limitHits = new Counter({
    name: "latchkey_cloud_limit_hits_total",
    help: "Refusals by limits against abuse, by limit",
    labelNames: ["limit"],
    registers,
  });

  return {
    registry,
    limitHit: (limit) => limitHits.inc({ limit }),
    requestDone({ method, route, status, ms }) {
      requests.inc({ method, route, status });
      requestSeconds.observe({ method, route }, ms / 1000);
    },
    runDone({ policy, state, dryRun, counts }) {
      runs.inc({ policy, state });
      if (dryRun) return;
      for (const change of ["added", "changed", "unchanged", "deleted", "rejected"] as const)
        users.inc({ change }, counts[change]);
    },
    counted: (audit) => ({
      async append(event: AuditEvent) {
        await audit.append(event);
        entries.inc({ action: event.action, outcome: event.outcome, code: event.code ?? "" });
      },
    }),
    recordRefused(kind) {
      refusedRecords.inc({ kind });
    },
    recordOlder(kind) {
      olderRecords.inc({ kind });
    },
    watchSessions(count) {
      new Gauge({
        name: "latchkey_agents_connected",
        help: "Agents connected to this node",
        registers,
        collect() {
          this.set(count());
        },
      });
    },
  };
}
