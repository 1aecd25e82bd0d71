/** `latchkey-agent enroll`: makes keys on this host, enrols them, and prints the fingerprint and the next step. */
import type { Command } from "commander";
import type { Clock } from "../../shared/clock.ts";
import { printJson, printLine } from "../../shared/command.ts";
import { AppError, isAppError, toAppError } from "../../shared/errors.ts";
import { silentLogger } from "../../shared/logger.ts";
import { Secret } from "../../shared/secret.ts";
import { describeIdentity, type StatedDirectory } from "../../shared/source.ts";
import { readSecretFile, textProblemOf } from "../../shared/text-file.ts";
import type { AgentConfig } from "../config.ts";
import { createDirectory } from "../directory/create-directory.ts";
import { enroll } from "../identity/enroll.ts";
import { openStateDirectory } from "../identity/state-directory.ts";
import {
  type CommandContext,
  type CommonOptions,
  credentialsDirectory,
  readAgentConfig,
  withCommonOptions,
} from "./command-context.ts";

const MAX_TOKEN_LENGTH = 4096;

export function addEnrollCommand(program: Command, context: CommandContext): void {
  const { io, clock } = context;
  withCommonOptions(program.command("enroll"))
    .summary("enrol this host with a one-time token")
    .description(
      "Makes keys on this host, enrols them with a one-time token and prints the fingerprint to compare before approval.",
    )
    .requiredOption(
      "-t, --token-file <file>",
      "file with the token, from: latchkey enrollment create --token-file FILE",
    )
    .addHelpText("after", "\nExample:\n  latchkey-agent enroll --config agent.yaml --token-file token.txt")
    .action(async (options: CommonOptions & { readonly tokenFile: string }) => {
      const token = readToken(options.tokenFile); // before the switch to the service's own user, who may not read it
      const config = readAgentConfig(context, options);
      const directory = await readDirectory(config, clock);
      const enrolled = await enroll({
        config: config.cloud,
        directory: isAppError(directory) ? null : directory,
        token,
        state: await openStateDirectory(config.stateDirectory, {
          credentialsDirectory: credentialsDirectory(context),
          create: true,
        }),
        hostName: config.hostName,
        log: silentLogger,
        clock,
      });
      if (options.json) {
        printJson(io, enrolled);
        return;
      }
      if (isAppError(directory))
        printLine(
          io,
          `The directory cannot be reached now: ${directory.message} [${directory.code}] Start the agent before you approve it, so that it can state its directory.`,
        );
      else printLine(io, `Directory: ${describeIdentity(directory.identity)}`);
      const { agentId, tenantId, fingerprint, state } = enrolled;
      printLine(io, `This host is agent ${agentId} of tenant ${tenantId}.`);
      printLine(io, `Fingerprint: ${fingerprint}`);
      if (state === "pending") {
        printLine(io, "Next, compare the fingerprint and approve the agent in the cloud:");
        printLine(
          io,
          `  latchkey agent approve ${agentId} --tenant ${tenantId} --fingerprint ${fingerprint}`,
        );
      }
      printLine(
        io,
        "Then start the agent on this host: systemctl enable --now latchkey-agent, or latchkey-agent run",
      );
    });
}

/** Asks the directory which one it is, so that the agent can be approved before it has started. */
async function readDirectory(config: AgentConfig, clock: Clock): Promise<StatedDirectory | AppError> {
  const directory = await createDirectory({
    config: config.directory,
    attributes: config.attributes,
    protectedGroups: config.writeback.protectedGroups,
    deny: config.writeback.deny,
    log: silentLogger,
    clock,
  });
  try {
    return await directory.stated();
  } catch (error) {
    return toAppError(error);
  } finally {
    await directory.close();
  }
}

function readToken(file: string): Secret {
  let text: string;
  try {
    text = readSecretFile(file).reveal().trim();
  } catch (error) {
    throw new AppError("USAGE", `The token file ${file} cannot be read: ${textProblemOf(error)}.`, {
      cause: error,
    });
  }
  if (text.length > MAX_TOKEN_LENGTH)
    throw new AppError(
      "USAGE",
      `The token file ${file} is longer than ${MAX_TOKEN_LENGTH} characters, so it is not an enrolment token.`,
    );
  return new Secret(text);
}
