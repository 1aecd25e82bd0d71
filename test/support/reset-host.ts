/** Runs the reset service with real Redis. The test scripts agents and writeback; messages are recorded. */
import { randomBytes } from "node:crypto";
import type { AccountView } from "../../cloud/accounts/account-service.ts";
import type { AuditEvent } from "../../cloud/audit/audit.ts";
import { createPortalKeys } from "../../cloud/keys/portal-keys.ts";
import { createProofs } from "../../cloud/methods/proofs.ts";
import type { Notice, Notifier, OtpMessage } from "../../cloud/notify/notifier.ts";
import { createPeople } from "../../cloud/people/create-people.ts";
import { createPolicyService } from "../../cloud/policy/create-policy-service.ts";
import { attemptSchema, personOf } from "../../cloud/reset/attempt.ts";
import { createResetService } from "../../cloud/reset/create-reset-service.ts";
import type { ResetScreen } from "../../cloud/reset/reset-service.ts";
import type { Delivery } from "../../cloud/store/delivery-record.ts";
import type { JobRecord } from "../../cloud/store/job-record.ts";
import { keys } from "../../cloud/store/keys.ts";
import { createLimits } from "../../cloud/store/limits.ts";
import { createPolicyStore } from "../../cloud/store/policies.ts";
import type { Registration } from "../../cloud/store/registration-record.ts";
import { createRegistrations } from "../../cloud/store/registrations.ts";
import { createVisitStore } from "../../cloud/store/visits.ts";
import type { SessionKey } from "../../cloud/visits/visit.ts";
import type { WritebackService } from "../../cloud/writeback/writeback-service.ts";
import { type PolicyInput, policySchema } from "../../shared/api/policy.ts";
import { AppError } from "../../shared/errors.ts";
import { newId } from "../../shared/ids.ts";
import { silentLogger } from "../../shared/logger.ts";
import type { JobOrder } from "../../shared/sealing/job.ts";
import { Secret } from "../../shared/secret.ts";
import type { DirectoryUser } from "../../shared/user.ts";
import { isFinalState, makeVerdict } from "../../shared/writeback.ts";
import { asGone, asUser, testUser } from "./directory-users.ts";
import { createManualClock } from "./manual-clock.ts";
import { queuedJob } from "./queued-job.ts";
import { makeRecipient } from "./recipient.ts";
import { sharedRedis } from "./redis.ts";
import { newSession, newTenant, runSync, startSyncCloud } from "./sync-cloud.ts";
import { waitFor } from "./wait-for.ts";

export type ResetHost = Awaited<ReturnType<typeof startResetHost>>;
export const NEVER = new AbortController().signal;

const VIEW: AccountView = {
  obstacle: null,
  locked: false,
  protected: false,
  groups: [],
  dialect: "openldap",
  rule: { minLength: 12, historyLength: 5, complexity: false, minAgeSeconds: 0, source: "ppolicy" },
};

