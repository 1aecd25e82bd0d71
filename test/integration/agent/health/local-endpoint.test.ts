import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { createLocalClient } from "../../../../agent/health/local-client.ts";
import { type LocalActions, startLocalEndpoint } from "../../../../agent/health/local-endpoint.ts";
import type { SyncProgress, SyncRequest, SyncResult } from "../../../../agent/sync/sync-result.ts";
import { AppError, type ErrorCode } from "../../../../shared/errors.ts";
import { newId } from "../../../../shared/ids.ts";
import { silentLogger } from "../../../../shared/logger.ts";
import { NO_COUNTS } from "../../../../shared/protocol/frames.ts";
import type { Closable } from "../../../../shared/shutdown.ts";
import { agentStatus } from "../../../support/agent-status.ts";
import { waitFor } from "../../../support/wait-for.ts";

const REQUEST: SyncRequest = { policy: "delta", user: null, dryRun: false };

const resultOf = (runId: string, request: SyncRequest): SyncResult => ({
  ...request,
  runId,
  trigger: "agent",
  state: "done",
  feed: "syncrepl",
  full: false,
  reason: null,
  counts: { ...NO_COUNTS, read: 3, added: 3 },
  problems: { total: 0, items: [] },
  held: 0,
  startedAt: 1,
  durationMs: 2,
  error: null,
});

