/**
 * Serves the commands on the agent's own host: HTTP over a unix socket (a named pipe on Windows). The socket is also a lock:
 * two agents cannot run on one state directory.
 */
import { once } from "node:events";
import { chmod, unlink } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { AppError, toAppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import type { Closable } from "../../shared/shutdown.ts";
import { type SyncRequest, syncRequestSchema } from "../sync/sync-result.ts";
import type { ForcedRun } from "../sync/sync-runner.ts";
import type { AgentStatus } from "./agent-status.ts";
import { localEndpointPath, type SyncLine } from "./local-api.ts";

export interface LocalActions {
  status(): AgentStatus;
  sync(request: SyncRequest): ForcedRun;
  releaseBrake(): Promise<void>;
}

export interface LocalEndpoint extends Closable {
  readonly path: string;
}

export interface LocalEndpointDeps {
  readonly stateDirectory: string;
  /** Throws AGENT_NOT_RUNNING until the agent has started. */
  readonly actions: () => LocalActions;
  readonly log: Logger;
}

const MAX_BODY_BYTES = 4 * 1024;
/** `sun_path` of unix(7) holds 108 bytes with its final zero; other systems 104. */
const MAX_PATH_BYTES = 103;

/** Throws AGENT_ALREADY_RUNNING, STATE_UNREADABLE. */
export async function startLocalEndpoint({
  stateDirectory,
  actions,
  log,
}: LocalEndpointDeps): Promise<LocalEndpoint> {
  const path = localEndpointPath(stateDirectory);
  const isFile = !path.startsWith("\\\\");
  if (isFile && Buffer.byteLength(path) > MAX_PATH_BYTES)
    throw new AppError(
      "STATE_UNREADABLE",
      `The socket's path ${path} is longer than ${MAX_PATH_BYTES} bytes. Choose a shorter stateDirectory.`,
    );

  const server = createServer(
    { headersTimeout: 3_000, requestTimeout: 5_000, maxHeaderSize: 8 * 1024 },
    (request, response) => {
      answer(request, response, actions).catch((error: unknown) => {
        const { code, message, info } = toAppError(error);
        if (code === "INTERNAL") log.error("local_endpoint.request.failed", { error });
        if (response.headersSent) response.destroy();
        else sendJson(response, info.http, { code, message });
      });
    },
  );
  server.maxConnections = 32;
  if (isFile) await removeLeftover(path);
  await listen(server, path);
  // No other user could enter the directory before this, since its mode is 0700.
  if (isFile) await chmod(path, 0o600);

  return {
    path,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  actions: () => LocalActions,
): Promise<void> {
  switch (`${request.method ?? ""} ${request.url ?? ""}`) {
    case "GET /status":
      sendJson(response, 200, actions().status());
      return;
    case "POST /sync":
      await streamRun(response, actions().sync(await readSyncRequest(request)));
      return;
    case "POST /brake/release":
      await actions().releaseBrake();
      sendJson(response, 200, {});
      return;
    default:
      throw new AppError("NOT_FOUND");
  }
}

/** Reports a run line by line. The run goes on when the command that asked for it ends. */
async function streamRun(response: ServerResponse, run: ForcedRun): Promise<void> {
  response.writeHead(200, { "content-type": "application/x-ndjson" });
  const send = (line: SyncLine): void => {
    // Progress is left out while the command has not read the last line.
    if (response.destroyed || (line.kind === "progress" && response.writableNeedDrain)) return;
    response.write(`${JSON.stringify(line)}\n`);
  };
  send({ kind: "started", runId: run.runId, joined: run.joined });
  const stopListening = run.onProgress((progress) => send({ kind: "progress", progress }));
  response.once("close", stopListening);
  try {
    send({ kind: "result", result: await run.result });
  } catch (error) {
    const { code, message } = toAppError(error);
    send({ kind: "error", error: { code, message } });
  }
  response.end();
}

async function readSyncRequest(request: IncomingMessage): Promise<SyncRequest> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MAX_BODY_BYTES) throw new AppError("REQUEST_TOO_LARGE");
    parts.push(part);
  }
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(parts).toString("utf8"));
  } catch (error) {
    throw new AppError("REQUEST_INVALID", "The body is not JSON.", { cause: error });
  }
  const parsed = syncRequestSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues
    .map((issue) => `${issue.path.join(".")}: ${issue.message}`)
    .slice(0, 10);
  throw new AppError("REQUEST_INVALID", `The body is not valid: ${problems.join("; ").slice(0, 1024)}`);
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

async function listen(server: Server, path: string): Promise<void> {
  server.listen(path);
  try {
    await once(server, "listening");
  } catch (error) {
    const code: unknown = Reflect.get(error as object, "code");
    if (code === "EADDRINUSE")
      throw new AppError("AGENT_ALREADY_RUNNING", `Another agent runs already and holds ${path}.`);
    throw new AppError("STATE_UNREADABLE", `The socket ${path} cannot be made: ${String(code)}.`, {
      cause: error,
    });
  }
}

/** Removes a socket file that no process answers on: an agent that was killed has left it. */
async function removeLeftover(path: string): Promise<void> {
  const isAnswered = await new Promise<boolean>((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
  if (!isAnswered) await unlink(path).catch(() => undefined); // usually there is none
}
