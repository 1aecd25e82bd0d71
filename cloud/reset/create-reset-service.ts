/** Assembles the reset service, which has a method for each action of a visitor, from the parts in this folder. */
import { randomInt } from "node:crypto";
import type { Clock } from "../../shared/clock.ts";
import { AppError, isAppError } from "../../shared/errors.ts";
import { newId } from "../../shared/ids.ts";
import type { Logger } from "../../shared/logger.ts";
import { isSentMethod, type Method } from "../../shared/methods.ts";
import type { AccountService } from "../accounts/account-service.ts";
import type { Audit, AuditEvent } from "../audit/audit.ts";
import { createBackground } from "../background.ts";
import type { PortalKeys } from "../keys/portal-keys.ts";
import { networkOf } from "../limits/network.ts";
import { passwordWrites, resetStarts, startsOfTenant } from "../limits/requests.ts";
import type { Proofs } from "../methods/proofs.ts";
import type { Notifier } from "../notify/notifier.ts";
import { createContactRequests } from "../people/contact-requests.ts";
import type { People, Person } from "../people/people.ts";
import { type RecentMethod, recentMethods } from "../people/recent-methods.ts";
import { openMethods } from "../policy/decide.ts";
import type { PolicyService } from "../policy/policy-service.ts";
import type { Limits } from "../store/limits.ts";
import type { VisitStore } from "../store/visits.ts";
import { newSecret, secretDigestOf } from "../visits/secret.ts";
import type { SessionKey } from "../visits/visit.ts";
import type { DefiniteOutcome } from "../writeback/job-outcome.ts";
import type { SealedOrder } from "../writeback/seal-draft.ts";
import type { WritebackService } from "../writeback/writeback-service.ts";
import { type Attempt, newAttempt } from "./attempt.ts";
import * as changes from "./attempt-changes.ts";
import { impossibleReason, stepOf } from "./attempt-step.ts";
import { type CodeToSend, createCodeSender } from "./code-sender.ts";
import { createFailedCodes } from "./failed-codes.ts";
import { createLookUp, type Examined, type Identified, isExamined } from "./look-up.ts";
import { createResetNotices } from "./notices.ts";
import { passwordProblem } from "./password-problem.ts";
import { createProving } from "./proving.ts";
import { type ResetProblem, type ResetService } from "./reset-service.ts";
import { RESET_TIMINGS, type ResetTimings } from "./reset-timings.ts";
import { screenOf } from "./screen.ts";
import { createSessions, type Form } from "./sessions.ts";
import { looksLikeNumber } from "./typed-number.ts";
import { createWritebackHandover } from "./writeback-handover.ts";

export interface ResetDeps {
  readonly attempts: VisitStore<Attempt>;
  readonly people: Pick<People, "find" | "get">;
  readonly policy: Pick<PolicyService, "get">;
  readonly accounts: Pick<AccountService, "available" | "look">;
  readonly writeback: Pick<WritebackService, "draft" | "submit" | "waitForVerdict">;
  readonly notifier: Pick<Notifier, "channels" | "sendOtp" | "notify" | "verified" | "breakerOpen">;
  readonly limits: Pick<Limits, "take" | "giveBack" | "count" | "known" | "remember">;
  readonly proofs: Proofs;
  readonly portalKeys: PortalKeys;
  /** Returns the number of users of a tenant. Budgets grow with it. */
  readonly countUsers: (tenantId: string) => Promise<number>;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly log: Logger;
  readonly timings?: Partial<ResetTimings>;
}

/** Value of `sealedBy` in the audit of an unlock, which carries no password to seal. */
const WITHOUT_SEAL = "nobody";

/** Adds `underAttack`: the captcha gets harder while it is true. */
export interface ResetServiceHandle extends ResetService {
  underAttack(tenantId: string): Promise<boolean>;
}