export async function startResetHost() {
  const cloud = await startSyncCloud((await sharedRedis()).connection);
  const { store, users } = cloud;
  const clock = createManualClock(Date.now());
  const portalKeys = createPortalKeys(new Secret(randomBytes(32).toString("base64url")));
  const registrations = createRegistrations({ store });
  const proofs = createProofs({ registrations, portalKeys, clock });
  const people = createPeople({ users, registrations, proofs, portalKeys, clock });
  const limits = createLimits({ store });
  const policies = createPolicyStore(store);
  const policy = createPolicyService({ policies, clock });
  const attempts = createVisitStore({
    store,
    kind: "attempt",
    schema: attemptSchema,
    keyOf: keys.attempt,
    personOf,
  });

  const sent: OtpMessage[] = [];
  const notices: Notice[] = [];
  const audited: AuditEvent[] = [];
  const looks: string[] = [];
  const script = {
    /** The agent's answer about an account, or the error when it does not answer. */
    view: (() => ({})) as (userId: string) => Partial<AccountView> | AppError,
    smsBreaker: false,
    /** Called for each code that was sent or used, as the notifier of a running node counts them. */
    conversion: null as Pick<Notifier, "sendOtp" | "verified" | "breakerOpen"> | null,
    writeback: scriptedWriteback(clock),
  };

  const atOnce = [0, 1] as const;
  const service = createResetService({
    timings: { lookAfterMs: atOnce, sendAfterMs: atOnce },
    attempts,
    people,
    policy,
    limits,
    proofs,
    portalKeys,
    clock,
    log: silentLogger,
    writeback: script.writeback,
    countUsers: (tenantId) => users.count(tenantId),
    accounts: {
      available: () => Promise.resolve(true),
      look(_tenantId, userId) {
        looks.push(userId);
        const view = script.view(userId);
        return view instanceof AppError ? Promise.reject(view) : Promise.resolve({ ...VIEW, ...view });
      },
    },
    notifier: {
      channels: new Set(["text", "call", "email"] as const),
      sendOtp(message) {
        if (message.withheld !== undefined)
          return Promise.resolve({ state: "failed", provider: null } as Delivery);
        sent.push(message);
        return (
          script.conversion?.sendOtp(message) ??
          Promise.resolve({ state: "sent", provider: "test" } as Delivery)
        );
      },
      notify(notice) {
        notices.push(notice);
        return Promise.resolve();
      },
      verified: (tenantId, code) => script.conversion?.verified(tenantId, code) ?? Promise.resolve(),
      breakerOpen: (tenantId) =>
        script.conversion?.breakerOpen(tenantId) ?? Promise.resolve(script.smsBreaker),
    },
    audit: {
      append(event) {
        audited.push(event);
        return Promise.resolve();
      },
    },
  });

  async function newPolicyTenant(input: PolicyInput = {}, people: readonly DirectoryUser[] = [testUser(1)]) {
    const tenantId = await newTenant(cloud);
    await policies.apply(tenantId, policySchema.parse({ scope: "all", ...input }), null, clock.now());
    await sync(tenantId, people);
    return tenantId;
  }
  async function sync(tenantId: string, people: readonly DirectoryUser[]): Promise<void> {
    await runSync(cloud.sync, newSession(tenantId), { changes: people.map(asUser) });
  }

  /** Begins an attempt, from a different network each time unless one is given. */
  const begin = (tenantId: string, userName: string, address = randomAddress()): Promise<SessionKey> =>
    service.begin(tenantId, userName, { address, language: "en" });

  const host = {
    cloud,
    store,
    users,
    clock,
    portalKeys,
    registrations,
    proofs,
    people,
    limits,
    policy,
    policies,
    attempts,
    sent,
    notices,
    audited,
    looks,
    script,
    service,
    sync,
    /** Deletes the user with this number as a sync would. */
    remove: (tenantId: string, number: number) =>
      runSync(cloud.sync, newSession(tenantId), { changes: [asGone(number)] }),
    begin,
    newTenant: newPolicyTenant,
    register: (tenantId: string, userId: string, change: Partial<Registration>) =>
      registrations.update(tenantId, userId, (present) => ({ ...present, ...change })),
    /** Begins an attempt and continues to the choice of methods, with the account looked up. */
    async atChoice(tenantId: string, userName: string, reason: "forgot" | "locked" = "forgot") {
      const key = await begin(tenantId, userName);
      await service.chooseReason(key, 1, reason);
      await host.examined(key);
      return key;
    },
    examined: ({ tenantId, id }: SessionKey) =>
      waitFor("the account to be examined", async () => (await attempts.find(tenantId, id))?.account),
    screen: (key: SessionKey) => service.screen(key),
    async version(key: SessionKey): Promise<number> {
      return (await service.screen(key)).version;
    },
    auditOf: (key: SessionKey, action?: string) =>
      audited.filter(
        (event) => event.correlationId === key.id && (action === undefined || event.action === action),
      ),
    /** Asks for a code and waits until it is sent. */
    async code(
      key: SessionKey,
      method: "text" | "call" | "office_call" | "email",
      number: string | null = null,
    ) {
      const before = sent.length;
      await service.chooseMethod(key, await host.version(key), method, number);
      await waitFor("a code", () => sent.length > before);
      return sent.at(-1)?.otp.reveal() ?? "";
    },
    /** Asks for a code that must not come. */
    async noCode(
      key: SessionKey,
      method: "text" | "call" | "office_call" | "email",
      number: string | null = null,
    ) {
      const before = sent.length;
      await service.chooseMethod(key, await host.version(key), method, number);
      const why = await waitFor(
        "a code to be withheld",
        () => host.auditOf(key, "otp.withheld").at(-1)?.details?.["why"],
      );
      if (sent.length > before) throw new Error("a code was sent");
      return why;
    },
    /**
     * Asks for a code by text for `testUser(number)`. `answer`: `sent`, or why it was withheld.
     */
    async ask(tenantId: string, number: number, address?: string) {
      const key = await begin(tenantId, `user${number}`, address);
      await service.chooseReason(key, 1, "forgot");
      await host.examined(key);
      await service.chooseMethod(key, await host.version(key), "text", testUser(number).mobile);
      const { id } = key;
      const answer = await waitFor("an answer", () =>
        sent.some(({ correlationId }) => correlationId === id)
          ? "sent"
          : host.auditOf(key, "otp.withheld").at(-1)?.details?.["why"],
      );
      return { key, answer, otp: sent.find(({ correlationId }) => correlationId === id)?.otp.reveal() ?? "" };
    },
    /** Enters a code, with as much proof of work as any code can need. */
    enter: async (key: SessionKey, typed: string) =>
      service.enterCode(key, await host.version(key), typed, 1_000),
    /** Begins an attempt and continues to the password, after a proof by text. */
    async proven(tenantId: string, userName: string, number: string, reason: "forgot" | "locked" = "forgot") {
      const key = await host.atChoice(tenantId, userName, reason);
      return host.enter(key, await host.code(key, "text", number));
    },
    submit: async (key: SessionKey, password = "a new long password", repeated = password) =>
      service.submitPassword(
        key,
        await host.version(key),
        { kind: "plain", newPassword: new Secret(password), repeated: new Secret(repeated) },
        NEVER,
      ),
    async expectStep<S extends ResetScreen["step"]>(key: SessionKey, step: S) {
      const screen = await service.screen(key);
      if (screen.step !== step) throw new Error(`the step is ${screen.step}, not ${step}`);
      return screen as Extract<ResetScreen, { step: S }>;
    },
    async close() {
      await service.close();
      await cloud.close();
    },
  };
  return host;
}

