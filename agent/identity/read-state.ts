import type { z } from "zod";
import { AppError } from "../../shared/errors.ts";
import { parseJson } from "../../shared/parse-json.ts";
import type { StateDirectory } from "./state-directory.ts";

/** Reads a JSON file of the state directory. Null when there is none. Throws STATE_UNREADABLE when it does not parse. */
export async function readState<S extends z.ZodType>(
  state: StateDirectory,
  name: string,
  schema: S,
): Promise<z.infer<S> | null> {
  const content = await state.read(name);
  if (content === null) return null;
  const parsed = schema.safeParse(parseJson(content.toString("utf8")));
  // The message contains neither the content nor the parser's text about it, because the file holds keys.
  if (!parsed.success) throw new AppError("STATE_UNREADABLE", `${state.path}/${name} is damaged.`);
  return parsed.data;
}
