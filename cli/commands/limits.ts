import type { Command } from "commander";
import { liftedLimitSchema, limitListSchema, limitSchema, type LimitView } from "../../shared/api/limits.ts";
import { printJson, printLine, printTable } from "../../shared/command.ts";
import { addCommand } from "../add-command.ts";
import { path } from "../api-client.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { orDash, showInstant } from "../show.ts";

export function addLimitCommands(program: Command, context: CliContext): void {
  const { io, api } = context;
  const limits = program
    .command("limits")
    .description("Show the limits against abuse, and lift those that refuse too much");

  addCommand(limits, {
    usage: "list",
    summary: "List the limits, and where they refuse now",
    example: "limits list --tenant contoso",
  }).action(async (options: CommonOptions) => {
    const tenantId = await context.tenantOf(options);
    const list = await api().call(limitListSchema, { path: path`/tenants/${tenantId}/limits` });
    if (options.json === true) {
      printJson(io, list);
      return;
    }
    const rows = list.items.map((limit) => [
      limit.name,
      limit.by,
      limit.threshold,
      windowText(limit.windowSeconds),
      orDash(engagedTexts(limit)),
    ]);
    printTable(io, ["LIMIT", "OF ONE", "MOST", "WITHIN", "REFUSES NOW"], rows);
  });

  addCommand(limits, {
    usage: "show <limit>",
    summary: "Show one limit, and where it refuses now",
    example: "limits show network_codes",
  }).action(async (name: string, options: CommonOptions) => {
    const tenantId = await context.tenantOf(options);
    const limit = await api().call(limitSchema, { path: path`/tenants/${tenantId}/limits/${name}` });
    if (options.json === true) {
      printJson(io, limit);
      return;
    }
    printTable(
      io,
      ["LIMIT", limit.name],
      [
        ["of one", limit.by],
        ["counts", limit.counts],
        ["most", limit.threshold],
        ["within", windowText(limit.windowSeconds)],
        ["protects", limit.protects],
        ["lifted by", LIFTED_BY[limit.liftedBy]],
        ["set in the policy by", limit.setting ?? "-"],
        ["refuses now", orDash(engagedTexts(limit))],
      ],
    );
  });

  addCommand(limits, {
    usage: "lift <limit>",
    summary: "Lift a limit of networks or of the tenant",
    example: "limits lift network_codes --for 203.0.113.0/24",
  })
    .option("--for <network>", "lift it for this network only")
    .action(async (name: string, options: CommonOptions & { readonly for?: string }) => {
      const tenantId = await context.tenantOf(options);
      const result = await api().call(liftedLimitSchema, {
        method: "POST",
        path: path`/tenants/${tenantId}/limits/${name}/lift`,
        body: options.for === undefined ? {} : { for: options.for },
      });
      if (options.json === true) printJson(io, result);
      else if (result.lifted === 0) printLine(io, `Nothing was counted by ${name}.`);
      else printLine(io, `${name} was lifted: it begins to count anew.`);
    });
}

const LIFTED_BY = {
  helpdesk: "latchkey user unblock",
  administrator: "latchkey limits lift",
  time: "only time",
} as const;

const engagedTexts = ({ engaged }: LimitView): string[] =>
  engaged.map((one) => `${one.for === null ? "" : `${one.for} `}until ${showInstant(one.until)}`);

const UNITS = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
] as const;
function windowText(seconds: number): string {
  const [size, unit] = UNITS.find(([each]) => seconds % each === 0) ?? [1, "s"];
  return `${seconds / size} ${unit}`;
}