const randomAddress = (): string => [10, ...randomBytes(3)].join(".");
export const wrongOtp = (otp: string): string => (otp.startsWith("0") ? "1" : "0") + otp.slice(1);

type Writeback = Pick<WritebackService, "draft" | "submit" | "waitForVerdict">;
export interface ScriptedWriteback extends Writeback {
  readonly submitted: JobOrder[];
  readonly sealedTo: string[][];
  /** Decides the outcome of a submitted order. */
  decide: (order: JobOrder) => Partial<JobRecord> | AppError;
  offline: boolean;
  /** Corrects the record of a job, like a late verdict. */
  correct(jobId: string, record: Partial<JobRecord>): void;
}

const APPLIED: Partial<JobRecord> = {
  state: "applied",
  verdict: makeVerdict("applied", null, { passwordSet: true, unlocked: true }),
};

function scriptedWriteback(clock: ReturnType<typeof createManualClock>): ScriptedWriteback {
  const records = new Map<string, JobRecord>();
  const recipient = makeRecipient();
  let sequence = 0;
  const self: ScriptedWriteback = {
    submitted: [],
    sealedTo: [],
    offline: false,
    decide: () => APPLIED,
    correct(jobId, record) {
      const present = records.get(jobId);
      if (present !== undefined) records.set(jobId, { ...present, ...record });
    },
    async draft(tenantId, request) {
      if (self.offline) throw new AppError("AGENT_OFFLINE");
      const now = clock.now();
      const order: JobOrder = {
        jobId: newId(),
        tenantId,
        operation: request.operation,
        userId: request.userId,
        userSequence: ++sequence,
        issuedAt: now,
        notAfter: now + 90_000,
        mustChange: request.mustChange,
        unlock: request.unlock,
        methods: [...request.methods],
      };
      const recipients = request.operation === "unlock" ? [] : [(await recipient).record];
      return { order, recipients, token: "token" };
    },
    submit(_tenantId, submission) {
      if (submission.kind !== "sealed") throw new Error("it is sealed by then");
      const { order } = submission;
      const known = records.get(order.jobId);
      if (known !== undefined) return Promise.resolve(known);
      if (self.offline) return Promise.reject(new AppError("AGENT_OFFLINE"));
      const decided = self.decide(order);
      if (decided instanceof AppError) return Promise.reject(decided);
      self.submitted.push(order);
      self.sealedTo.push(submission.sealed.map(({ agentId }) => agentId));
      const record = queuedJob(order, submission.requestedBy, decided);
      records.set(order.jobId, record);
      return Promise.resolve(record);
    },
    async waitForVerdict(_tenantId, jobId, withinMs, signal) {
      const record = records.get(jobId);
      if (record === undefined) throw new AppError("WRITEBACK_UNKNOWN");
      if (isFinalState(record.state) || withinMs <= 0) return record;
      await clock.sleep(withinMs, signal);
      return records.get(jobId) ?? record;
    },
  };
  return self;
}