export function createResetService(deps: ResetDeps): ResetServiceHandle {
  const { policy, accounts, notifier, limits, portalKeys, clock, countUsers, audit } = deps;
  const timings = { ...RESET_TIMINGS, ...deps.timings };
  const log = deps.log.child({ room: "reset" });
  const background = createBackground({ clock, log });
  const sessions = createSessions({ attempts: deps.attempts, portalKeys, clock });
  const notices = createResetNotices({ notifier, limits, policy });
  const contactRequests = createContactRequests({ notifier, limits, policy });
  const failedCodes = createFailedCodes({
    limits,
    countUsers,
    portalKeys,
    clock,
    rules: async (tenantId) => (await policy.get(tenantId)).policy.limits,
    async onAttack(tenantId, { names: failed, networks }) {
      await audit.append({
        tenantId,
        action: "breaker.opened",
        actor: "system",
        subject: null,
        outcome: "done",
        details: { breaker: "failed_codes", failed, networks },
      });
      await notices.breakerOpened(tenantId, (await policy.get(tenantId)).policy, failed);
    },
  });
  const lookUp = createLookUp({
    people: deps.people,
    policy,
    accounts,
    portalKeys,
    failedCodes,
    sessions,
    clock,
    channels: notifier.channels,
    onExamined: tellImpossible,
  });
  const sender = createCodeSender({
    lookUp,
    sessions,
    policy,
    notifier,
    failedCodes,
    limits,
    countUsers,
    portalKeys,
    audit,
    clock,
  });
  const proving = createProving({
    sessions,
    lookUp,
    failedCodes,
    proofs: deps.proofs,
    notices,
    portalKeys,
    audit,
    background,
    clock,
    onProven: giveBack,
    log,
  });
  const handover = createWritebackHandover({
    writeback: deps.writeback,
    sessions,
    background,
    clock,
    onSettled: tellOutcome,
  });

  const eventOf = (
    attempt: Attempt,
  ): Pick<AuditEvent, "tenantId" | "actor" | "subject" | "correlationId"> => ({
    tenantId: attempt.tenantId,
    actor: `attempt:${attempt.id}`,
    subject: attempt.person?.real === true ? `user:${attempt.person.id}` : null,
    correlationId: attempt.id,
  });
  const inBackground = (
    name: string,
    { tenantId, id }: Attempt,
    work: () => Promise<unknown>,
    after: readonly [number, number] = [0, 1],
  ): void => background.run(name, { tenantId, attemptId: id }, work, randomInt(...after));
  const note = (attempt: Attempt, event: Pick<AuditEvent, "action" | "outcome" | "details">): void =>
    inBackground("audit", attempt, () => audit.append({ ...eventOf(attempt), ...event }));

  /** Emails the reason to the account's addresses. It concerns the account, so the visitor does not see it. */
  function tellImpossible(attempt: Examined, person: Person): void {
    const reason = impossibleReason(attempt);
    if (reason === null) return;
    const work = async (): Promise<void> => {
      const { missingGroups } = attempt.account;
      const details =
        missingGroups === undefined ? { reason } : { reason, missingGroups: missingGroups.join("; ") };
      note(attempt, { action: "attempt.impossible", outcome: "refused", details });
      await notices.impossible(attempt, person, reason);
    };
    inBackground("impossible", attempt, work, timings.mailAfterMs);
  }

  /** Gives back what a visit took of others, and keeps a part of the tenant's budgets for this person and network. */
  async function giveBack(attempt: Identified): Promise<void> {
    const { tenantId, address, person, proofs, chosen } = attempt;
    const code = chosen?.challenge?.id;
    const network = networkOf(address, (await policy.get(tenantId)).policy.limits);
    if (proofs.length === 0)
      await limits.take(tenantId, [resetStarts(network, -1), startsOfTenant(await countUsers(tenantId), -1)]);
    if (code !== undefined) {
      await limits.giveBack(tenantId, code);
      await notifier.verified(tenantId, { id: code, network: network.name });
    }
    await limits.remember(tenantId, person.id, network.name, "proof");
  }

  /** Examines the account, unless sending a code or checking a proof has already done so. */
  async function examineLater({ tenantId, id }: Attempt): Promise<void> {
    const known = sessions.remembered(tenantId, id);
    if (known !== null && isExamined(known)) return;
    const present = await sessions.find(tenantId, id);
    if (present !== null && !isExamined(present)) await lookUp.examineAccount(present);
  }

  async function tellOutcome(attempt: Attempt, outcome: DefiniteOutcome, wasUnclear: boolean): Promise<void> {
    const { job } = attempt;
    if (job === null || attempt.person === null) return;
    const person = await lookUp.currentPerson({ ...attempt, person: attempt.person });
    if (person === null) return;
    if (wasUnclear) await notices.outcomeKnown(attempt, person, job.operation, outcome);
    if (outcome.kind === "applied") {
      const { policy: document } = await policy.get(attempt.tenantId);
      if (!wasUnclear) await notices.done(attempt, person, job.operation, clock.now());
      await notices.privilegedDone(attempt, person, job.operation, document);
    }
  }

  /** Shown only after the reset, to a visitor who has proved who they are. */
  async function recentOf(attempt: Attempt): Promise<RecentMethod[]> {
    const person = await lookUp.currentPerson(await lookUp.identifyPerson(attempt));
    return person === null ? [] : recentMethods(person.onFile, clock.now());
  }

  const openFor = async (tenantId: string): Promise<Method[]> =>
    openMethods((await policy.get(tenantId)).policy, notifier.channels);

  function sendCode(attempt: Attempt, code: CodeToSend): void {
    if (attempt.problem === null && attempt.chosen?.challenge?.id === code.challengeId)
      inBackground("send", attempt, () => sender.send(attempt, code), timings.sendAfterMs);
  }

  /** Loads the attempt with what its screen needs: the person before the first proof, the account after it. */
  async function prepared(key: SessionKey): Promise<Attempt> {
    const attempt = await handover.refresh(await sessions.read(key));
    const step = stepOf(attempt, clock.now());
    if (step.name === "unexamined") return lookUp.examineAccount(attempt);
    return step.name === "reason" || attempt.person !== null ? attempt : lookUp.identifyPerson(attempt);
  }

  async function fail(key: SessionKey, form: Form, problem: ResetProblem): Promise<SessionKey> {
    return (await sessions.act(key, form, (attempt) => changes.withProblem(attempt, problem))).key;
  }

  /** Returns null when the person was deleted meanwhile. The next screen says so. */
  async function stillExisting(attempt: Attempt): Promise<Identified | null> {
    const identified = await lookUp.identifyPerson(attempt);
    if ((await lookUp.currentPerson(identified)) !== null) return identified;
    const { tenantId, id } = attempt;
    await sessions.amend(tenantId, id, (present) => ({ ...present, gone: true }));
    return null;
  }

  async function submit(
    key: SessionKey,
    form: Form,
    make: (attempt: Identified) => Promise<SealedOrder>,
    sealedBy: "browser" | "cloud" | typeof WITHOUT_SEAL,
    signal: AbortSignal,
  ): Promise<SessionKey> {
    const checked = await sessions.checkForm(key, form);
    if (checked.kind !== "done") return checked.key;
    const attempt = await stillExisting(checked.attempt);
    if (attempt === null) return key;
    let made: SealedOrder;
    try {
      made = await make(attempt);
    } catch (error) {
      if (!isAppError(error) || error.code === "STORE_UNAVAILABLE") throw error;
      return fail(key, form, { kind: "not_applied", code: error.code });
    }
    if (!handover.fits(attempt, made.order))
      return fail(key, form, { kind: "not_applied", code: "WRITEBACK_DRAFT_INVALID" });
    // Stops this person alone, before the agents are asked.
    if ((await limits.take(key.tenantId, passwordWrites(attempt.person.id))) !== null)
      return fail(key, form, { kind: "not_applied", code: "TOO_MANY_WRITES" });
    const operation = changes.operationOf(attempt);
    const job = { id: made.order.jobId, operation, since: clock.now() };
    const acted = await sessions.act(key, form, (present) => changes.handedOver(present, job));
    if (acted.kind !== "done") return acted.key;
    note(acted.attempt, {
      action: "attempt.submitted",
      outcome: "done",
      details: { jobId: job.id, operation, sealedBy, methods: made.order.methods.join(",") },
    });
    await handover.submit(acted.attempt, made, signal);
    return key;
  }

  return {
    available: (tenantId) => accounts.available(tenantId),
    async underAttack(tenantId) {
      if (await failedCodes.underAttack(tenantId)) return true;
      const [starts] = await limits.count(tenantId, [startsOfTenant(await countUsers(tenantId), 0)]);
      return starts?.refusal != null;
    },
    async begin(tenantId, userName, { address, language }) {
      const key: SessionKey = { tenantId, id: newId(), secret: newSecret() };
      const [secretDigest, now] = [secretDigestOf(key.secret), clock.now()];
      const first = newAttempt(key, { userName, address, language, secretDigest, now });
      // Both are sent together, so that they wait for the same write to disk.
      const network = networkOf(address, (await policy.get(tenantId)).policy.limits);
      const [refused, attempt] = await Promise.all([
        limits.take(tenantId, [resetStarts(network)]),
        sessions.create(first),
        // Refuses nobody: above it the captcha costs more.
        countUsers(tenantId).then((users) => limits.count(tenantId, [startsOfTenant(users, 1)])),
      ]);
      if (refused !== null) {
        await sessions.remove(key);
        throw new AppError("RATE_LIMITED", undefined, { details: { until: refused.until } });
      }
      // Not in the audit log: strangers can begin as often as they like, and its entries are kept for a year. A code is.
      inBackground("examine", attempt, () => examineLater(attempt), timings.lookAfterMs);
      return key;
    },
    async screen(key) {
      const attempt = await prepared(key);
      const [{ policy: document }, open] = await Promise.all([
        policy.get(key.tenantId),
        openFor(key.tenantId),
      ]);
      const step = stepOf(attempt, clock.now());
      const recent = step.name === "done" ? await recentOf(attempt) : [];
      const typedNumber =
        attempt.problem?.kind === "number_invalid"
          ? sender.openNumber(attempt.id, attempt.problem.typedNumber)
          : null;
      return screenOf(attempt, step, { policy: document, open, recent, typedNumber });
    },
    async chooseReason(key, version, reason) {
      const form: Form = { version, fields: ["reason", reason], steps: ["reason"] };
      return (await sessions.act(key, form, (attempt) => changes.reasonChosen(attempt, reason))).key;
    },
    async chooseMethod(key, version, method, typedNumber) {
      const form: Form = { version, fields: ["method", method, typedNumber ?? ""], steps: ["choose"] };
      const needsNumber = isSentMethod(method) && method !== "email";
      if (needsNumber && !looksLikeNumber(typedNumber ?? ""))
        return fail(key, form, {
          kind: "number_invalid",
          typedNumber: sender.sealNumber(key.id, typedNumber ?? ""),
        });
      const [open, code] = await Promise.all([openFor(key.tenantId), sender.newCode(key)]);
      const typed = needsNumber ? sender.sealNumber(key.id, typedNumber ?? "") : null;
      const choose = (attempt: Attempt): Attempt =>
        changes.methodChosen(attempt, { method, typedNumber: typed }, code, open);
      const acted = await sessions.act(key, form, choose);
      if (acted.kind === "done") sendCode(acted.attempt, code);
      return acted.key;
    },
    async resend(key, version) {
      const form: Form = { version, fields: ["resend"], steps: ["code"] };
      const code = await sender.newCode(key);
      const acted = await sessions.act(key, form, (attempt) => changes.resent(attempt, code));
      if (acted.kind === "done") sendCode(acted.attempt, code);
      return acted.key;
    },
    async chooseAgain(key, version) {
      const form: Form = { version, fields: ["again"], steps: ["code", "enter", "questions"] };
      return (await sessions.act(key, form, changes.wentBack)).key;
    },
    enterCode: (key, version, typed, work = 0) =>
      proving.prove(key, { version, fields: ["code", typed], steps: ["code", "enter"] }, typed, work),
    answerQuestions(key, version, answers, work = 0) {
      const fields = Object.entries(answers).flat();
      const form: Form = { version, fields: ["answers", ...fields], steps: ["questions"] };
      return proving.prove(key, form, answers, work);
    },
    async draft(key, suite) {
      const attempt = await sessions.read(key);
      if (stepOf(attempt, clock.now()).name !== "password") throw new AppError("SESSION_ENDED");
      return handover.draft(await lookUp.identifyPerson(attempt), suite);
    },
    async submitPassword(key, version, submission, signal) {
      const form: Form = { version, fields: ["password"], steps: ["password"] };
      if (submission.kind === "sealed")
        return submit(key, form, () => Promise.resolve(submission), "browser", signal);
      const problem = passwordProblem(submission);
      if (problem !== null) return fail(key, form, problem);
      return submit(key, form, (attempt) => handover.seal(attempt, submission.newPassword), "cloud", signal);
    },
    unlock(key, version, signal) {
      const form: Form = { version, fields: ["unlock"], steps: ["unlock"] };
      return submit(key, form, (attempt) => handover.seal(attempt, null), WITHOUT_SEAL, signal);
    },
    async askAdministrator(key, version, message) {
      const attempt = await sessions.read(key);
      const step = stepOf(attempt, clock.now());
      const form: Form = { version, fields: ["ask", message], steps: [step.name] };
      if (attempt.adminAsked) return key;
      await contactRequests.take(key.tenantId, attempt.address);
      const acted = await sessions.act(key, form, (present) => ({ ...present, adminAsked: true }));
      if (acted.kind !== "done") return acted.key;
      note(acted.attempt, { action: "attempt.admin_asked", outcome: "done" });
      const reason = step.name === "impossible" ? step.reason : null;
      const { tenantId, id, userName, proofs: given } = acted.attempt;
      const request = { tenantId, id, userName, message, isProven: given.length > 0, reason };
      inBackground("ask", acted.attempt, () => contactRequests.send(request));
      return acted.key;
    },
    end: (key) => sessions.remove(key),
    close: () => background.close(),
  };
}