/** An agent whose runs end when the test says so. */
function scriptedAgent() {
  const runId = newId();
  const listeners = new Set<(progress: SyncProgress) => void>();
  const requests: SyncRequest[] = [];
  let releases = 0;
  let end!: (result: SyncResult) => void;
  let abandon!: (error: AppError) => void;
  const result = new Promise<SyncResult>((resolve, reject) => {
    end = resolve;
    abandon = reject;
  });
  result.catch(() => undefined);
  const actions: LocalActions = {
    status: () => agentStatus(),
    sync(request) {
      if (request.user === "nobody") throw new AppError("LINK_CLOSED", "No link just now.");
      requests.push(request);
      return {
        runId,
        joined: true,
        result,
        onProgress(listener) {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      };
    },
    releaseBrake: () => {
      releases++;
      return Promise.resolve();
    },
  };
  return {
    actions,
    runId,
    requests,
    listeners,
    end: () => end(resultOf(runId, REQUEST)),
    abandon: () => abandon(new AppError("SYNC_FAILED", "The agent is stopping.")),
    progress: (read: number) => listeners.forEach((listen) => listen({ runId, read, counts: NO_COUNTS })),
    get releases() {
      return releases;
    },
  };
}

async function codeOf(work: Promise<unknown>): Promise<ErrorCode | "none"> {
  try {
    await work;
    return "none";
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

describe("local endpoint", () => {
  let stateDirectory: string;
  let open: Closable[];

  beforeEach(async () => {
    stateDirectory = await mkdtemp(join(tmpdir(), "latchkey-local-"));
    open = [];
  });
  afterEach(async () => {
    for (const endpoint of open) await endpoint.close();
    await rm(stateDirectory, { recursive: true, force: true });
  });

  async function start(actions: LocalActions = scriptedAgent().actions) {
    const endpoint = await startLocalEndpoint({ stateDirectory, actions: () => actions, log: silentLogger });
    open.push(endpoint);
    return endpoint;
  }
  const post = (socketPath: string, path: string, body: string): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      const outgoing = request({ socketPath, path, method: "POST", agent: false }, (response) => {
        let text = "";
        response.on("data", (part: Buffer) => (text += part.toString()));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      });
      outgoing.once("error", reject);
      outgoing.end(body);
    });

  it("gives the status", async () => {
    await start();

    const status = await createLocalClient(stateDirectory).status();

    expect(status.link.phase).to.equal("ready");
  });

  it("is for the service's own user alone", async () => {
    const { path } = await start();

    expect((await stat(path)).mode & 0o777).to.equal(0o600);
  });

  it("streams a run's progress and ends with its result", async () => {
    const agent = scriptedAgent();
    await start(agent.actions);
    const news: unknown[] = [];

    const running = createLocalClient(stateDirectory).sync(REQUEST, {
      started: (run) => news.push(run.joined),
      progress: ({ read }) => news.push(read),
    });
    await waitFor("the run to begin", () => agent.listeners.size === 1);
    agent.progress(1);
    await waitFor("the progress", () => news.includes(1));
    agent.end();

    expect((await running).counts.added).to.equal(3);
    expect(news).to.deep.equal([true, 1]);
    expect(agent.requests).to.deep.equal([REQUEST]);
  });

  it("lets the run go on when the command that asked for it ends", async () => {
    const agent = scriptedAgent();
    const { path } = await start(agent.actions);
    const outgoing = request({ socketPath: path, path: "/sync", method: "POST", agent: false });
    outgoing.once("error", () => undefined); // it is cut below
    outgoing.end(JSON.stringify(REQUEST));
    await waitFor("the run to begin", () => agent.listeners.size === 1);

    outgoing.destroy();
    await waitFor("nobody to listen", () => agent.listeners.size === 0);
    agent.end();

    expect((await createLocalClient(stateDirectory).status()).version).to.equal("0.1.0");
  });

  it("passes the agent's own refusal on", async () => {
    await start();

    const work = createLocalClient(stateDirectory).sync({ ...REQUEST, user: "nobody" }, {});

    expect(await codeOf(work)).to.equal("LINK_CLOSED");
  });

  it("tells a waiting command that the agent stops", async () => {
    const agent = scriptedAgent();
    await start(agent.actions);
    const work = createLocalClient(stateDirectory).sync(REQUEST, {});
    await waitFor("the run to begin", () => agent.listeners.size === 1);

    agent.abandon();

    expect(await codeOf(work)).to.equal("SYNC_FAILED");
  });

  it("says that no agent runs when it is cut off", async () => {
    const agent = scriptedAgent();
    const endpoint = await start(agent.actions);
    const work = createLocalClient(stateDirectory).sync(REQUEST, {});
    await waitFor("the run to begin", () => agent.listeners.size === 1);

    await Promise.all([
      endpoint.close(),
      codeOf(work).then((code) => expect(code).to.equal("AGENT_NOT_RUNNING")),
    ]);
    open.pop();
  });

  it("releases the brake", async () => {
    const agent = scriptedAgent();
    await start(agent.actions);

    await createLocalClient(stateDirectory).releaseBrake();

    expect(agent.releases).to.equal(1);
  });

  it("refuses what it does not know, with every wrong field", async () => {
    const { path } = await start();
    const cases: [string, string, number, string][] = [
      ["/nothing", "", 404, "NOT_FOUND"],
      ["/sync", "{", 400, "REQUEST_INVALID"],
      ["/sync", "[]", 400, "REQUEST_INVALID"],
      ["/sync", JSON.stringify({ ...REQUEST, extra: 1 }), 400, "REQUEST_INVALID"],
      ["/sync", JSON.stringify({ ...REQUEST, user: "x".repeat(5000) }), 413, "REQUEST_TOO_LARGE"],
    ];

    for (const [url, body, status, code] of cases) {
      const answer = await post(path, url, body);
      expect(
        [answer.status, (JSON.parse(answer.text) as { code: string }).code],
        url + body.slice(0, 20),
      ).to.deep.equal([status, code]);
    }
    const { text } = await post(path, "/sync", JSON.stringify({ policy: "all", dryRun: "no" }));
    expect(text).to.contain("policy").and.to.contain("dryRun").and.to.contain("user");
  });

  it("keeps a second agent out, and takes over what a killed one left", async () => {
    const first = await start();

    expect(await codeOf(start())).to.equal("AGENT_ALREADY_RUNNING");
    await first.close();
    open.pop();
    await writeFile(first.path, "");
    await start();

    expect((await createLocalClient(stateDirectory).status()).tenantId).to.equal("contoso");
  });

  it("says so when no agent runs", async () => {
    const client = createLocalClient(stateDirectory);

    expect(await codeOf(client.status())).to.equal("AGENT_NOT_RUNNING");
    expect(await codeOf(client.sync(REQUEST, {}))).to.equal("AGENT_NOT_RUNNING");
  });

  it("says so when the path is too long for a socket", async () => {
    const tooLong = join(stateDirectory, "x".repeat(120));
    const { actions } = scriptedAgent();

    const work = startLocalEndpoint({ stateDirectory: tooLong, actions: () => actions, log: silentLogger });

    expect(await codeOf(work)).to.equal("STATE_UNREADABLE");
  });
});
