/** A scripted reset service that records the portal's calls. */
import { randomBytes } from "node:crypto";
import { type ResetProblem, type ResetScreen, type ResetService } from "../../cloud/reset/reset-service.ts";
import type { SessionKey } from "../../cloud/visits/visit.ts";
import { AppError } from "../../shared/errors.ts";
import { newId } from "../../shared/ids.ts";
import { Secret } from "../../shared/secret.ts";

export interface ScriptedReset extends ResetService {
  /** Name and arguments of each call except `screen` and `available`, without the key. */
  readonly calls: (readonly [string, ...unknown[]])[];
  isAvailable: boolean;
  /** Sets the current screen. */
  show(step: StepOf<ResetScreen>, problem?: ResetProblem | null): void;
  /** Error that the next action throws. */
  failNext: Error | null;
  /** Whether each action counts as a proof, which changes the session's secret. */
  rotates: boolean;
  readonly draftAnswer: { order: unknown };
}

type Common = "version" | "problem" | "language" | "tenantId" | "attemptId" | "userName";
type StepOf<Screen> = Screen extends unknown ? Omit<Screen, Common> : never;

export function createScriptedReset(): ScriptedReset {
  const secrets = new Map<string, { secret: string; tenantId: string; userName: string }>();
  const calls: (readonly [string, ...unknown[]])[] = [];
  let version = 1;
  let step: StepOf<ResetScreen> = { step: "reason" };
  let problem: ResetProblem | null = null;

  const known = (key: SessionKey) => {
    const session = secrets.get(key.id);
    if (session?.secret !== key.secret.reveal() || session.tenantId !== key.tenantId)
      throw new AppError("SESSION_ENDED");
    return session;
  };
  const act = async (name: string, key: SessionKey, ...args: readonly unknown[]): Promise<SessionKey> => {
    await Promise.resolve();
    const session = known(key);
    calls.push([name, ...args]);
    const { failNext } = reset;
    reset.failNext = null;
    if (failNext !== null) throw failNext;
    version++;
    if (!reset.rotates) return key;
    session.secret = randomBytes(32).toString("base64url");
    return { ...key, secret: new Secret(session.secret) };
  };

  const reset: ScriptedReset = {
    calls,
    isAvailable: true,
    failNext: null,
    rotates: false,
    draftAnswer: { order: { jobId: "for the script" } },
    show(next, because = null) {
      step = next;
      problem = because;
    },
    available: () => Promise.resolve(reset.isAvailable),
    async begin(tenantId, userName, visitor) {
      await Promise.resolve();
      calls.push(["begin", tenantId, userName, visitor]);
      const { failNext } = reset;
      reset.failNext = null;
      if (failNext !== null) throw failNext;
      const key = { tenantId, id: newId(), secret: new Secret(randomBytes(32).toString("base64url")) };
      secrets.set(key.id, { secret: key.secret.reveal(), tenantId, userName });
      return key;
    },
    async screen(key) {
      await Promise.resolve();
      const { userName, tenantId } = known(key);
      const common = { version, problem, language: "en", tenantId, attemptId: key.id, userName } as const;
      return { ...common, ...step };
    },
    chooseReason: (key, at, reason) => act("chooseReason", key, at, reason),
    chooseMethod: (key, at, method, number) => act("chooseMethod", key, at, method, number),
    resend: (key, at) => act("resend", key, at),
    chooseAgain: (key, at) => act("chooseAgain", key, at),
    enterCode: (key, at, typed, work) => act("enterCode", key, at, typed, work),
    answerQuestions: (key, at, answers, work) => act("answerQuestions", key, at, answers, work),
    async draft(key, suite) {
      await act("draft", key, suite);
      return reset.draftAnswer as Awaited<ReturnType<ResetService["draft"]>>;
    },
    submitPassword: (key, at, submission, signal) => act("submitPassword", key, at, submission, signal),
    unlock: (key, at, signal) => act("unlock", key, at, signal),
    askAdministrator: (key, at, message) => act("askAdministrator", key, at, message),
    async end(key) {
      await Promise.resolve();
      calls.push(["end"]);
      secrets.delete(key.id);
    },
    close: () => Promise.resolve(),
  };
  return reset;
}
