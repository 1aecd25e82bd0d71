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
    .description("first run: make the keys of the installation, and the owner's API key, shown this once")
    .option("--api-key-file <file>", "write the owner's key to this new file (0600) instead of showing it")
    .option("--new-owner-key", "make another owner's key, when the first is lost; the next start takes it up")
    .option("--json", "print JSON for scripts")
    .addHelpText(
      "after",
      "\nExample:\n  $ latchkey-cloud init --config /etc/latchkey/cloud.yaml --api-key-file owner.key\n" +
        "\nSafe to repeat: what is there stays. Run it as the user that serves. Several nodes share the\n" +
        "key files: copy service.key, issuer.key and portal.key from the first node's data directory.",
    )
    .action(async (options: InitOptions) => {
      const { dataDirectory } = readConfig(options.config, io.environment);
      const { apiKeyFile } = options;
      if (apiKeyFile !== undefined && (await exists(apiKeyFile)))
        throw new AppError("USAGE", `${apiKeyFile} is there already: name a new file.`);
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
          created ? `The keys are in ${dataDirectory}.` : `${dataDirectory} has its keys already.`,
        );
        printLine(io, `Service key ${fingerprintKey(service.publicKey)}`);
        printLine(io, `Issuer key  ${fingerprintKey(issuer.publicKey)}`);
        if (shown !== null) {
          printLine(io, "The owner's API key, shown this once:");
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
