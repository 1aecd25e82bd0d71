/** Address and messages between the commands on this host and the running agent. */
import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { z } from "zod";
import { ERROR_CODES } from "../../shared/errors.ts";
import { runIdSchema } from "../../shared/ids.ts";
import { syncProgressSchema, syncResultSchema } from "../sync/sync-result.ts";

/** Path of a socket in the state directory, which only the service's own user and root may enter; a named pipe on Windows. */
export function localEndpointPath(
  stateDirectory: string,
  platform: NodeJS.Platform = process.platform,
): string {
  if (platform !== "win32") return join(resolve(stateDirectory), "agent.sock");
  const digest = createHash("sha256").update(resolve(stateDirectory)).digest("hex").slice(0, 16);
  return `\\\\.\\pipe\\latchkey-agent-${digest}`;
}

export const errorBodySchema = z.strictObject({ code: z.enum(ERROR_CODES), message: z.string().max(4096) });

/** `POST /sync` answers with lines of these, one JSON object each; the last is `result` or `error`. */
export const syncLineSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("started"), runId: runIdSchema, joined: z.boolean() }),
  z.strictObject({ kind: z.literal("progress"), progress: syncProgressSchema }),
  z.strictObject({ kind: z.literal("result"), result: syncResultSchema }),
  z.strictObject({ kind: z.literal("error"), error: errorBodySchema }),
]);
export type SyncLine = z.infer<typeof syncLineSchema>;
