/**
 * A program for a terminal: asks for a new password again and again, and prints what it got in hexadecimal, or the
 * error. It prints a dot for each key, so that a test can type one key after the other, as people do.
 */
import { promptNewPassword } from "../../cli/prompt-password.ts";
import { toAppError } from "../../shared/errors.ts";

const { stdin, stdout, stderr } = process;
stdin.on("keypress", () => stdout.write("·"));
for (;;)
  try {
    const password = await promptNewPassword({ stdin, stdout, stderr, isTty: true, environment: {} }, "New");
    stdout.write(`got ${Buffer.from(password.reveal()).toString("hex")}.\n`);
  } catch (error) {
    stdout.write(`refused: ${toAppError(error).message}\n`);
  }
