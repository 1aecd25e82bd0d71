import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { MAX_LOGO_BYTES } from "../../shared/api/brand.ts";
import { type Tenant, tenantListSchema, tenantSchema } from "../../shared/api/tenants.ts";
import { printJson, printTable } from "../../shared/command.ts";
import { AppError } from "../../shared/errors.ts";
import { addCommand } from "../add-command.ts";
import { path } from "../api-client.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { orDash, showInstant } from "../show.ts";

export function addTenantCommands(program: Command, context: CliContext): void {
  const { io, api } = context;
  const tenant = program.command("tenant").description("organisations of this installation");

  function show(items: readonly Tenant[]): void {
    const rows = items.map((item) => [
      item.id,
      item.name,
      orDash(item.domains),
      orDash(looksOf(item)),
      showInstant(item.createdAt),
    ]);
    printTable(io, ["TENANT", "NAME", "DOMAINS", "PORTAL", "CREATED"], rows);
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
    usage: "change [id]",
    does: "change name, domains, the looks of the portal or the limits of the delete brake",
    example: "tenant change contoso --domain contoso.com contoso.be --colour '#0b4f8a' --logo logo.svg",
  })
    .alias("set")
    .option("--name <name>", "new name")
    .option("--domain <domain...>", "all its domains: those left out are taken away")
    .option("--portal-name <name>", "name on top of the portal instead")
    .option("--no-portal-name", "its name again")
    .option("--colour <#rrggbb>", "colour of the portal; white text must be readable on it")
    .option("--no-colour", "the product's own again")
    .option("--logo <file>", "logo of the portal: PNG, JPEG, WebP or a plain SVG, at most 64 KiB")
    .option("--no-logo", "none any more")
    .option("--delete-minimum <users>", "a run may always delete this many users")
    .option("--delete-percent <percent>", "… or this share of them, whichever is more")
    .action(async (id: string | undefined, options: ChangeOptions) => {
      const tenantId = id ?? (await context.tenantOf(options));
      // Before anything is changed: a file that is not there stops all of it.
      const image = typeof options.logo === "string" ? readImage(options.logo) : null;
      let changed = await api().call(tenantSchema, {
        method: "PATCH",
        path: path`/tenants/${tenantId}`,
        body: patchOf(options),
      });
      if (image !== null || options.logo === false)
        changed = await api().call(tenantSchema, {
          method: image === null ? "DELETE" : "PUT",
          path: path`/tenants/${tenantId}/logo`,
          ...(image === null ? {} : { body: { image } }),
        });
      if (options.json === true) printJson(io, changed);
      else show([changed]);
    });
}

/** What its portal has of its own. */
const looksOf = ({ settings: { portalName, colour }, logo }: Tenant): string[] =>
  [portalName, colour, logo === null ? undefined : "logo"].filter((part) => part !== undefined);

interface ChangeOptions extends CommonOptions {
  readonly name?: string;
  readonly domain?: string[];
  readonly deleteMinimum?: string;
  readonly deletePercent?: string;
  /** False: taken away. */
  readonly portalName?: string | false;
  readonly colour?: string | false;
  readonly logo?: string | false;
}

function patchOf(options: ChangeOptions): object {
  const { name, domain: domains, deleteMinimum, deletePercent, portalName, colour } = options;
  const settings = {
    ...(deleteMinimum === undefined ? {} : { deleteMinimum: Number(deleteMinimum) }),
    ...(deletePercent === undefined ? {} : { deletePercent: Number(deletePercent) }),
    ...(portalName === undefined ? {} : { portalName: portalName === false ? null : portalName }),
    ...(colour === undefined ? {} : { colour: colour === false ? null : colour }),
  };
  return { name, domains, ...(Object.keys(settings).length === 0 ? {} : { settings }) };
}

/** In base64. What it is and whether it will do, the cloud says; only the size is looked at here, before it is all sent. */
function readImage(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError("USAGE", `The logo cannot be read: ${reason}`, { cause: error });
  }
  if (bytes.length > MAX_LOGO_BYTES)
    throw new AppError("LOGO_INVALID", `${file} is larger than ${MAX_LOGO_BYTES / 1024} KiB.`);
  return bytes.toString("base64");
}
