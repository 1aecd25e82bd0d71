/** `latchkey-agent status`: shows the status of the running agent. */
import type { Command } from "commander";
import { printJson, printTable } from "../../shared/command.ts";
import { MINUTE_MS } from "../../shared/durations.ts";
import { ERRORS } from "../../shared/errors.ts";
import { showInstant } from "../../shared/show-instant.ts";
import type { AgentStatus } from "../health/agent-status.ts";
import { createLocalClient } from "../health/local-client.ts";
import {
  type CommandContext,
  type CommonOptions,
  readAgentConfig,
  withCommonOptions,
} from "./command-context.ts";

export function addStatusCommand(program: Command, context: CommandContext): void {
  withCommonOptions(program.command("status"))
    .summary("show the status of the running agent")
    .description(
      "Shows the connection to the cloud, the directory, the last sync and the writebacks of the agent on this host.",
    )
    .addHelpText("after", "\nExample:\n  latchkey-agent status --json")
    .action(async (options: CommonOptions) => {
      const config = readAgentConfig(context, options);
      const status = await createLocalClient(config.stateDirectory).status();
      if (options.json) printJson(context.io, status);
      else printTable(context.io, ["PART", "STATE"], rowsOf(status));
    });
}

function rowsOf({
  version,
  agentId,
  tenantId,
  fingerprint,
  generation,
  startedAt,
  link,
  directory,
  sync,
  writeback,
}: AgentStatus) {
  return [
    ["agent", `${agentId} of ${tenantId}, version ${version}, since ${showInstant(startedAt)}`],
    ["fingerprint", fingerprint],
    ["generation", String(generation)],
    ["link", linkText(link)],
    [
      "approved",
      link.approved === null
        ? null
        : link.approved
          ? "yes"
          : "no: writeback is off until an administrator approves this agent",
    ],
    ["directory", directoryText(directory)],
    ["sync", syncText(sync)],
    ["change notification", pushText(sync)],
    ["last sync", lastText(sync)],
    ["last success", sync.lastSuccessAt === null ? null : showInstant(sync.lastSuccessAt)],
    ["writeback", writebackText(writeback)],
  ] satisfies (string | null)[][];
}

function linkText({
  phase,
  node,
  connectedAt,
  lastError,
  nextAttemptAt,
  clockSkewMs,
}: AgentStatus["link"]): string {
  const skew =
    clockSkewMs !== null && Math.abs(clockSkewMs) > MINUTE_MS
      ? `, clock off by ${Math.round(clockSkewMs / 1000)} s`
      : "";
  if (connectedAt !== null) return `${phase}, node ${node ?? "?"}, since ${showInstant(connectedAt)}${skew}`;
  const next = nextAttemptAt === null ? "" : `, next attempt ${showInstant(nextAttemptAt)}`;
  const why =
    lastError === null ? "" : `: ${lastError.message} ${ERRORS[lastError.code].fix} [${lastError.code}]`;
  return `${phase}${why}${next}${skew}`;
}

function directoryText({ healthy, server, dialect, error }: AgentStatus["directory"]): string {
  if (error !== null) return `down: ${error.message} [${error.code}]`;
  return `${healthy ? "up" : "not checked yet"}${server === null ? "" : `, ${server} (${dialect ?? "?"})`}`;
}

function syncText({ running, waiting, schedule }: AgentStatus["sync"]): string {
  const queue = waiting === 0 ? "" : `, ${waiting} waiting`;
  if (running === null) return `idle, schedule ${schedule}${queue}`;
  return `${running.policy} run ${running.runId} in progress, ${running.progress?.read ?? 0} read${queue}`;
}

function pushText({ push }: AgentStatus["sync"]): string {
  const { state, by, since, notifications, error } = push;
  if (state === "off") return "off: changes arrive with the schedule";
  if (state === "unsupported") return "the directory server cannot notify: changes arrive with the schedule";
  if (state === "listening")
    return `listening (${(by ?? "").replaceAll("_", " ")}) since ${showInstant(since ?? 0)}, ${notifications} notifications`;
  return error === null ? "connecting" : `connecting again: ${error.message} [${error.code}]`;
}

function lastText({ last }: AgentStatus["sync"]): string | null {
  if (last === null) return null;
  const { state, policy, startedAt, counts, error } = last;
  const what =
    error === null
      ? `${counts.added} added, ${counts.changed} changed, ${counts.deleted} deleted`
      : error.message;
  return `${state}: ${policy} at ${showInstant(startedAt)}, ${what}`;
}

function writebackText({ enabled, brake, pendingOutcomes, journal }: AgentStatus["writeback"]): string {
  if (!enabled) return "off";
  if (journal === "unavailable")
    return "stopped: the journal cannot be written; check that the disk is not full";
  const stopped =
    brake === null
      ? "on"
      : `stopped by the brake (limit per ${brake}); to go on: latchkey-agent brake release`;
  return pendingOutcomes === 0 ? stopped : `${stopped}, ${pendingOutcomes} outcomes not acknowledged`;
}
