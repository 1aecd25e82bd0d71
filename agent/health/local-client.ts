/** Lets the commands talk to the agent that runs on this host. */
import type { IncomingMessage } from "node:http";
import { request } from "node:http";
import { createInterface } from "node:readline";
import type { z } from "zod";
import { AppError } from "../../shared/errors.ts";
import { systemCodeOf } from "../../shared/system-errors.ts";
import type { SyncProgress, SyncRequest, SyncResult } from "../sync/sync-result.ts";
import { type AgentStatus, agentStatusSchema } from "./agent-status.ts";
import { errorBodySchema, localEndpointPath, syncLineSchema } from "./local-api.ts";

/** Every call throws AGENT_NOT_RUNNING, STATE_UNREADABLE (this user may not open the socket), and the agent's own errors. */
export interface LocalClient {
  status(): Promise<AgentStatus>;
  sync(
    order: SyncRequest,
    on: {
      started?: (run: { runId: string; joined: boolean }) => void;
      progress?: (progress: SyncProgress) => void;
    },
  ): Promise<SyncResult>;
  releaseBrake(): Promise<void>;
}

const MAX_ANSWER_BYTES = 1024 * 1024;

export function createLocalClient(stateDirectory: string): LocalClient {
  const socketPath = localEndpointPath(stateDirectory);
  const send = async (method: "GET" | "POST", path: string, body?: object): Promise<IncomingMessage> => {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = request({ socketPath, method, path, agent: false }, resolve);
      outgoing.once("error", (error) => reject(connectError(error, socketPath)));
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    });
    if (response.statusCode === 200) return response;
    const { code, message } = parse(errorBodySchema, await readText(response));
    throw new AppError(code, message);
  };

  return {
    async status() {
      return parse(agentStatusSchema, await readText(await send("GET", "/status")));
    },
    async sync(order, on) {
      const response = await send("POST", "/sync", order);
      try {
        for await (const line of createInterface({ input: response })) {
          const news = parse(syncLineSchema, line);
          if (news.kind === "result") return news.result;
          if (news.kind === "error") throw new AppError(news.error.code, news.error.message);
          if (news.kind === "started") on.started?.(news);
          else on.progress?.(news.progress);
        }
      } catch (error) {
        if (error instanceof AppError) throw error;
      }
      throw new AppError("AGENT_NOT_RUNNING", "The agent stopped before the run ended.");
    },
    async releaseBrake() {
      await readText(await send("POST", "/brake/release"));
    },
  };
}

async function readText(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MAX_ANSWER_BYTES) throw new AppError("INTERNAL", "The agent's answer is too long.");
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function parse<S extends z.ZodType>(schema: S, text: string): z.infer<S> {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new AppError(
      "INTERNAL",
      "The running agent's answer cannot be read. Restart the agent if it has another version than this command.",
      {
        cause: error,
      },
    );
  }
}

function connectError(error: Error, path: string): AppError {
  const code = systemCodeOf(error);
  if (code === "ENOENT" || code === "ECONNREFUSED")
    return new AppError("AGENT_NOT_RUNNING", `No agent answers on ${path}.`);
  if (code === "EACCES" || code === "EPERM")
    return new AppError(
      "STATE_UNREADABLE",
      `This user may not open ${path}. Run the command as root or as the service's user.`,
    );
  return new AppError("AGENT_NOT_RUNNING", `The agent does not answer on ${path}.`, { cause: error });
}
