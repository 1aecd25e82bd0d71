import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { MAX_LOGO_BYTES } from "../../shared/api/brand.ts";
import { type Tenant, tenantListSchema, tenantSchema } from "../../shared/api/tenants.ts";
import { printJson, printTable } from "../../shared/command.ts";
import { AppError } from "../../shared/errors.ts";
import { fileProblemOf } from "../../shared/system-errors.ts";
import { addCommand } from "../add-command.ts";
import { path } from "../api-client.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { orDash, showInstant } from "../show.ts";

export function addTenantCommands(program: Command, context: CliContext): void {
  const { io, api } = context;
  const tenant = program
    .command("tenant")
    .description("Create, show and change tenants, the organisations of this installation");

  function show(items: readonly Tenant[]): void {
    const rows = items.map((item) => [
      item.id,
      item.name,
      orDash(item.domains),
      orDash(brandingOf(item)),
      showInstant(item.createdAt),
    ]);
    printTable(io, ["TENANT", "NAME", "DOMAINS", "PORTAL", "CREATED"], rows);
  }

  addCommand(tenant, {
    usage: "list",
    summary: "List tenants",
    example: "tenant list",
    noTenant: true,
  }).action(async ({ json }: CommonOptions) => {
    const list = await api().call(tenantListSchema, { path: "/tenants" });
    if (json === true) printJson(io, list);
    else show(list.items);
  });

  addCommand(tenant, {
    usage: "create",
    summary: "Create a tenant",
    example: "tenant create --id contoso --name Contoso --domain contoso.com",
    noTenant: true,
  })
    .requiredOption("--id <id>", "1 to 40 characters of a-z, 0-9 and -; cannot be changed later")
    .requiredOption("--name <name>", "name shown to users")
    .option("--domain <domain...>", "domains of its user names")
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
    summary: "Show a tenant",
    example: "tenant show --tenant contoso",
  }).action(async (options: CommonOptions) => {
    const tenantId = await context.tenantOf(options);
    const found = await api().call(tenantSchema, { path: path`/tenants/${tenantId}` });
    if (options.json === true) printJson(io, found);
    else show([found]);
  });

  addCommand(tenant, {
    usage: "change [id]",
    summary: "Change a tenant's name, domains, portal branding or deletion threshold",
    example: "tenant change contoso --domain contoso.com contoso.be --colour '#0b4f8a' --logo logo.svg",
  })
    .alias("set")
    .option("--name <name>", "new name")
    .option("--domain <domain...>", "all its domains; domains not listed are removed")
    .option("--portal-name <name>", "name shown on the portal instead of the tenant's name")
    .option("--no-portal-name", "show the tenant's name on the portal again")
    .option("--colour <#rrggbb>", "portal colour; white text must be readable on it")
    .option("--no-colour", "use the default colour again")
    .option("--logo <file>", "portal logo: a PNG, JPEG, WebP or plain SVG file of at most 64 KiB")
    .option("--no-logo", "remove the logo")
    .option("--delete-minimum <users>", "number of users a run may always delete")
    .option(
      "--delete-percent <percent>",
      "share of all users that a run may delete, if that is more; larger deletions wait for approval",
    )
    .action(async (id: string | undefined, options: ChangeOptions) => {
      const tenantId = id ?? (await context.tenantOf(options));
      // Read first, so that nothing is changed when the file cannot be read.
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

/** The parts of the portal's branding that the tenant has set. */
const brandingOf = ({ settings: { portalName, colour }, logo }: Tenant): string[] =>
  [portalName, colour, logo === null ? undefined : "logo"].filter((part) => part !== undefined);

interface ChangeOptions extends CommonOptions {
  readonly name?: string;
  readonly domain?: string[];
  readonly deleteMinimum?: string;
  readonly deletePercent?: string;
  /** False when the option is negated, which removes the value. */
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

/** Reads a picture as base64. Only the size is checked here, before anything is sent; the cloud checks the content. */
function readImage(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new AppError("USAGE", `The logo ${file} cannot be read: ${fileProblemOf(error)}.`, {
      cause: error,
    });
  }
  if (bytes.length > MAX_LOGO_BYTES)
    throw new AppError("LOGO_INVALID", `${file} is larger than ${MAX_LOGO_BYTES / 1024} KiB.`);
  return bytes.toString("base64");
}
