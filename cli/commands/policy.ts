import { type Command, Option } from "commander";
import { stringify } from "yaml";
import {
  type AppliedPolicy,
  appliedPolicySchema,
  type Policy,
  type PolicyChange,
  policyRecordSchema,
  type Profile,
  PROFILES,
} from "../../shared/api/policy.ts";
import { CommandEnd, printJson, printLine } from "../../shared/command.ts";
import { addCommand } from "../add-command.ts";
import { path } from "../api-client.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { readPolicyFile } from "../policy-file.ts";
import { showInstant } from "../show.ts";
import { wholeNumber } from "../whole-number.ts";

interface ApplyOptions extends CommonOptions {
  readonly dryRun?: boolean;
  readonly expect?: number;
}

export function addPolicyCommands(program: Command, context: CliContext): void {
  const { io, api } = context;
  const policy = program
    .command("policy")
    .description("Show, check and apply the policy: who may use self-service, and with which methods");

  addCommand(policy, {
    usage: "get",
    summary: "Print the policy in force as YAML, ready to edit and apply",
    example: "policy get > policy.yaml",
  }).action(async (options: CommonOptions) => {
    const tenantId = await context.tenantOf(options);
    const record = await api().call(policyRecordSchema, { path: path`/tenants/${tenantId}/policy` });
    if (options.json === true) {
      printJson(io, record);
      return;
    }
    const { version, appliedAt } = record;
    const since = showInstant(appliedAt);
    printLine(
      io,
      since === null
        ? "# No policy has been applied yet, so self-service is off."
        : `# Version ${version}, applied ${since}`,
    );
    io.stdout.write(stringify(record.policy));
  });

  addCommand(policy, {
    usage: "validate <file>",
    summary: "Check a policy file on this host; exits with 2 and lists the wrong lines if it is not valid",
    example: "policy validate policy.yaml",
    noTenant: true,
  })
    .addOption(
      new Option(
        "--profile <name>",
        "also check the rules of a profile that the file does not name: aal2 is recovery by NIST SP 800-63B-4",
      ).choices(PROFILES),
    )
    .action((file: string, options: CommonOptions & { readonly profile?: Profile }) => {
      const valid = readPolicyFile(file, options.profile);
      warnOfNobody(valid);
      const kept = valid.profile === undefined ? "" : ` that keeps the profile ${valid.profile}`;
      if (options.json === true) printJson(io, { policy: valid });
      else printLine(io, `${file} is a valid policy${kept}.`);
    });

  addCommand(policy, {
    usage: "diff <file>",
    summary: "Show what applying a policy file would change",
    example: "policy diff policy.yaml --exit-code",
  })
    .option("--exit-code", "exit with 4 if there is a difference")
    .action(async (file: string, options: CommonOptions & { exitCode?: boolean }) => {
      const result = await put(file, { ...options, dryRun: true });
      if (options.json === true) printJson(io, result);
      else printChanges(result.changes);
      if (options.exitCode === true && result.changes.length > 0) throw new CommandEnd(4);
    });

  addCommand(policy, {
    usage: "apply <file>",
    summary: "Apply a policy file, which replaces the policy in force",
    example: "policy apply policy.yaml --expect 3",
  })
    .option("--dry-run", "show what would change, without changing anything")
    .option("--expect <version>", "refuse if another version is in force", wholeNumber)
    .action(async (file: string, options: ApplyOptions) => {
      const result = await put(file, options);
      if (options.json === true) {
        printJson(io, result);
        return;
      }
      printChanges(result.changes);
      printLine(
        io,
        result.dryRun
          ? `Dry run: nothing was changed. Version ${result.version} is in force.`
          : `Version ${result.version} is now in force.`,
      );
    });

  async function put(file: string, options: ApplyOptions): Promise<AppliedPolicy> {
    const wanted = readPolicyFile(file);
    warnOfNobody(wanted);
    const tenantId = await context.tenantOf(options);
    return api().call(appliedPolicySchema, {
      method: "PUT",
      path: path`/tenants/${tenantId}/policy`,
      query: { dryRun: options.dryRun },
      body: { policy: wanted, expectedVersion: options.expect },
    });
  }

  function warnOfNobody({ admins }: Policy): void {
    if (admins.emails.length === 0)
      io.stderr.write(
        "Warning: admins.emails is empty, so no administrator gets an email about an attack.\n",
      );
  }

  function printChanges(changes: readonly PolicyChange[]): void {
    if (changes.length === 0) printLine(io, "No difference.");
    for (const { about, text, loosens } of changes)
      printLine(io, `${about}: ${text}${loosens ? "  (less strict)" : ""}`);
  }
}
