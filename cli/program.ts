import { Command } from "commander";
import { EXIT_CODES_HELP } from "../shared/command.ts";
import { PRODUCT_VERSION } from "../shared/protocol/version.ts";
import { type CliIo, createCliContext } from "./cli-context.ts";
import { addAgentCommands } from "./commands/agent.ts";
import { addAuditCommands } from "./commands/audit.ts";
import { addDeliveryCommands } from "./commands/delivery.ts";
import { addEnrollmentCommands } from "./commands/enrollment.ts";
import { addKeyCommands } from "./commands/key.ts";
import { addLimitCommands } from "./commands/limits.ts";
import { addMessageCommands } from "./commands/message.ts";
import { addPolicyCommands } from "./commands/policy.ts";
import { addSourceCommands } from "./commands/source.ts";
import { addSyncCommands } from "./commands/sync.ts";
import { addTenantCommands } from "./commands/tenant.ts";
import { addUserCommands } from "./commands/user.ts";
import { addWritebackCommands } from "./commands/writeback.ts";

/** Makes the program `latchkey` with all its commands. */
export function createProgram(io: CliIo): Command {
  const program = new Command("latchkey")
    .description("Administers a Latchkey cloud through its REST API.")
    .version(PRODUCT_VERSION)
    .addHelpText(
      "after",
      "\nEnvironment:\n" +
        "  LATCHKEY_URL           address of the cloud, e.g. https://latchkey.example.com\n" +
        "  LATCHKEY_API_KEY_FILE  file with an API key (mode 0600)\n" +
        "  LATCHKEY_TENANT        tenant id, used when --tenant is not given\n" +
        "  NODE_EXTRA_CA_CERTS    PEM file with the authority of the cloud's certificate, if it is your own\n" +
        "\nExamples:\n" +
        "  $ latchkey tenant list\n" +
        "  $ latchkey user show ann@contoso.com\n" +
        "  $ latchkey sync start --wait\n" +
        `\n${EXIT_CODES_HELP}`,
    );
  const context = createCliContext(io);
  addTenantCommands(program, context);
  addEnrollmentCommands(program, context);
  addAgentCommands(program, context);
  addSourceCommands(program, context);
  addSyncCommands(program, context);
  addUserCommands(program, context);
  addPolicyCommands(program, context);
  addLimitCommands(program, context);
  addDeliveryCommands(program, context);
  addMessageCommands(program, context);
  addWritebackCommands(program, context);
  addAuditCommands(program, context);
  addKeyCommands(program, context);
  return program;
}
