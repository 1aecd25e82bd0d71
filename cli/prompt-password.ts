import { StringDecoder } from "node:string_decoder";
import { AppError } from "../shared/errors.ts";
import { Secret } from "../shared/secret.ts";
import type { CliIo } from "./cli-context.ts";

const CONTROL_C = "\u0003";
const CONTROL_D = "\u0004";
const BACKSPACES = ["\u007f", "\b"];

/** Asks for a new password twice. Throws USAGE when the two differ. */
export async function promptNewPassword(io: CliIo, question: string): Promise<Secret> {
  const password = await promptPassword(io, question);
  const again = await promptPassword(io, `${question} again`);
  if (password.reveal() !== again.reveal()) throw new AppError("USAGE", "The passwords do not match.");
  return password;
}

/** Asks for a password on the terminal without showing it. Throws USAGE when the user presses Ctrl-C or Ctrl-D. */
export async function promptPassword({ stdin, stderr }: CliIo, question: string): Promise<Secret> {
  stdin.setRawMode(true); // before asking, because the terminal shows what is typed until then
  stderr.write(`${question}: `);
  stdin.resume();
  const decoder = new StringDecoder("utf8");
  try {
    return await new Promise<Secret>((resolve, reject) => {
      let typed: string[] = [];
      const finish = (end: () => void): void => {
        stdin.off("data", onData);
        end();
      };
      const onData = (chunk: Buffer): void => {
        // Characters, not code units, so that a backspace deletes a whole emoji.
        for (const character of decoder.write(chunk)) {
          if (character === "\r" || character === "\n") {
            finish(() => resolve(new Secret(typed.join(""))));
            return;
          }
          if (character === CONTROL_C || character === CONTROL_D) {
            finish(() => reject(new AppError("USAGE", "No password was entered.")));
            return;
          }
          if (BACKSPACES.includes(character)) typed = typed.slice(0, -1);
          else typed.push(character);
        }
      };
      stdin.on("data", onData);
    });
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write("\n");
  }
}
