import type { Command } from "commander";
import { systemClock } from "../../shared/clock.ts";
import type { CommandIo } from "../../shared/command.ts";
import { createLogger } from "../../shared/logger.ts";
import { runUntilSignal } from "../../shared/shutdown.ts";
import { startCloud } from "../cloud.ts";
import { configOption, readConfig } from "./read-config.ts";

export function addServeCommand(program: Command, { environment }: CommandIo): void {
  configOption(program.command("serve"))
    .description("Run a cloud node until SIGTERM")
    .addHelpText("after", "\nExample:\n  $ latchkey-cloud serve --config /etc/latchkey/cloud.yaml")
    .action(async (options: { config?: string }) => {
      const config = readConfig(options.config, environment);
      const log = createLogger({ service: "latchkey-cloud", level: config.log.level });
      const cloud = await startCloud(config, { log, clock: systemClock });
      await runUntilSignal(cloud, log);
    });
}
