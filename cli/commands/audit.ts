import type { Command } from "commander";
import { auditPageSchema, auditVerificationSchema } from "../../shared/api/audit.ts";
import { printJson, printLine, printTable } from "../../shared/command.ts";
import { addCommand } from "../add-command.ts";
import { path } from "../api-client.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { showInstant } from "../show.ts";
import { wholeNumber } from "../whole-number.ts";

interface AuditOptions extends CommonOptions {
  readonly installation?: boolean;
}

export function addAuditCommands(program: Command, context: CliContext): void {
  const { io, api } = context;
  const audit = program
    .command("audit")
    .description("List and verify the audit log, a hash chain that reveals every later change");

  const address = async (options: AuditOptions): Promise<string> =>
    options.installation === true ? "" : path`/tenants/${await context.tenantOf(options)}`;

  addCommand(audit, {
    usage: "list",
    summary: "List audit entries, newest first",
    example: "audit list --limit 20",
  })
    .option("--installation", "use the chain of the installation instead of a tenant's")
    .option("--limit <count>", "maximum number of entries", wholeNumber, 50)
    .option("--before <sequence>", "only entries before this number", wholeNumber)
    .action(async (options: AuditOptions & { limit: number; before?: number }) => {
      const { limit, before } = options;
      const page = await api().call(auditPageSchema, {
        path: `${await address(options)}/audit`,
        query: { limit, before },
      });
      if (options.json === true) {
        printJson(io, page);
        return;
      }
      const rows = page.items.map((entry) => [
        entry.sequence,
        showInstant(entry.at),
        entry.action,
        entry.actor,
        entry.subject,
        entry.code === null ? entry.outcome : `${entry.outcome} ${entry.code}`,
      ]);
      printTable(io, ["ENTRY", "AT", "ACTION", "BY", "ON", "OUTCOME"], rows);
    });

  addCommand(audit, {
    usage: "verify",
    summary: "Verify the whole chain; exits with 4 and names the first altered entry if it fails",
    example: "audit verify --tenant contoso",
  })
    .option("--installation", "use the chain of the installation instead of a tenant's")
    .action(async (options: AuditOptions) => {
      const result = await api().call(auditVerificationSchema, {
        path: `${await address(options)}/audit/verify`,
      });
      if (options.json === true) {
        printJson(io, result);
        return;
      }
      printLine(
        io,
        `Verified ${result.entries} ${result.entries === 1 ? "entry" : "entries"}. Last hash: ${result.head ?? "-"}`,
      );
      const signedAt = showInstant(result.signedAt);
      printLine(
        io,
        signedAt === null
          ? "No entry is signed yet."
          : `Signed up to entry ${result.signedUpTo} at ${signedAt}.`,
      );
    });
}
