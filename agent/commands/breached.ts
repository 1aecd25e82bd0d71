/** `latchkey-agent breached build`: makes the filter of breached passwords that `writeback.breachedFilter` names. */
import { type Command, InvalidArgumentError } from "commander";
import { printJson, printLine, startProgressLine } from "../../shared/command.ts";
import { buildBreachedFilter } from "../password-lists/build-breached-filter.ts";
import type { CommandContext } from "./command-context.ts";

interface BuildOptions {
  readonly from: string;
  readonly to: string;
  readonly falsePositives: number;
  readonly json?: true;
}

const MIN_SHARE = 0.0001;
const MAX_SHARE = 0.1;

export function addBreachedCommand(program: Command, { io }: CommandContext): void {
  const breached = program
    .command("breached")
    .summary("the list of breached passwords")
    .description("The list of breached passwords that new passwords are checked against.");
  breached
    .command("build")
    .summary("make the filter from a list")
    .description(
      "Makes the filter for writeback.breachedFilter from a list of passwords or of their SHA-1 hashes, one per line " +
        "(HASH or HASH:COUNT, as Have I Been Pwned provides them). The filter is built in memory; the full Have I Been Pwned " +
        "list takes less than 2 GB.",
    )
    .requiredOption("--from <file>", "list of passwords or SHA-1 hashes")
    .requiredOption(
      "--to <file>",
      "filter file to write; an existing one is replaced. Restart the agent afterwards",
    )
    .option(
      "--false-positives <share>",
      "share of acceptable passwords refused by mistake",
      parseShare,
      0.001,
    )
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      "\nExample:\n  latchkey-agent breached build --from pwned-passwords-sha1.txt --to /etc/latchkey/breached.filter",
    )
    .action(async ({ from, to, falsePositives, json }: BuildOptions) => {
      const line = startProgressLine(io);
      const onProgress = (share: number): void => line.show(`Reading ${from}: ${Math.floor(share * 100)} %`);
      const built = await buildBreachedFilter({ from, to, falsePositives, onProgress }).finally(() =>
        line.clear(),
      );
      if (json) printJson(io, { file: to, ...built, falsePositives });
      else printLine(io, `Wrote ${to}: ${built.passwords} passwords, ${built.bytes} bytes.`);
    });
}

function parseShare(text: string): number {
  const share = Number(text);
  if (!(share >= MIN_SHARE && share <= MAX_SHARE))
    throw new InvalidArgumentError(`must be ${MIN_SHARE} to ${MAX_SHARE}.`);
  return share;
}
