import type { Command } from "commander";
import { type Tenant, tenantListSchema, tenantSchema } from "../../shared/api/tenants.ts";
import { printJson, printTable } from "../../shared/command.ts";
import { addCommand } from "../add-command.ts";
import { path } from "../api-client.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { orDash, showInstant } from "../show.ts";

export function addTenantCommands(program: Command, context: CliContext): void {
  const { io, api } = context;
  const tenant = program.command("tenant").description("organisations of this installation");

  function show(items: readonly Tenant[]): void {
    const rows = items.map((item) => [item.id, item.name, orDash(item.domains), showInstant(item.createdAt)]);
    printTable(io, ["TENANT", "NAME", "DOMAINS", "CREATED"], rows);
  }

  addCommand(tenant, { usage: "list", does: "list tenants", example: "tenant list", noTenant: true }).action(
    async ({ json }: CommonOptions) => {
      const list = await api().call(tenantListSchema, { path: "/tenants" });
      if (json === true) printJson(io, list);
      else show(list.items);
    },
  );

  addCommand(tenant, {
    usage: "create",
    does: "create a tenant",
    example: "tenant create --id contoso --name Contoso --domain contoso.com",
    noTenant: true,
  })
    .requiredOption("--id <id>", "1 to 40 of a-z, 0-9 and -; cannot be changed later")
    .requiredOption("--name <name>", "name shown to people")
    .option("--domain <domain...>", "domains that lead people to it")
    .action(async (options: CommonOptions & { id: string; name: string; domain?: string[] }) => {
      const { id, name, domain: domains = [], json } = options;
      const created = await api().call(tenantSchema, {
        method: "POST",
        path: "/tenants",
        body: { id, name, domains },
      });
      if (json === true) printJson(io, created);
      else show([created]);
    });

  addCommand(tenant, {
    usage: "show",
    does: "show a tenant",
    example: "tenant show --tenant contoso",
  }).action(async (options: CommonOptions) => {
    const tenantId = await context.tenantOf(options);
    const found = await api().call(tenantSchema, { path: path`/tenants/${tenantId}` });
    if (options.json === true) printJson(io, found);
    else show([found]);
  });

  addCommand(tenant, {
    usage: "change",
    does: "change name, domains or the limits of the delete brake",
    example: "tenant change --tenant contoso --domain contoso.com contoso.be",
  })
    .option("--name <name>", "new name")
    .option("--domain <domain...>", "all its domains: those left out are taken away")
    .option("--delete-minimum <users>", "a run may always delete this many users")
    .option("--delete-percent <percent>", "… or this share of them, whichever is more")
    .action(
      async (
        options: CommonOptions & {
          name?: string;
          domain?: string[];
          deleteMinimum?: string;
          deletePercent?: string;
        },
      ) => {
        const tenantId = await context.tenantOf(options);
        const { name, domain: domains, deleteMinimum, deletePercent } = options;
        const settings = {
          ...(deleteMinimum === undefined ? {} : { deleteMinimum: Number(deleteMinimum) }),
          ...(deletePercent === undefined ? {} : { deletePercent: Number(deletePercent) }),
        };
        const body = { name, domains, ...(Object.keys(settings).length === 0 ? {} : { settings }) };
        const changed = await api().call(tenantSchema, {
          method: "PATCH",
          path: path`/tenants/${tenantId}`,
          body,
        });
        if (options.json === true) printJson(io, changed);
        else show([changed]);
      },
    );
}
