/** Starts a whole installation on this machine: one cloud node with its embedded Redis, a tenant, an enrolled and approved agent. */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import type { PolicyInput } from "../shared/api/policy.ts";
import { systemCodeOf } from "../shared/system-errors.ts";
import { freePort } from "./free-port.ts";
import { type CommandResult, createProgram, type Program, runProgram } from "./program.ts";
import { until } from "./until.ts";

/** The facts about a directory that an agent's configuration needs. */
export interface LabDirectory {
  readonly url: string;
  readonly caFile: string;
  /** The base that holds the users. */
  readonly peopleDn: string;
  readonly syncAccount: { readonly dn: string; readonly password: string };
  readonly writebackAccount: { readonly dn: string; readonly password: string };
}

export interface InstallationOptions {
  readonly directory: LabDirectory;
  readonly tenantId?: string;
  readonly domain?: string;
  /** Port of the cloud; any free one when left out. */
  readonly port?: number;
  /** Kept when given. Otherwise a temporary folder that `close` removes. */
  readonly folder?: string;
  /** Merged over the agent's and the cloud's configuration, one level deep. */
  readonly agentConfig?: Readonly<Record<string, unknown>>;
  readonly cloudConfig?: Readonly<Record<string, unknown>>;
  /** Applied to the tenant. Self-service is off when left out. */
  readonly policy?: PolicyInput;
  /** Starts programs in their own process groups. Ctrl-C in the terminal then reaches only the caller, which calls `close`. */
  readonly detached?: boolean;
  readonly onStep?: (what: string) => void;
}

