import type { Command } from "commander";
import { systemClock } from "../../shared/clock.ts";
import { CommandEnd, type CommandIo, printJson, printLine, printTable } from "../../shared/command.ts";
import { DAY_MS } from "../../shared/durations.ts";
import { AppError } from "../../shared/errors.ts";
import { createLogger } from "../../shared/logger.ts";
import { CloseStack } from "../../shared/shutdown.ts";
import { startAuditLog } from "../audit/audit-log.ts";
import { openKeyFiles, rotateRecordKey } from "../keys/key-files.ts";
import { isMarkedSealed, markSealed, sealedMarkOf } from "../keys/sealed-mark.ts";
import { createAuditChain } from "../store/audit-chain.ts";
import { openRedis } from "../store/open-redis.ts";
import { resealRecords, type ResealReport } from "../store/reseal-records.ts";
import { openStore } from "../store/store.ts";
import { configOption, readConfig } from "./read-config.ts";

interface SealOptions {
  readonly config?: string;
  readonly adoptUnsigned?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function addRecordsCommand(program: Command, io: CommandIo): void {
  const records = program
    .command("records")
    .description("Change the key that authenticates records in Redis, and seal the records with it");

  configOption(records.command("rotate-key"))
    .description(
      "Put a new record key in use; earlier ones are accepted until they are removed from records.key",
    )
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExample:\n  $ latchkey-cloud records rotate-key --config /etc/latchkey/cloud.yaml\n" +
        "\nStop all nodes, run it on one, copy records.key to the others, start them, then run: latchkey-cloud records seal",
    )
    .action(async (options: { readonly config?: string; readonly json?: boolean }) => {
      const { dataDirectory } = readConfig(options.config, io.environment);
      const { earlier } = await rotateRecordKey(dataDirectory);
      if (options.json === true) printJson(io, { dataDirectory, earlierKeys: earlier });
      else {
        printLine(
          io,
          `A new key is in use; ${earlier} earlier in records.key of ${dataDirectory} still accepted.`,
        );
        printLine(
          io,
          "Copy records.key to the other nodes, start them, then run: latchkey-cloud records seal",
        );
      }
    });

  configOption(records.command("seal"))
    .description("Authenticate all stored records under the key in use")
    .option(
      "--adopt-unsigned",
      "also take over records without an authentication code, which an earlier version wrote; refused once they are sealed",
    )
    .option("--dry-run", "count only")
    .option("--yes", "confirm --adopt-unsigned")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExample:\n  $ latchkey-cloud records seal --adopt-unsigned --dry-run\n" +
        "\nWithout redis.url, stop the node first. Records with a wrong authentication code are never taken over.",
    )
    .action(async (options: SealOptions) => {
      const { adoptUnsigned = false, dryRun = false, yes = false } = options;
      if (adoptUnsigned && !dryRun && !yes)
        throw new AppError(
          "USAGE",
          "--adopt-unsigned trusts whatever Redis holds now. Look at it with --dry-run, then add --yes.",
        );
      const report = await seal(options, { adoptUnsigned, dryRun }, io);
      if (options.json === true) printJson(io, { dryRun, adoptUnsigned, ...report });
      else printReport(report, dryRun, io);
      if (Object.values(report.kinds).some(({ refused }) => refused > 0)) throw new CommandEnd(4);
    });
}

async function seal(
  options: SealOptions,
  how: { readonly adoptUnsigned: boolean; readonly dryRun: boolean },
  { environment }: CommandIo,
): Promise<ResealReport> {
  const config = readConfig(options.config, environment);
  const log = createLogger({ service: "latchkey-cloud", level: "error", stream: process.stderr });
  if (how.adoptUnsigned && (await isMarkedSealed(config.dataDirectory)))
    throw new AppError(
      "RECORDS_SEALED",
      `No record is adopted: ${sealedMarkOf(config.dataDirectory)} says that the records were sealed before.`,
    );
  const closing = new CloseStack();
  try {
    const { service: serviceKey, records: mac } = await openKeyFiles(config.dataDirectory);
    const connection = await openRedis(config, log, closing);
    const store = closing.add(await openStore({ connection, mac, log }));
    const report = await resealRecords(store, how);
    if (how.dryRun) return report;
    if (how.adoptUnsigned) await markSealed(config.dataDirectory, systemClock.now());
    const audit = closing.add(
      startAuditLog({
        chain: createAuditChain(store),
        serviceKey,
        keepMs: config.audit.keepDays * DAY_MS,
        log,
        clock: systemClock,
      }),
    );
    const sum = (verdict: "sealed" | "adopted" | "refused"): number =>
      Object.values(report.kinds).reduce((total, counts) => total + counts[verdict], 0);
    await audit.append({
      tenantId: null,
      action: "records.sealed",
      actor: "system",
      subject: null,
      outcome: "done",
      details: {
        adoptUnsigned: how.adoptUnsigned,
        sealed: sum("sealed"),
        adopted: sum("adopted"),
        refused: sum("refused"),
      },
    });
    return report;
  } finally {
    await closing.close();
  }
}

function printReport({ kinds, refused, adoptedApiKeys }: ResealReport, dryRun: boolean, io: CommandIo): void {
  printTable(
    io,
    ["KIND", dryRun ? "VALID" : "SEALED", dryRun ? "TO ADOPT" : "ADOPTED", "REFUSED"],
    Object.entries(kinds).map(([kind, counts]) => [kind, counts.sealed, counts.adopted, counts.refused]),
  );
  for (const { id, name, scopes } of adoptedApiKeys)
    printLine(io, `API key ${id} '${name}' with ${scopes}: revoke it if you do not know it.`);
  for (const name of refused) printLine(io, `Refused: ${name}`);
}
