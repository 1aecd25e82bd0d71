import type { ReadStream } from "node:tty";
import { read } from "read";
import { AppError, toAppError } from "../shared/errors.ts";
import { Secret } from "../shared/secret.ts";
import type { CliIo } from "./cli-context.ts";

/** Asks for a new password twice. Throws USAGE when the two differ. */
export async function promptNewPassword(io: CliIo, question: string): Promise<Secret> {
  const password = await promptPassword(io, question);
  const again = await promptPassword(io, `${question} again`);
  if (password.reveal() !== again.reveal()) throw new AppError("USAGE", "The passwords do not match.");
  return password;
}

/**
 * Asks for a password on the terminal without showing it, with the keys that edit a line (arrows, Home, Ctrl-U …).
 * Throws USAGE when the user presses Ctrl-C or Ctrl-D, or a key that stands for no character, such as Tab.
 */
export async function promptPassword({ stdin, stderr }: CliIo, question: string): Promise<Secret> {
  const typed = await readHidden(stdin, stderr, `${question}:`);
  stderr.write("\n"); // the line break that was typed is hidden as well
  if (typed === null) throw new AppError("USAGE", "No password was entered.");
  // No system accepts a control character in a password, and the user cannot see that one was typed.
  if (/\p{Cc}/u.test(typed))
    throw new AppError(
      "USAGE",
      "The password contains a key that is not a character, such as Tab. Type it again.",
    );
  return new Secret(typed);
}

/** Resolves with null when the user ends the question without an answer. */
function readHidden(input: ReadStream, output: CliIo["stderr"], prompt: string): Promise<string | null> {
  return new Promise((resolve, reject) => {
    // Ctrl-D closes the question without an event of its own. The stream pauses then, as it does after an answer,
    // which comes first.
    const onPause = (): void => void setImmediate(() => resolve(null));
    input.once("pause", onPause);
    read({
      input,
      output: output as NodeJS.WritableStream,
      prompt,
      silent: true,
      terminal: true,
      history: [],
    })
      .then(resolve, (error: unknown) => {
        if (error instanceof Error && error.message === "canceled") resolve(null);
        else reject(toAppError(error));
      })
      .finally(() => input.off("pause", onPause));
  });
}
