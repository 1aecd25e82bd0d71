import { type Command, Option } from "commander";
import { apiKeyListSchema, createdApiKeySchema, revokedApiKeySchema } from "../../shared/api/api-keys.ts";
import { SCOPES } from "../../shared/api/scopes.ts";
import { printJson, printLine, printTable } from "../../shared/command.ts";
import { addCommand } from "../add-command.ts";
import { path } from "../api-client.ts";
import { type CliContext, type CommonOptions, writeSecretFile } from "../cli-context.ts";
import { orDash, showInstant } from "../show.ts";
import { wholeNumber } from "../whole-number.ts";

interface KeyOptions extends CommonOptions {
  readonly installation?: boolean;
}
const INSTALLATION = ["--installation", "a key for all tenants instead of one"] as const;

export function addKeyCommands(program: Command, context: CliContext): void {
  const { io, api } = context;
  const key = program.command("key").description("Create, list and revoke API keys");

  const address = async (options: KeyOptions): Promise<string> =>
    options.installation === true ? "/api-keys" : path`/tenants/${await context.tenantOf(options)}/api-keys`;

  addCommand(key, {
    usage: "create",
    summary: "Create an API key; it is shown only once",
    example:
      "key create --tenant contoso --name helpdesk --scope users:read writeback:write --key-file key.txt",
  })
    .requiredOption("--name <name>", "name that says what the key is for")
    .addOption(new Option("--scope <scope...>", "what the key may do").choices(SCOPES).makeOptionMandatory())
    .option("--expires <days>", "days until the key expires (default: never)", wholeNumber)
    .option("--key-file <file>", "write the key to this new file (mode 0600) instead of showing it")
    .option(...INSTALLATION)
    .action(
      async (options: KeyOptions & { name: string; scope: string[]; expires?: number; keyFile?: string }) => {
        const { name, scope: scopes, expires, keyFile } = options;
        const created = await api().call(createdApiKeySchema, {
          method: "POST",
          path: await address(options),
          body: { name, scopes, expiresInDays: expires },
        });
        if (keyFile !== undefined) await writeSecretFile(keyFile, created.secret);
        if (options.json === true)
          printJson(io, keyFile === undefined ? created : { key: created.key, keyFile });
        else printLine(io, keyFile === undefined ? created.secret : `The key is in ${keyFile}.`);
      },
    );

  addCommand(key, {
    usage: "list",
    summary: "List API keys, without their secrets",
    example: "key list --installation",
  })
    .option(...INSTALLATION)
    .action(async (options: KeyOptions) => {
      const list = await api().call(apiKeyListSchema, { path: await address(options) });
      if (options.json === true) {
        printJson(io, list);
        return;
      }
      const rows = list.items.map((item) => [
        item.id,
        item.name,
        item.tenantId ?? "(installation)",
        orDash(item.scopes),
        item.revokedAt === null ? showInstant(item.expiresAt) : "revoked",
        showInstant(item.lastUsedAt),
      ]);
      printTable(io, ["KEY", "NAME", "TENANT", "SCOPES", "EXPIRES", "LAST USED"], rows);
    });

  addCommand(key, {
    usage: "revoke <key>",
    summary: "Revoke an API key at once and permanently",
    example: "key revoke 01JDA0B1C2D3E4F5G6H7J8K9MN --installation",
  })
    .option(...INSTALLATION)
    .option("--keep-made", "keep the keys that it made: they count as made by your key from then on")
    .action(async (keyId: string, options: KeyOptions & { readonly keepMade?: boolean }) => {
      const revoked = await api().call(revokedApiKeySchema, {
        method: "DELETE",
        path: (await address(options)) + path`/${keyId}`,
        query: { keepMade: options.keepMade },
      });
      if (options.json === true) printJson(io, revoked);
      else {
        printLine(io, `Key '${revoked.name}' is revoked.`);
        for (const { id, name } of revoked.alsoRevoked)
          printLine(io, `Key '${name}' (${id}), which it made, is revoked with it.`);
      }
    });
}