export interface Installation {
  readonly folder: string;
  readonly url: string;
  readonly tenantId: string;
  readonly cloud: Program;
  readonly agent: Program;
  /** Environment variables for a shell: the cloud's address and API key. */
  readonly environment: Readonly<Record<string, string>>;
  readonly agentConfigFile: string;
  readonly cloudConfigFile: string;
  /** Runs `latchkey`. */
  readonly latchkey: (...args: string[]) => Promise<CommandResult>;
  /** Runs `latchkey … --json` and returns its parsed output. Throws what it printed when it fails. */
  readonly latchkeyJson: (...args: string[]) => Promise<unknown>;
  /** Runs `latchkey-agent … --config F`. */
  readonly latchkeyAgent: (...args: string[]) => Promise<CommandResult>;
  /** Calls the REST API, below /api/v1. */
  readonly api: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<ApiAnswer>;
  /** Calls the same API at another node. */
  readonly apiAt: (nodeUrl: string) => Installation["api"];
  /** Writes the configuration of another agent without enrolling or starting it. `name` is also its state directory. */
  readonly writeAgentConfig: (name: string) => Promise<string>;
  /** Returns that agent as a program. Its log is `<name>.log`. */
  readonly agentProgram: (name: string) => Program;
  /** Enrols and approves another agent without starting it, for the same tenant and directory unless told otherwise. */
  readonly addAgent: (name: string, place?: AgentPlace) => Promise<Program>;
  /** Waits until the approved agent is connected. */
  readonly untilReady: (timeoutMs?: number) => Promise<void>;
  readonly untilCloudAnswers: (timeoutMs?: number) => Promise<void>;
  readonly applyPolicy: (policy: PolicyInput) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The tenant and directory that an agent serves. The tenant exists already. */
export interface AgentPlace {
  readonly tenantId: string;
  readonly directory: LabDirectory;
  /** Adds the directory to the tenant as another source of this name. */
  readonly newSource?: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export async function startInstallation(options: InstallationOptions): Promise<Installation> {
  const { onStep = () => undefined } = options;
  const tenantId = options.tenantId ?? "contoso";
  const firstPlace: AgentPlace = { tenantId, directory: options.directory };
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), "lk-")));
  await mkdir(folder, { recursive: true });
  const write = async (name: string, text: string): Promise<string> => {
    const file = join(folder, name);
    await writeFile(file, text, { mode: 0o600 });
    await chmod(file, 0o600);
    return file;
  };

  onStep("Starting the cloud");
  const port = options.port ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const cloudConfigFile = await write(
    "cloud.yaml",
    stringify({
      publicUrl: url,
      listen: `127.0.0.1:${port}`,
      dataDirectory: join(folder, "cloud"),
      node: "node-1",
      // Codes and notices stay here and are read at /outbox.
      notify: { outbox: true },
      ...options.cloudConfig,
    }),
  );
  const keyFile = join(folder, "owner-key");
  jsonOf(
    await runProgram("cloud/main.ts", [
      "init",
      "--config",
      cloudConfigFile,
      "--api-key-file",
      keyFile,
      "--json",
    ]),
  );
  const apiKey = (await readFile(keyFile, "utf8")).trim();
  const environment = { LATCHKEY_URL: url, LATCHKEY_API_KEY_FILE: keyFile, LATCHKEY_TENANT: tenantId };
  const cloud = createProgram({
    main: "cloud/main.ts",
    args: ["serve", "--config", cloudConfigFile],
    logFile: join(folder, "cloud.log"),
    detached: options.detached,
  });
  cloud.start();

  const apiAt: Installation["apiAt"] =
    (nodeUrl) =>
    async (method, path, body, headers = {}) => {
      const ask = (): Promise<Response> =>
        fetch(`${nodeUrl}/api/v1${path}`, {
          method,
          headers: {
            authorization: `Bearer ${apiKey}`,
            ...(body === undefined ? {} : { "content-type": "application/json" }),
            ...headers,
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
      const response = await ask().catch((error: unknown) => {
        // The server had closed the idle connection that the request was sent on. To read again is harmless.
        const isReset = error instanceof Error && systemCodeOf(error.cause) === "ECONNRESET";
        if (method === "GET" && isReset) return ask();
        throw error;
      });
      const text = await response.text();
      return {
        status: response.status,
        body: (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>,
      };
    };
  const api = apiAt(url);
  const untilCloudAnswers = (timeoutMs = 60_000): Promise<void> =>
    until("the cloud answers", timeoutMs, async () => (await fetch(`${url}/openapi.json`)).ok, cloud);
  const latchkey = (...args: string[]): Promise<CommandResult> =>
    runProgram("cli/main.ts", args, environment);
  const latchkeyJson = async (...args: string[]): Promise<unknown> =>
    jsonOf(await latchkey(...args, "--json"));

  const agentFiles = async (name: string, { directory } = firstPlace): Promise<string> => {
    const password = (account: { password: string }, file: string): Promise<string> =>
      write(`${name}-${file}`, account.password);
    return write(
      `${name}.yaml`,
      stringify({
        cloud: { url },
        stateDirectory: join(folder, name),
        hostName: name,
        directory: {
          servers: [directory.url],
          caFile: directory.caFile,
          bind: { dn: directory.syncAccount.dn, passwordFile: await password(directory.syncAccount, "bind") },
          writebackBind: {
            dn: directory.writebackAccount.dn,
            passwordFile: await password(directory.writebackAccount, "writeback"),
          },
          bases: [{ dn: directory.peopleDn, phoneRegion: "BE" }],
          ...(options.agentConfig?.["directory"] as object | undefined),
        },
        ...Object.fromEntries(
          Object.entries(options.agentConfig ?? {}).filter(([key]) => key !== "directory"),
        ),
      }),
    );
  };
  const must = async (method: string, path: string, body: unknown): Promise<Record<string, unknown>> => {
    const answer = await api(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const applyPolicy = async (policy: PolicyInput): Promise<void> => {
    await must("PUT", `/tenants/${tenantId}/policy`, { policy });
  };
  /** Enrols and approves as an administrator would: by comparing the fingerprint. */
  const enrol = async (name: string, place = firstPlace): Promise<string> => {
    const configFile = await agentFiles(name, place);
    const { token } = await must("POST", `/tenants/${place.tenantId}/enrollments`, { name });
    const tokenFile = await write(`${name}-token`, String(token));
    const enrolled = await runProgram("agent/main.ts", [
      "enroll",
      "--config",
      configFile,
      "--token-file",
      tokenFile,
      "--json",
    ]);
    const { agentId, fingerprint } = jsonOf(enrolled) as { agentId: string; fingerprint: string };
    await must("POST", `/tenants/${place.tenantId}/agents/${agentId}/approve`, {
      fingerprint,
      newSource: place.newSource,
    });
    return configFile;
  };
  const agents: Program[] = [];
  const agentProgram = (name: string): Program => {
    const program = createProgram({
      main: "agent/main.ts",
      args: ["run", "--config", join(folder, `${name}.yaml`)],
      logFile: join(folder, `${name}.log`),
      detached: options.detached,
    });
    agents.push(program);
    return program;
  };
  const untilReady = (timeoutMs = 20_000): Promise<void> =>
    until(
      "an approved agent is connected",
      timeoutMs,
      async () => {
        const { body } = await api("GET", `/tenants/${tenantId}/agents`);
        return (body["items"] as { connected: boolean; state: string }[]).some(
          ({ connected, state }) => connected && state === "approved",
        );
      },
      agents[0],
    );

  try {
    await untilCloudAnswers();
    await must("POST", "/tenants", {
      id: tenantId,
      name: "Contoso",
      domains: [options.domain ?? "contoso.test"],
    });
    if (options.policy !== undefined) await applyPolicy(options.policy);
    onStep("Enrolling the agent and approving its fingerprint");
    const agentConfigFile = await enrol("agent-1");
    const agent = agentProgram("agent-1");
    agent.start();
    await untilReady();

    return {
      folder,
      url,
      tenantId,
      cloud,
      agent,
      environment,
      agentConfigFile,
      cloudConfigFile,
      latchkey,
      latchkeyJson,
      latchkeyAgent: (...args) => runProgram("agent/main.ts", [...args, "--config", agentConfigFile]),
      api,
      apiAt,
      writeAgentConfig: (name) => agentFiles(name),
      agentProgram,
      async addAgent(name, place) {
        await enrol(name, place);
        return agentProgram(name);
      },
      untilReady,
      untilCloudAnswers,
      applyPolicy,
      async close() {
        await Promise.all(agents.map((program) => program.stop()));
        await cloud.stop();
        if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await Promise.all(agents.map((program) => program.stop("SIGKILL")));
    await cloud.stop();
    throw error;
  }
}

/** Parses the JSON that a command printed. Throws the command's own output when it failed. */
export function jsonOf({ exit, stdout, stderr }: CommandResult): unknown {
  if (exit !== 0)
    throw new Error(`the command ended with ${String(exit)}: ${stderr.trim() || stdout.trim()}`);
  return JSON.parse(stdout) as unknown;
}
