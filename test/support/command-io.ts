/** Buffers for a command's input and output. */
import type { CommandIo } from "../../shared/command.ts";

export interface BufferedIo extends CommandIo {
  readonly out: string;
  readonly err: string;
}

export function bufferedIo(options: Partial<Pick<CommandIo, "isTty" | "environment">> = {}): BufferedIo {
  let out = "";
  let err = "";
  return {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    isTty: options.isTty ?? false,
    environment: options.environment ?? {},
    get out() {
      return out;
    },
    get err() {
      return err;
    },
  };
}
