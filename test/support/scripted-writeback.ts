/** Runs the agent's writeback with real keys and seals, between a scripted cloud and a scripted directory. */
import type { AgentConfig } from "../../agent/config.ts";
import type { AccountState, Directory, PasswordOrder, SignIn } from "../../agent/directory/directory.ts";
import { openPasswordLists, type PasswordLists } from "../../agent/password-lists/password-lists.ts";
import type { CrashPoints } from "../../agent/writeback/crash-points.ts";
import { startWriteback, type Writeback } from "../../agent/writeback/writeback.ts";
import type { ClaimAnswer, WritebackLink } from "../../agent/writeback/writeback-link.ts";
import type { Clock } from "../../shared/clock.ts";
import { AppError } from "../../shared/errors.ts";
import { newId } from "../../shared/ids.ts";
import { silentLogger } from "../../shared/logger.ts";
import type { AgentBody, CloudBody } from "../../shared/protocol/frames.ts";
import { type JobOrder, type SignedJob, signJob } from "../../shared/sealing/job.ts";
import { type Passwords, sealPassword } from "../../shared/sealing/password.ts";
import { hashReceipt, type Receipt } from "../../shared/sealing/receipt.ts";
import { generateSigningKey } from "../../shared/sealing/signing-key.ts";
import { Secret } from "../../shared/secret.ts";
import { makeVerdict, type Verdict } from "../../shared/writeback.ts";
import { createManualClock, type ManualClock } from "./manual-clock.ts";
import { type MemoryFiles, memoryFiles } from "./memory-files.ts";
import { makeRecipient } from "./recipient.ts";
import { waitFor } from "./wait-for.ts";

export const TENANT = "contoso";
export const USER = "c".repeat(32);
export const PASSWORD = "Correct-Horse-Battery";

export const account = (facts: Partial<AccountState> = {}): AccountState => ({
  id: USER,
  dn: "CN=Jane,OU=Staff,DC=example,DC=com",
  mark: { server: "dc1.example.com", changed: "100", locked: "" },
  enabled: true,
  expired: false,
  unreadable: [],
  locked: false,
  mustChange: false,
  protected: false,
  denied: false,
  protectionUnknown: false,
  inScope: true,
  names: ["jane", "jane@example.com"],
  displayName: "Jane",
  groups: [],
  ...facts,
});

type WritebackDirectory = Pick<Directory, "account" | "applyPassword" | "checkSignIn">;

/** Answers in the simplest way. A test replaces the answers that it is about. */
export interface ScriptedDirectory extends WritebackDirectory {
  account: Directory["account"];
  applyPassword: Directory["applyPassword"];
  checkSignIn: Directory["checkSignIn"];
  /** The orders that were written, in order. */
  readonly written: PasswordOrder[];
}

export function scriptedDirectory(): ScriptedDirectory {
  const written: PasswordOrder[] = [];
  return {
    written,
    account: () => Promise.resolve(account()),
    async applyPassword(order, onSend) {
      await onSend();
      written.push(order);
      return makeVerdict("applied", null, { passwordSet: true, server: "dc1.example.com" });
    },
    checkSignIn: () => Promise.resolve({ ok: false, reason: "wrong" } satisfies SignIn),
  };
}

export interface ScriptedCloud extends WritebackLink {
  readonly claims: AgentBody<"job.claim">[];
  readonly nacks: AgentBody<"job.nack">[];
  readonly receipts: Receipt[];
  isConnected: boolean;
  /** Answers to the next claims. */
  answer: (claim: AgentBody<"job.claim">) => ClaimAnswer | Promise<ClaimAnswer>;
}

export const grant = (
  jobId: string,
  facts: Partial<CloudBody<"job.grant">> = {},
): Extract<ClaimAnswer, { type: "job.grant" }> => ({
  type: "job.grant",
  body: { jobId, leaseMs: 8_000, mode: "apply", mayApply: true, mark: null, ...facts },
});

export const deny = (jobId: string, reason: CloudBody<"job.deny">["reason"]): ClaimAnswer => ({
  type: "job.deny",
  body: { jobId, reason },
});

export const ackOf = (receipt: Receipt): CloudBody<"job.ack"> => ({
  jobId: receipt.jobId,
  receipt: hashReceipt(receipt),
});

