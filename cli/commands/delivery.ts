import type { Command } from "commander";
import { deliveryListSchema } from "../../shared/api/deliveries.ts";
import { printJson, printLine, printTable } from "../../shared/command.ts";
import { addCommand } from "../add-command.ts";
import { path } from "../api-client.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { showInstant } from "../show.ts";
import { wholeNumber } from "../whole-number.ts";

interface ListOptions extends CommonOptions {
  readonly correlation?: string;
  readonly limit: number;
}

export function addDeliveryCommands(program: Command, context: CliContext): void {
  const { io, api } = context;
  const delivery = program.command("delivery").description("List messages sent to users and administrators");

  addCommand(delivery, {
    usage: "list",
    summary: "List messages and their delivery state, newest first; their text is not stored",
    example: "delivery list --correlation 01JDA0B1C2D3E4F5G6H7J8K9MN",
  })
    .option("--correlation <id>", "only messages of this reset attempt, registration, writeback or run")
    .option("--limit <count>", "maximum number of messages", wholeNumber, 50)
    .action(async (options: ListOptions) => {
      const tenantId = await context.tenantOf(options);
      const list = await api().call(deliveryListSchema, {
        path: path`/tenants/${tenantId}/deliveries`,
        query: { correlationId: options.correlation, limit: options.limit },
      });
      if (options.json === true) {
        printJson(io, list);
        return;
      }
      if (list.items.length === 0) {
        printLine(io, "No messages.");
        return;
      }
      const rows = list.items.map((item) => [
        showInstant(item.createdAt),
        item.kind.replaceAll("_", " "),
        item.channel,
        item.to,
        item.error === null ? item.state : `${item.state}: ${item.error}`,
        item.provider,
        item.correlationId,
      ]);
      printTable(io, ["AT", "MESSAGE", "BY", "TO", "STATE", "PROVIDER", "BELONGS TO"], rows);
    });
}
