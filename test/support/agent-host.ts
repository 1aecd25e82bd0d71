/** Prepares a host with an agent: its configuration in files, its commands in this process, and a sync-only cloud of one node. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { type AgentHandle, startAgent } from "../../agent/agent.ts";
import { createProgram } from "../../agent/commands/program.ts";
import { agentConfigSchema } from "../../agent/config.ts";
import { systemClock } from "../../shared/clock.ts";
import { runCommand } from "../../shared/command.ts";
import { loadConfig } from "../../shared/config/load.ts";
import { silentLogger } from "../../shared/logger.ts";
import { CloseStack } from "../../shared/shutdown.ts";
import { bufferedIo } from "./command-io.ts";
import { type GatewayNode, startGatewayNode } from "./gateway-node.ts";
import { sharedRedis } from "./redis.ts";
import { newTenant, startSyncCloud, type SyncCloud } from "./sync-cloud.ts";

export interface HostOptions {
  readonly cloudUrl: string;
  readonly directory: Readonly<Record<string, unknown>>;
  /** Merged over the configuration's top level. */
  readonly more?: Readonly<Record<string, unknown>>;
}

export interface CommandRun {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

export interface AgentHost {
  readonly folder: string;
  readonly configFile: string;
  readonly stateDirectory: string;
  /** Runs `latchkey-agent <args> --config F` in this process. */
  run(...args: string[]): Promise<CommandRun>;
  /** Runs with --json and returns the parsed output. Throws what was printed when there is none. */
  json(...args: string[]): Promise<Record<string, unknown>>;
  writeToken(token: { reveal(): string }): Promise<string>;
  start(): Promise<AgentHandle>;
  close(): Promise<void>;
}

export async function prepareHost({ cloudUrl, directory, more }: HostOptions): Promise<AgentHost> {
  const folder = await mkdtemp(join(tmpdir(), "latchkey-host-"));
  const stateDirectory = join(folder, "state");
  await mkdir(stateDirectory, { mode: 0o700 });
  const configFile = join(folder, "agent.yaml");
  const settings = {
    cloud: { url: cloudUrl },
    stateDirectory,
    hostName: "test-host",
    directory,
    sync: { schedule: "off", phoneRegion: "BE" },
    ...more,
  };
  await writeFile(configFile, stringify(settings), { mode: 0o600 });
  const open = new CloseStack();

  const run = async (...args: string[]): Promise<CommandRun> => {
    const io = bufferedIo();
    const program = createProgram({
      io,
      clock: systemClock,
      createLog: () => silentLogger,
      untilSignal: () => Promise.reject(new Error("run is for a process of its own")),
      crash: undefined,
    });
    const exit = await runCommand(program, ["node", "latchkey-agent", ...args, "--config", configFile], io);
    return { exit, out: io.out, err: io.err };
  };
  return {
    folder,
    configFile,
    stateDirectory,
    run,
    async json(...args) {
      const { out, err } = await run(...args, "--json");
      if (out === "") throw new Error(err);
      return JSON.parse(out) as Record<string, unknown>;
    },
    async writeToken(token) {
      const file = join(folder, "token");
      await writeFile(file, `${token.reveal()}\n`, { mode: 0o600 });
      return file;
    },
    async start() {
      const source = { file: configFile, environmentPrefix: "LATCHKEY_AGENT", environment: {} };
      const config = loadConfig(agentConfigSchema, source);
      return open.add(await startAgent(config, { log: silentLogger, clock: systemClock }));
    },
    async close() {
      await open.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Writes the passwords into files, as an administrator does. */
export async function directorySettings(
  folder: string,
  server: {
    readonly url: string;
    readonly caFile?: string;
    readonly peopleDn: string;
    readonly syncAccount: { readonly dn: string; readonly password: string };
    readonly writebackAccount: { readonly dn: string; readonly password: string };
  },
) {
  const account = async (name: string, { dn, password }: { dn: string; password: string }) => {
    const passwordFile = join(folder, name);
    await writeFile(passwordFile, password, { mode: 0o600 });
    return { dn, passwordFile };
  };
  return {
    servers: [server.url],
    ...(server.caFile === undefined ? {} : { caFile: server.caFile }),
    bind: await account("sync-password", server.syncAccount),
    writebackBind: await account("writeback-password", server.writebackAccount),
    bases: [{ dn: server.peopleDn, phoneRegion: "BE" }],
  };
}

export interface SyncNode {
  readonly gateway: GatewayNode;
  readonly cloud: SyncCloud;
  readonly tenantId: string;
  close(): Promise<void>;
}

/** Starts a gateway whose sync frames reach a real sync service. Writebacks are not answered. */
export async function startSyncNode(): Promise<SyncNode> {
  const open = new CloseStack();
  const { connection } = await sharedRedis();
  const cloud = open.add(await startSyncCloud(connection));
  const tenantId = await newTenant(cloud, { sources: 0 });
  const { sync, peers } = cloud;
  const gateway = open.add(
    await startGatewayNode({
      connection,
      handlers: {
        syncBegin: (session, body) => sync.begin(session, body),
        syncBatch: (session, body) => sync.batch(session, body),
        syncFinish: (session, body) => sync.finish(session, body),
        syncFail: (session, body) => sync.fail(session, body),
        syncNote: (session, body) => sync.note(session, body),
        sessionReady: (session) => {
          const { agentId, sessionId } = session;
          const isHere = peers.some((peer) => peer.sessionId === sessionId);
          if (!isHere)
            peers.push({
              tenantId: session.tenantId,
              agentId,
              sessionId,
              source: session.source,
              scope: session.scope,
              node: cloud.node,
              request: async (body) => {
                await session.request("sync.request", body, ["ack"], 5_000);
              },
            });
        },
        sessionGone: ({ sessionId }) => {
          const index = peers.findIndex((peer) => peer.sessionId === sessionId);
          if (index !== -1) peers.splice(index, 1);
        },
      },
    }),
  );
  return { gateway, cloud, tenantId, close: () => open.close() };
}
