import { type Command, Option } from "commander";
import { testResultSchema } from "../../shared/api/test-messages.ts";
import { printJson, printLine } from "../../shared/command.ts";
import { AppError } from "../../shared/errors.ts";
import { LANGUAGES } from "../../shared/language.ts";
import { CHANNELS } from "../../shared/methods.ts";
import { addCommand } from "../add-command.ts";
import { path } from "../api-client.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";

interface TestOptions extends CommonOptions {
  readonly to: string;
  readonly channel: (typeof CHANNELS)[number];
  readonly provider?: string;
  readonly language?: string;
}

const ANSWERS = {
  taken: "accepted",
  refused: "refused",
  busy: "not accepted now",
  doubtful: "unknown",
} as const;

export function addMessageCommands(program: Command, context: CliContext): void {
  const { io, api } = context;
  const message = program.command("message").description("Try the providers of emails, texts and calls");

  addCommand(message, {
    usage: "test",
    summary:
      "Send a real test message through the configured providers, and print what each of them answers; ends with 3 when none accepts it",
    example: "message test --to admin@example.com --channel email",
  })
    .requiredOption("--to <destination>", "email address, or number with country code such as +32470123456")
    .addOption(
      new Option("--channel <channel>", "kind of message").choices(CHANNELS).makeOptionMandatory(true),
    )
    .option("--provider <name>", "try only this provider; all in order without it")
    .addOption(
      new Option("--language <language>", "language of the message; that of the policy without it").choices(
        LANGUAGES,
      ),
    )
    .action(async ({ to, channel, provider, language, ...common }: TestOptions) => {
      const tenantId = await context.tenantOf(common);
      const result = await api().call(testResultSchema, {
        method: "POST",
        path: path`/tenants/${tenantId}/messages/test`,
        body: { channel, to, provider, language },
      });
      const { delivery, answers } = result;
      if (common.json === true) printJson(io, result);
      else for (const one of answers) printLine(io, `${one.provider}: ${ANSWERS[one.answer]} (${one.said})`);
      if (delivery.state !== "sent")
        throw new AppError(
          "PROVIDER_FAILED",
          `No provider accepted the test ${channel === "email" ? "email" : channel} to ${delivery.to}.`,
        );
      if (common.json !== true)
        printLine(
          io,
          `The test ${channel === "email" ? "email" : channel} to ${delivery.to} was accepted. Whether it arrives: latchkey delivery list --correlation ${delivery.correlationId}`,
        );
    });
}
