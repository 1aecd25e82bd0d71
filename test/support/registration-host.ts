/**
 * Serves the registration portal over HTTP with real Redis and all of the cloud except agents and providers, which the test
 * scripts at their interfaces.
 */
import type { AccountService, SignInVerdict } from "../../cloud/accounts/account-service.ts";
import type { AuditEvent } from "../../cloud/audit/audit.ts";
import { createPortalKeys, type PortalKeys } from "../../cloud/keys/portal-keys.ts";
import type { Proofs } from "../../cloud/methods/proofs.ts";
import { createProofs } from "../../cloud/methods/proofs.ts";
import type { Notice, Notifier, OtpMessage } from "../../cloud/notify/notifier.ts";
import { createPeople } from "../../cloud/people/create-people.ts";
import { type MethodChanges, startMethodChanges } from "../../cloud/people/method-changes.ts";
import { registrationRoutes } from "../../cloud/portal/registration/routes.ts";
import { createRegistrationService } from "../../cloud/registration/create-registration-service.ts";
import type { RegistrationService } from "../../cloud/registration/registration-service.ts";
import { personOf, registrationSessionSchema } from "../../cloud/registration/session.ts";
import type { JobRecord } from "../../cloud/store/job-record.ts";
import { keys } from "../../cloud/store/keys.ts";
import { createLimits } from "../../cloud/store/limits.ts";
import { epochOf } from "../../cloud/store/person-epochs.ts";
import type { Registrations } from "../../cloud/store/registration-record.ts";
import { createRegistrations } from "../../cloud/store/registrations.ts";
import { createVisitStore } from "../../cloud/store/visits.ts";
import type { Submission, WritebackRequest } from "../../cloud/writeback/writeback-service.ts";
import { createPortalClient, type PortalClient } from "../../lab/portal-client.ts";
import { type PolicyInput, policySchema } from "../../shared/api/policy.ts";
import type { Clock } from "../../shared/clock.ts";
import { DAY_MS } from "../../shared/durations.ts";
import { AppError, type ErrorCode } from "../../shared/errors.ts";
import { newId } from "../../shared/ids.ts";
import { silentLogger } from "../../shared/logger.ts";
import type { Channel } from "../../shared/methods.ts";
import { toBase64url } from "../../shared/sealing/bytes.ts";
import type { JobOrder } from "../../shared/sealing/job.ts";
import { openPassword } from "../../shared/sealing/password.ts";
import { isSignInFor, openSignIn, signInSubject } from "../../shared/sealing/sign-in.ts";
import { Secret } from "../../shared/secret.ts";
import { CloseStack } from "../../shared/shutdown.ts";
import type { DirectoryUser } from "../../shared/user.ts";
import { makeVerdict, type Verdict } from "../../shared/writeback.ts";
import { answerInWords } from "./answer-in-words.ts";
import { asUser, testUser, userId } from "./directory-users.ts";
import { type PortalHost, startPortalHost } from "./portal-host.ts";
import { queuedJob } from "./queued-job.ts";
import { makeRecipient } from "./recipient.ts";
import { sharedRedis } from "./redis.ts";
import { newSession, runSync, startSyncCloud, type SyncCloud } from "./sync-cloud.ts";
import { waitFor } from "./wait-for.ts";

export const PASSWORD = "Present-Horse-Battery";

