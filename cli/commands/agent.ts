import type { Command } from "commander";
import { type Agent, agentListSchema, agentSchema } from "../../shared/api/agents.ts";
import { printJson, printLine, printTable } from "../../shared/command.ts";
import { ERRORS } from "../../shared/errors.ts";
import { describeIdentity } from "../../shared/source.ts";
import { addCommand } from "../add-command.ts";
import { path } from "../api-client.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { showInstant, showYesNo } from "../show.ts";
import { wholeNumber } from "../whole-number.ts";

interface ApproveOptions extends CommonOptions {
  readonly fingerprint: string;
  readonly newSource?: string | true;
  readonly generation?: number;
}

export function addAgentCommands(program: Command, context: CliContext): void {
  const { io, api } = context;
  const agent = program.command("agent").description("List, approve and revoke agents");

  const one = async (
    options: CommonOptions,
    agentId: string,
    method: "GET" | "POST",
    what = "",
    body?: unknown,
  ) =>
    api().call(agentSchema, {
      method,
      path: path`/tenants/${await context.tenantOf(options)}/agents/${agentId}` + what,
      body,
    });

  addCommand(agent, { usage: "list", summary: "List agents", example: "agent list --tenant contoso" }).action(
    async (options: CommonOptions) => {
      const tenantId = await context.tenantOf(options);
      const list = await api().call(agentListSchema, { path: path`/tenants/${tenantId}/agents` });
      if (options.json === true) {
        printJson(io, list);
        return;
      }
      const rows = list.items.map((item) => [
        item.agentId,
        item.name,
        item.problem ?? item.state,
        item.source?.name ?? null,
        showYesNo(item.connected),
        item.directory === null
          ? null
          : `${item.directory.server ?? "?"}${item.directory.healthy ? "" : ", down"}`,
        showInstant(item.lastSeenAt),
      ]);
      printTable(io, ["AGENT", "NAME", "STATE", "SOURCE", "CONNECTED", "DIRECTORY", "LAST SEEN"], rows);
    },
  );

  addCommand(agent, {
    usage: "show <agent>",
    summary: "Show one agent",
    example: "agent show 01JDA0B1C2D3E4F5G6H7J8K9MN",
  }).action(async (agentId: string, options: CommonOptions) => {
    const found = await one(options, agentId, "GET");
    if (options.json === true) printJson(io, found);
    else printTable(io, ["AGENT", found.agentId], rowsOf(found));
  });

  addCommand(agent, {
    usage: "approve <agent>",
    summary: "Approve an agent, so that it may set passwords",
    example: "agent approve 01JDA0B1C2D3E4F5G6H7J8K9MN --fingerprint 3f2a-90c1-…",
  })
    .requiredOption(
      "--fingerprint <fingerprint>",
      "fingerprint that latchkey-agent enroll printed on the agent's host",
    )
    .option(
      "--new-source [name]",
      "add the agent's directory as another source of the tenant, under this name or its own",
    )
    .option(
      "--generation <number>",
      "generation that latchkey-agent status shows on the host; only after Redis was restored from a backup",
      wholeNumber,
    )
    .action(async (agentId: string, options: ApproveOptions) => {
      const { fingerprint, newSource, generation, json } = options;
      const body = { fingerprint, newSource, generation };
      const approved = await one(options, agentId, "POST", "/approve", body);
      if (json === true) printJson(io, approved);
      else
        printLine(
          io,
          `Agent '${approved.name}' is ${approved.state} and serves the source '${approved.source?.name ?? "?"}'.`,
        );
    });

  addCommand(agent, {
    usage: "revoke <agent>",
    summary: "Revoke an agent at once and permanently",
    example: "agent revoke 01JDA0B1C2D3E4F5G6H7J8K9MN",
  }).action(async (agentId: string, options: CommonOptions) => {
    const revoked = await one(options, agentId, "POST", "/revoke");
    if (options.json === true) printJson(io, revoked);
    else printLine(io, `Agent '${revoked.name}' is ${revoked.state}.`);
  });
}

const rowsOf = (agent: Agent): (string | null)[][] => [
  ["name", agent.name],
  ["state", agent.state],
  ["source", agent.source === null ? null : agent.source.name],
  ["serves", agent.stated === null ? "not stated yet" : describeIdentity(agent.stated.identity)],
  ...(agent.problem === null
    ? []
    : [["problem", `${ERRORS[agent.problem].meaning} It gets no runs and no jobs. [${agent.problem}]`]]),
  ["fingerprint", agent.fingerprint],
  ["connected", agent.connected ? `yes, to ${agent.node ?? "?"}` : "no"],
  ["last seen", showInstant(agent.lastSeenAt)],
  ["host", `${agent.hostName} (${agent.platform})`],
  ["version", agent.version],
  ["writeback", showYesNo(agent.writebackEnabled)],
  ["directory", agent.directory?.dialect ?? null],
  ["server", agent.directory?.server ?? null],
  ["directory answers", showYesNo(agent.directory?.healthy ?? null)],
  ["enrolled", showInstant(agent.enrolledAt)],
  [
    "decided",
    agent.decidedAt === null ? null : `${showInstant(agent.decidedAt) ?? ""} by ${agent.decidedBy ?? "?"}`,
  ],
];
