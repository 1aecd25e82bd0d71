/** An agent of a test cloud. It syncs the given users and applies the jobs it receives, over one link. */
import { once } from "node:events";
import type { WebSocket } from "ws";
import { newId } from "../../shared/ids.ts";
import type { CloudFrame, SyncChange } from "../../shared/protocol/frames.ts";
import type { SignedJob } from "../../shared/sealing/job.ts";
import { openPassword } from "../../shared/sealing/password.ts";
import { FIRST_RECEIPT, signReceipt } from "../../shared/sealing/receipt.ts";
import { Secret } from "../../shared/secret.ts";
import type { DirectoryUser } from "../../shared/user.ts";
import { makeVerdict, type Verdict } from "../../shared/writeback.ts";
import type { TestCloud } from "./cloud.ts";
import { asUser } from "./directory-users.ts";
import { enrollFakeAgent, type FakeAgent, type FakeLink } from "./fake-agent.ts";

const TIMEOUT_MS = 5_000;
const MIN_LENGTH = 8;

export interface CloudAgent {
  readonly agent: FakeAgent;
  readonly link: FakeLink;
  /** Applied passwords by user id. */
  readonly passwords: ReadonlyMap<string, string>;
  /** While set, jobs are ignored. */
  idle: boolean;
  /** The users that a run requested by the cloud sends. */
  directory: readonly SyncChange[];
  /** Syncs exactly these users in a full run. */
  sync(users: readonly DirectoryUser[], runId?: string): Promise<{ runId: string; state: string }>;
  /** Sends exactly these changes in a delta. */
  run(changes: readonly SyncChange[]): Promise<{ runId: string; state: string }>;
  close(): Promise<void>;
}

/** Enrols, approves and connects an agent through the API. */
export async function connectCloudAgent(cloud: TestCloud, tenantId: string): Promise<CloudAgent> {
  const base = `/api/v1/tenants/${tenantId}`;
  const { body } = await cloud.api<{ token: string }>("POST", `${base}/enrollments`, { name: "dc1" });
  const agent = await enrollFakeAgent({ url: cloud.url, token: new Secret(body.token) });
  const { fingerprint } = agent;
  const approved = await cloud.api("POST", `${base}/agents/${agent.agentId}/approve`, { fingerprint });
  if (approved.status !== 200) throw new Error(`not approved: ${approved.body.message}`);
  const link = await agent.connect();
  const passwords = new Map<string, string>();
  let receipts = FIRST_RECEIPT;

  async function run(runId: string, changes: readonly SyncChange[], sweep: boolean, dryRun = false) {
    const begin = { runId, policy: "initial", trigger: "cloud", dryRun, user: null } as const;
    await link.request("sync.begin", begin, ["sync.begun"], TIMEOUT_MS);
    let sequence = 0;
    for (let at = 0; at < changes.length; at += 200) {
      sequence += 1;
      const batch = { runId, sequence, changes: changes.slice(at, at + 200), cursor: null };
      await link.request("sync.batch", batch, ["sync.ack"], TIMEOUT_MS);
    }
    const end = { runId, sequence: sequence + 1, sweep, cursor: `at-${runId}`, read: changes.length };
    const { body: finished } = await link.request("sync.finish", end, ["sync.finished"], TIMEOUT_MS);
    return { runId, state: finished.state };
  }

  async function decide(job: SignedJob): Promise<Verdict> {
    const { order, sealed } = job;
    if (order.operation === "unlock") return makeVerdict("applied", null, { unlocked: true });
    const mine = sealed.find((seal) => seal.agentId === agent.agentId);
    const pair = agent.findSealingKey(mine?.keyId ?? "");
    if (mine === undefined || pair === undefined) return makeVerdict("refused", "SEAL_INVALID");
    const { newPassword } = await openPassword(order, mine, pair);
    if (newPassword.reveal().length < MIN_LENGTH)
      return makeVerdict("rejected", "PASSWORD_TOO_SHORT", {
        rule: {
          minLength: MIN_LENGTH,
          historyLength: null,
          complexity: null,
          minAgeSeconds: null,
          source: "domain",
        },
      });
    passwords.set(order.userId, newPassword.reveal());
    return makeVerdict("applied", null, {
      passwordSet: true,
      unlocked: order.unlock,
      server: "dc1.example.com",
    });
  }

  async function work(job: SignedJob): Promise<void> {
    const { jobId, userId } = job.order;
    const mark = { server: "dc1.example.com", changed: "1", locked: "" };
    const answer = await link.request("job.claim", { jobId, mark }, ["job.grant", "job.deny"], TIMEOUT_MS);
    if (answer.type === "job.deny") return;
    const receipt = signReceipt(agent.identityKey, {
      jobId,
      tenantId,
      userId,
      agentId: agent.agentId,
      verdict: await decide(job),
      decidedAt: Date.now(),
      previous: receipts,
    });
    receipts = receipt.previous;
    link.send("job.outcome", { receipt });
  }

  async function handle(frame: CloudFrame): Promise<void> {
    if (frame.type === "job.offer") {
      if (!self.idle) await work(frame.body.job);
    } else if (frame.type === "sync.request") {
      link.send("ack", {}, frame.id);
      const { runId, policy, dryRun } = frame.body;
      await run(runId, self.directory, policy === "initial", dryRun);
    }
  }

  const self: CloudAgent = {
    agent,
    link,
    passwords,
    idle: false,
    directory: [],
    sync: (users, runId = newId()) => run(runId, users.map(asUser), true),
    run: (changes) => run(newId(), changes, false),
    async close() {
      await link.close();
      await pump;
    },
  };
  const pump = (async () => {
    while (link.socket.readyState === link.socket.OPEN) {
      const frame = link.inbox.shift();
      if (frame === undefined) await untilHeard(link.socket);
      else await handle(frame).catch(() => undefined); // the link closed; the test checks whether that was expected
    }
  })();
  return self;
}

/** Repeats until a frame arrives or the link ends. */
async function untilHeard(socket: WebSocket): Promise<void> {
  const heard = new AbortController();
  const { signal } = heard;
  await Promise.race([once(socket, "message", { signal }), once(socket, "close", { signal })])
    .catch(() => undefined)
    .finally(() => heard.abort());
}
