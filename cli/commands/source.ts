import type { Command } from "commander";
import {
  ambiguousNamesSchema,
  removedSourceSchema,
  type Source,
  sourceListSchema,
  sourceSchema,
} from "../../shared/api/sources.ts";
import { printJson, printLine, printTable } from "../../shared/command.ts";
import { addCommand } from "../add-command.ts";
import { path } from "../api-client.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { orDash, showInstant, withoutEmptyRows } from "../show.ts";
import { exitByState, printRun } from "../sync-run.ts";

export function addSourceCommands(program: Command, context: CliContext): void {
  const { io, api } = context;
  const source = program
    .command("source")
    .description("List, rename and remove sources: the directories of a tenant");

  addCommand(source, {
    usage: "list",
    summary: "List sources",
    example: "source list --tenant contoso",
  }).action(async (options: CommonOptions) => {
    const tenantId = await context.tenantOf(options);
    const list = await api().call(sourceListSchema, { path: path`/tenants/${tenantId}/sources` });
    if (options.json === true) {
      printJson(io, list);
      return;
    }
    if (list.items.length === 0) {
      printLine(io, "There are no sources yet. Approving the first agent makes one: latchkey agent list");
      return;
    }
    const rows = list.items.map((item) => [
      String(item.number),
      item.name,
      item.identity.suffix,
      String(item.users),
      orDash(item.agents.map(agentText)),
    ]);
    printTable(io, ["SOURCE", "NAME", "DIRECTORY", "USERS", "AGENTS"], rows);
  });

  addCommand(source, {
    usage: "show <source>",
    summary: "Show one source, and the names that it shares with another",
    example: "source show corp.example.com",
  }).action(async (nameOrNumber: string, options: CommonOptions) => {
    const tenantId = await context.tenantOf(options);
    const found = await api().call(sourceSchema, {
      path: path`/tenants/${tenantId}/sources/${nameOrNumber}`,
    });
    if (options.json === true) {
      printJson(io, found);
      return;
    }
    printTable(io, ["SOURCE", String(found.number)], rowsOf(found));
    const { items } = await api().call(ambiguousNamesSchema, {
      path: path`/tenants/${tenantId}/ambiguous-names`,
      query: { limit: 500 },
    });
    const shared = items.filter(({ users }) => users.some((user) => user.source === found.number));
    if (shared.length > 0)
      printLine(
        io,
        `${shared.length} names of its users find other users too, so nobody can sign in with them. List them: latchkey user search --ambiguous`,
      );
  });

  addCommand(source, {
    usage: "rename <source>",
    summary: "Rename a source",
    example: "source rename lab.test --name factory",
  })
    .requiredOption("--name <name>", "new name, unique in the tenant")
    .action(async (nameOrNumber: string, options: CommonOptions & { name: string }) => {
      const tenantId = await context.tenantOf(options);
      const renamed = await api().call(sourceSchema, {
        method: "PATCH",
        path: path`/tenants/${tenantId}/sources/${nameOrNumber}`,
        body: { name: options.name },
      });
      if (options.json === true) printJson(io, renamed);
      else printLine(io, `Source ${renamed.number} is called '${renamed.name}' now.`);
    });

  addCommand(source, {
    usage: "remove <source>",
    summary:
      "Remove a source whose agents are revoked: holds the deletion of all its users for your decision",
    example: "source remove factory",
  }).action(async (nameOrNumber: string, options: CommonOptions) => {
    const tenantId = await context.tenantOf(options);
    const { run } = await api().call(removedSourceSchema, {
      method: "POST",
      path: path`/tenants/${tenantId}/sources/${nameOrNumber}/remove`,
    });
    if (options.json === true) printJson(io, { run });
    else if (run.state === "done") printLine(io, "The source had no users and is removed.");
    else printRun(io, run);
    exitByState(run);
  });
}

const agentText = ({ name, connected, servesIt }: Source["agents"][number]): string =>
  `${name}${servesIt ? "" : ", serves another directory"}${connected ? "" : ", not connected"}`;

const rowsOf = (source: Source) =>
  withoutEmptyRows([
    ["name", source.name],
    ["directory", source.identity.suffix],
    [
      "identity",
      source.identity.hasId
        ? source.identity.key
        : `${source.identity.key}, because the suffix shows the agent no id: latchkey-agent doctor says what to grant`,
    ],
    ["bases", orDash((source.scope?.bases ?? []).map(({ dn }) => dn))],
    ["filter", source.scope?.filter ?? null],
    ["groups", orDash(source.scope?.groups ?? [])],
    ["users", String(source.users)],
    ["agents", orDash(source.agents.map(agentText))],
    ["made", `${showInstant(source.createdAt) ?? ""} by ${source.createdBy}`],
    [
      "removal",
      source.removal === null ? null : `waits for a decision: latchkey sync held ${source.removal}`,
    ],
  ]);
