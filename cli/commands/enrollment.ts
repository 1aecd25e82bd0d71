import type { Command } from "commander";
import {
  createdEnrollmentSchema,
  enrollmentListSchema,
  enrollmentSchema,
} from "../../shared/api/enrollments.ts";
import { printJson, printLine, printTable } from "../../shared/command.ts";
import { addCommand } from "../add-command.ts";
import { path } from "../api-client.ts";
import { type CliContext, type CommonOptions, writeSecretFile } from "../cli-context.ts";
import { orDash, showInstant } from "../show.ts";
import { wholeNumber } from "../whole-number.ts";

interface CreateOptions extends CommonOptions {
  readonly name: string;
  readonly cidr?: string[];
  readonly ttl?: number;
  readonly tokenFile?: string;
}

export function addEnrollmentCommands(program: Command, context: CliContext): void {
  const { io, api } = context;
  const enrollment = program
    .command("enrollment")
    .description("Create, list and revoke the one-time tokens that enrol agents");

  addCommand(enrollment, {
    usage: "create",
    summary: "Create an enrolment token; it is shown only once",
    example: "enrollment create --tenant contoso --name dc1 --token-file token.txt",
  })
    .requiredOption("--name <name>", "name of the new agent")
    .option("--cidr <range...>", "addresses the agent may enrol from, e.g. 10.0.0.0/8 (default: any)")
    .option("--ttl <minutes>", "minutes until the token expires, at most 60 (default: 60)", wholeNumber)
    .option("--token-file <file>", "write the token to this new file (mode 0600) instead of showing it")
    .action(async (options: CreateOptions) => {
      const { name, cidr: cidrs, ttl, tokenFile } = options;
      const tenantId = await context.tenantOf(options);
      const created = await api().call(createdEnrollmentSchema, {
        method: "POST",
        path: path`/tenants/${tenantId}/enrollments`,
        body: { name, cidrs, ttlMinutes: ttl },
      });
      const { token, enrollment: record } = created;
      if (tokenFile !== undefined) await writeSecretFile(tokenFile, token);
      if (options.json === true) {
        printJson(io, tokenFile === undefined ? created : { enrollment: record, tokenFile });
        return;
      }
      printLine(io, tokenFile === undefined ? token : `The token is in ${tokenFile}.`);
      io.stderr.write(
        `The token works once and expires at ${showInstant(record.expiresAt) ?? ""}. On the agent's host, run:\n` +
          `  latchkey-agent enroll --config FILE --token-file ${tokenFile ?? "FILE"}\n`,
      );
    });

  addCommand(enrollment, {
    usage: "list",
    summary: "List enrolment tokens",
    example: "enrollment list --tenant contoso",
  }).action(async (options: CommonOptions) => {
    const tenantId = await context.tenantOf(options);
    const list = await api().call(enrollmentListSchema, { path: path`/tenants/${tenantId}/enrollments` });
    if (options.json === true) {
      printJson(io, list);
      return;
    }
    const rows = list.items.map((item) => [
      item.tokenId,
      item.name,
      item.state,
      orDash(item.cidrs),
      showInstant(item.expiresAt),
      item.agentId,
    ]);
    printTable(io, ["TOKEN", "NAME", "STATE", "FROM", "EXPIRES", "AGENT"], rows);
  });

  addCommand(enrollment, {
    usage: "revoke <token>",
    summary: "Revoke a token that was not used yet",
    example: "enrollment revoke 01JDA0B1C2D3E4F5G6H7J8K9MN",
  }).action(async (tokenId: string, options: CommonOptions) => {
    const tenantId = await context.tenantOf(options);
    const revoked = await api().call(enrollmentSchema, {
      method: "POST",
      path: path`/tenants/${tenantId}/enrollments/${tokenId}/revoke`,
    });
    if (options.json === true) printJson(io, revoked);
    else printLine(io, `The token for '${revoked.name}' is ${revoked.state}.`);
  });
}