export function scriptedCloud(): ScriptedCloud {
  const claims: AgentBody<"job.claim">[] = [];
  const nacks: AgentBody<"job.nack">[] = [];
  const receipts: Receipt[] = [];
  const cloud: ScriptedCloud = {
    claims,
    nacks,
    receipts,
    isConnected: true,
    answer: ({ jobId, mark }) => grant(jobId, { mark }),
    async request(_, claim) {
      if (!cloud.isConnected) throw new AppError("LINK_CLOSED");
      claims.push(claim);
      return cloud.answer(claim);
    },
    send(type, body) {
      if (!cloud.isConnected) throw new AppError("LINK_CLOSED");
      if (type === "job.nack") nacks.push(body as AgentBody<"job.nack">);
      else receipts.push((body as AgentBody<"job.outcome">).receipt);
    },
  };
  return cloud;
}

/** The keys of one agent, and the issuer that signs its jobs. */
export async function makeParties() {
  const issuer = generateSigningKey();
  const identityKey = generateSigningKey();
  const agentId = newId();
  const createdAt = 1_700_000_000_000;
  const { record, sealingKey } = await makeRecipient({ identityKey, agentId, createdAt });
  let userSequence = 0;
  return {
    issuer,
    identity: { agentId, tenantId: TENANT, identityKey, issuerKey: issuer.publicKey },
    sealingKeys: { find: (id: string) => (id === record.keyId ? sealingKey : null) },
    async job(
      now: number,
      facts: Partial<JobOrder> = {},
      passwords: Passwords = { newPassword: new Secret(PASSWORD) },
    ): Promise<SignedJob> {
      const order: JobOrder = {
        jobId: newId(),
        tenantId: TENANT,
        operation: "reset",
        userId: USER,
        userSequence: ++userSequence,
        issuedAt: now,
        notAfter: now + 120_000,
        mustChange: false,
        unlock: false,
        methods: ["text"],
        ...facts,
      };
      const sealed = order.operation === "unlock" ? [] : [await sealPassword(order, record, passwords)];
      return signJob(issuer, order, sealed);
    },
  };
}
export type Parties = Awaited<ReturnType<typeof makeParties>>;

export interface ScriptedWriteback {
  readonly writeback: Writeback;
  readonly directory: ScriptedDirectory;
  readonly cloud: ScriptedCloud;
  readonly files: MemoryFiles;
  readonly clock: ManualClock;
  readonly verdicts: Verdict[];
  /** Offers a job and waits until the agent has finished with it or waits for the clock. */
  offer(job: SignedJob): Promise<void>;
}

export interface ScriptedOptions {
  readonly parties: Parties;
  readonly config?: Partial<AgentConfig["writeback"]>;
  /** Files that an earlier start of the agent left. */
  readonly files?: MemoryFiles;
  readonly clock?: ManualClock;
  readonly directory?: ScriptedDirectory;
  readonly cloud?: ScriptedCloud;
  readonly crash?: CrashPoints;
  readonly passwordLists?: Pick<PasswordLists, "refuse">;
}

export async function startScripted(options: ScriptedOptions): Promise<ScriptedWriteback> {
  const { parties, files = memoryFiles(), clock = createManualClock(), crash } = options;
  const { directory = scriptedDirectory(), cloud = scriptedCloud() } = options;
  const verdicts: Verdict[] = [];
  const writeback = await startWriteback({
    config: {
      enabled: true,
      deny: [],
      protectedGroups: [],
      concurrency: 4,
      maxPerMinute: 30,
      maxPerHour: 60,
      maxPerDay: 500,
      maxPerUser: 100,
      maxPerUserDay: 100,
      ...options.config,
    },
    directory,
    link: cloud,
    identity: parties.identity,
    sealingKeys: parties.sealingKeys,
    passwordLists: options.passwordLists ?? (await openPasswordLists({}, silentLogger)),
    stateDirectory: "/state",
    graceMs: 10_000,
    log: silentLogger,
    clock: clock satisfies Clock,
    files,
    onVerdict: (verdict) => verdicts.push(verdict),
    ...(crash === undefined ? {} : { crash }),
  });
  return {
    writeback,
    directory,
    cloud,
    files,
    clock,
    verdicts,
    async offer(job) {
      const { sleepsBegun } = clock;
      writeback.offer(job);
      await waitFor(
        "the job to be done, or to wait for the clock",
        () => writeback.status().jobs === 0 || clock.sleepsBegun > sleepsBegun,
        { everyMs: 1 },
      );
    },
  };
}
