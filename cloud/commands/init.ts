import { access, writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { type CommandIo, printJson, printLine } from "../../shared/command.ts";
import { AppError } from "../../shared/errors.ts";
import { fingerprintKey } from "../../shared/sealing/signing-key.ts";
import type { Secret } from "../../shared/secret.ts";
import { createKeyFiles } from "../keys/key-files.ts";
import { prepareOwnerKey } from "../owner-key.ts";
import { configOption, readConfig } from "./read-config.ts";

interface InitOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly apiKeyFile?: string;
  readonly newOwnerKey?: boolean;
}

export function addInitCommand(program: Command, io: CommandIo): void {
  configOption(program.command("init"))
    .description("Create the keys of the installation and the owner's API key, which is shown only once")
    .option(
      "--api-key-file <file>",
      "write the owner's API key to this new file (mode 0600) instead of showing it",
    )
    .option(
      "--new-owner-key",
      "create another owner's API key, if the first is lost; valid from the next start",
    )
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExample:\n  $ latchkey-cloud init --config /etc/latchkey/cloud.yaml --api-key-file owner.key\n" +
        "\nSafe to repeat: existing keys stay. Run it as the user that runs the service. Several nodes share the\n" +
        "key files: copy service.key, issuer.key, portal.key and records.key from the data directory of the first node.",
    )
    .action(async (options: InitOptions) => {
      const { dataDirectory } = readConfig(options.config, io.environment);
      const { apiKeyFile } = options;
      if (apiKeyFile !== undefined && (await exists(apiKeyFile)))
        throw new AppError("USAGE", `${apiKeyFile} exists already. Choose a new file.`);
      const { created, service, issuer } = await createKeyFiles(dataDirectory);
      const ownerKey = created || options.newOwnerKey === true ? await prepareOwnerKey(dataDirectory) : null;
      if (ownerKey !== null && apiKeyFile !== undefined) await keep(ownerKey, apiKeyFile);

      const shown = apiKeyFile === undefined ? (ownerKey?.reveal() ?? null) : null;
      if (options.json === true)
        printJson(io, {
          created,
          dataDirectory,
          serviceKeyFingerprint: fingerprintKey(service.publicKey),
          issuerKeyFingerprint: fingerprintKey(issuer.publicKey),
          ownerApiKey: shown,
          apiKeyFile: ownerKey === null ? null : (apiKeyFile ?? null),
        });
      else {
        printLine(
          io,
          created
            ? `Keys created in ${dataDirectory}.`
            : `${dataDirectory} has keys already; they were not changed.`,
        );
        printLine(io, `Service key ${fingerprintKey(service.publicKey)}`);
        printLine(io, `Issuer key  ${fingerprintKey(issuer.publicKey)}`);
        if (shown !== null) {
          printLine(io, "The owner's API key (it is not shown again):");
          printLine(io, shown);
        } else if (ownerKey !== null) printLine(io, `The owner's API key is in ${apiKeyFile ?? ""}.`);
      }
    });
}

async function keep(secret: Secret, file: string): Promise<void> {
  await writeFile(file, `${secret.reveal()}\n`, { flag: "wx", mode: 0o600 });
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