export interface RegistrationHost extends AsyncDisposable {
  readonly portal: PortalHost;
  readonly cloud: SyncCloud;
  readonly tenantId: string;
  readonly service: RegistrationService;
  readonly registrations: Registrations;
  readonly proofs: Proofs;
  readonly portalKeys: PortalKeys;
  readonly methodChanges: MethodChanges;
  readonly clock: Clock & { later(ms: number): void };
  policy: PolicyInput;
  /** The correct password by user id. Any other password is wrong. */
  readonly passwords: Map<string, string>;
  /** Returned instead of checking the password. */
  verdict: SignInVerdict | null;
  /** Thrown by the next question to an agent. */
  fault: ErrorCode | null;
  /** Thrown by the next submit of a writeback, before or after the job was stored. */
  submitFault: { readonly code: ErrorCode; readonly isStored: boolean } | null;
  /** Groups of the user in the directory. */
  groups: readonly string[];
  /** Outcome of later writebacks; null while there is none. */
  outcome: Verdict | null;
  /** Passwords that agents opened: the new and the old one of each writeback. */
  readonly written: { readonly next: string; readonly old: string }[];
  readonly otps: OtpMessage[];
  readonly notices: Notice[];
  readonly audited: AuditEvent[];
  channels: ReadonlySet<Channel>;
  /** Whether the provider accepts messages. */
  isSending: boolean;
  /** Whether audit entries and notices cannot be stored. */
  isStoreFailing: boolean;
  /** Restores the initial state, except for the users. */
  reset(): void;
  /** Adds a synced user whose password is PASSWORD. */
  person(changes?: Partial<DirectoryUser>): Promise<DirectoryUser>;
  /** Deletes the user as a sync would. */
  remove(user: DirectoryUser): Promise<void>;
  /** Opens a browser with its own network address, without script unless told otherwise. */
  client(script?: boolean): PortalClient;
  /** Opens a browser and signs in. */
  signedIn(user: DirectoryUser, script?: boolean): Promise<PortalClient>;
  /** The same, and proves more than the password by the first of the usable methods. The code is not among `otps`. */
  proven(user: DirectoryUser, script?: boolean): Promise<PortalClient>;
  /** Does that in a session. */
  prove(client: PortalClient): Promise<void>;
  signIn(client: PortalClient, userName: string, password: string): Promise<void>;
  /** Waits until the page no longer says that the password is being checked. */
  answered(client: PortalClient): Promise<void>;
  /** Waits for the newest code. */
  otp(): Promise<string>;
}

export async function startRegistrationHost(): Promise<RegistrationHost> {
  const open = new CloseStack();
  const { connection } = await sharedRedis();
  const cloud = open.add(await startSyncCloud(connection));
  const { store, users } = cloud;
  const portalKeys = createPortalKeys(new Secret(toBase64url(Buffer.alloc(32, 7))));
  const registrations = createRegistrations({ store });
  const { record: recipient, sealingKey } = await makeRecipient();

  // The people of these tests have been in the directory for longer than a new number is held.
  let ahead = 4 * DAY_MS;
  const clock: RegistrationHost["clock"] = {
    now: () => Date.now() + ahead,
    monotonicMs: () => performance.now() + ahead,
    // Sleeps end at once: nothing here depends on real time.
    sleep(ms) {
      ahead += ms;
      return new Promise((resolve) => setImmediate(resolve));
    },
    later: (ms) => void (ahead += ms),
  };
  const proofs = createProofs({ registrations, portalKeys, clock });
  const people = createPeople({ users, registrations, proofs, portalKeys, clock });

  const failing = (): void => {
    const { fault } = host;
    host.fault = null;
    if (fault !== null) throw new AppError(fault);
  };
  const accounts: Pick<AccountService, "draftSignIn" | "signIn" | "look"> = {
    async draftSignIn(tenantId, id) {
      await Promise.resolve();
      failing();
      const [checkId, issuedAt] = [newId(), clock.now()];
      const subject = signInSubject(checkId, id);
      const order = { checkId, tenantId, subject, issuedAt, notAfter: issuedAt + 60_000 };
      return { order, recipients: [recipient], token: toBase64url(Buffer.alloc(64)) };
    },
    async signIn(_tenantId, submission) {
      failing();
      const { kind, userId: id } = submission;
      if (kind === "sealed" && !isSignInFor(submission.order, id))
        throw new AppError("WRITEBACK_DRAFT_INVALID");
      const [seal] = kind === "sealed" ? submission.sealed : [];
      const password =
        kind === "plain"
          ? submission.password
          : seal && (await openSignIn(submission.order, seal, sealingKey));
      if (host.verdict !== null) return host.verdict;
      return password?.reveal() === host.passwords.get(id)
        ? { ok: true, mustChange: false }
        : { ok: false, reason: host.passwords.has(id) ? "wrong" : "not_found" };
    },
    async look() {
      await Promise.resolve();
      failing();
      return {
        obstacle: null,
        locked: false,
        protected: false,
        groups: host.groups,
        dialect: "generic",
        rule: { minLength: 12, historyLength: 5, complexity: true, minAgeSeconds: null, source: "domain" },
      };
    },
  };

  const jobs = new Map<string, JobRecord>();
  const orderOf = (tenantId: string, request: WritebackRequest): JobOrder => ({
    jobId: newId(),
    tenantId,
    operation: request.operation,
    userId: request.userId,
    userSequence: 1,
    issuedAt: clock.now(),
    notAfter: clock.now() + 60_000,
    mustChange: false,
    unlock: false,
    methods: [...request.methods],
  });
  const writeback = {
    async draft(tenantId: string, request: WritebackRequest) {
      await Promise.resolve();
      failing();
      return { order: orderOf(tenantId, request), recipients: [recipient], token: "draft" };
    },
    async submit(_tenantId: string, submission: Submission): Promise<JobRecord> {
      failing();
      if (submission.kind !== "sealed") throw new Error("it is sealed by then");
      const { submitFault } = host;
      host.submitFault = null;
      if (submitFault?.isStored === false) throw new AppError(submitFault.code);
      const { order, sealed } = submission;
      const passwords = sealed[0] && (await openPassword(order, sealed[0], sealingKey));
      const [next, old] = [passwords?.newPassword.reveal() ?? "", passwords?.oldPassword?.reveal() ?? ""];
      host.written.push({ next, old });
      const isWrong = old !== host.passwords.get(order.userId);
      const verdict = isWrong ? makeVerdict("rejected", "OLD_PASSWORD_WRONG") : host.outcome;
      const job = queuedJob(order, submission.requestedBy, {
        state: verdict?.state ?? "queued",
        code: verdict?.code ?? null,
        verdict,
        attempts: 1,
      });
      jobs.set(job.id, job);
      if (verdict?.state === "applied") {
        host.passwords.set(order.userId, next);
        // As the Redis function of a verdict does.
        const key = keys.personEpoch(order.tenantId) + order.userId;
        await store.redis.set(key, epochOf("password", order.jobId), "PX", 3_600_000);
      }
      if (submitFault !== null) throw new AppError(submitFault.code);
      return job;
    },
    async waitForVerdict(_tenantId: string, jobId: string): Promise<JobRecord> {
      await Promise.resolve();
      const job = jobs.get(jobId);
      if (job === undefined) throw new AppError("WRITEBACK_UNKNOWN");
      const { outcome } = host;
      return job.verdict !== null || outcome === null
        ? job
        : { ...job, state: outcome.state, code: outcome.code, verdict: outcome };
    },
  };

  const audit = {
    append(event: AuditEvent) {
      if (host.isStoreFailing) return Promise.reject(new AppError("STORE_UNAVAILABLE"));
      host.audited.push(event);
      return Promise.resolve();
    },
  };
  const notifier: Pick<Notifier, "channels" | "sendOtp" | "notify"> = {
    get channels() {
      return host.channels;
    },
    async sendOtp(message) {
      await Promise.resolve();
      if (host.isSending) host.otps.push(message);
      return {
        id: newId(),
        tenantId: message.tenantId,
        correlationId: message.correlationId,
        kind: "otp",
        channel: message.channel,
        to: "masked",
        state: host.isSending ? "sent" : "failed",
        provider: null,
        tries: 1,
        error: null,
        createdAt: 0,
        changedAt: 0,
        expiresAt: message.expiresAt,
      };
    },
    async notify(notice) {
      await Promise.resolve();
      if (host.isStoreFailing) throw new AppError("STORE_UNAVAILABLE");
      host.notices.push(notice);
    },
  };
  const policy = {
    get: () => Promise.resolve({ policy: policySchema.parse(host.policy), version: 1, appliedAt: 1 }),
  };
  const common = { policy, notifier, audit, limits: createLimits({ store }), portalKeys, registrations };
  const methodChanges = open.add(
    startMethodChanges({
      ...common,
      countUsers: () => Promise.resolve(1),
      tenantIds: () => Promise.resolve([]),
      // The watch waits for the end: a test calls settleOwed itself.
      clock: {
        ...clock,
        sleep: (_ms, signal) => new Promise((resolve) => signal?.addEventListener("abort", () => resolve())),
      },
      log: silentLogger,
    }),
  );
  const service = open.add(
    createRegistrationService({
      ...common,
      methodChanges,
      proofs,
      people,
      users,
      accounts,
      writeback,
      clock,
      log: silentLogger,
      sessions: createVisitStore({
        store,
        kind: "session",
        schema: registrationSessionSchema,
        keyOf: keys.registrationSession,
        personOf,
      }),
      tenantName: () => Promise.resolve("Contoso"),
    }),
  );
  const portal = await startPortalHost({
    more: { clock, registration: (app, portal) => registrationRoutes(app, portal, service) },
  });
  open.defer(async () => {
    await portal[Symbol.asyncDispose]();
  });
  const { tenantId } = portal;
  await cloud.tenants.create({ id: tenantId, name: "Contoso" });

  const agent = newSession(tenantId);
  let persons = 0;
  let browsers = 0;
  const host: RegistrationHost = {
    portal,
    cloud,
    tenantId,
    service,
    registrations,
    methodChanges,
    proofs,
    portalKeys,
    clock,
    isStoreFailing: false,
    policy: { scope: "all" },
    passwords: new Map(),
    verdict: null,
    fault: null,
    submitFault: null,
    groups: [],
    outcome: makeVerdict("applied", null, { passwordSet: true }),
    written: [],
    otps: [],
    notices: [],
    audited: [],
    channels: new Set(["text", "call", "email"] as const),
    isSending: true,
    reset() {
      Object.assign(host, {
        policy: { scope: "all", phoneRegion: "BE" },
        verdict: null,
        fault: null,
        submitFault: null,
        groups: [],
        outcome: makeVerdict("applied", null, { passwordSet: true }),
        isSending: true,
        isStoreFailing: false,
      });
      for (const list of [host.written, host.otps, host.notices, host.audited]) list.length = 0;
    },
    async person(changes = {}) {
      const number = ++persons;
      const user = testUser(number, { alternateEmail: `private${number}@home.example`, ...changes });
      await runSync(cloud.sync, agent, { changes: [asUser(user)] });
      host.passwords.set(userId(number), PASSWORD);
      return user;
    },
    async remove({ id }) {
      await runSync(cloud.sync, agent, { changes: [{ kind: "gone", id, reason: "deleted" }] });
    },
    client(script = false) {
      const address = `2001:${tenantId.slice(-4).charCodeAt(0).toString(16)}${(Date.now() % 256).toString(16)}:${(++browsers).toString(16)}::1`;
      const client = createPortalClient({ url: portal.url, address, script, answerQuestion: answerInWords });
      open.defer(() => {
        client.close();
        return Promise.resolve();
      });
      return client;
    },
    async signIn(client, userName, password) {
      await client.open("/register");
      await client.submit("/register/start", { userName });
      await client.submit("/register/sign-in", { password });
      await host.answered(client);
    },
    async answered(client) {
      await waitFor("the sign-in to be answered", async () => {
        if ((await client.screen()) !== "checking") return true;
        clock.later(600);
        await client.open("/register");
        return false;
      });
    },
    async signedIn(user, script = false) {
      const client = host.client(script);
      await host.signIn(client, user.userName, PASSWORD);
      return client;
    },
    async proven(user, script = false) {
      const client = await host.signedIn(user, script);
      await host.prove(client);
      return client;
    },
    async prove(client) {
      await client.open("/register/verify");
      await client.submit("/register/verify/method");
      await client.submit("/register/code", { otp: await host.otp() });
      host.otps.pop();
    },
    async otp() {
      const message = await waitFor("a code", () => host.otps.at(-1));
      return message.otp.reveal();
    },
    [Symbol.asyncDispose]: () => open.close(),
  };
  return host;
}
