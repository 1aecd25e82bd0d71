/** Does a password open an account? Tried on the directory itself, and never so often that it locks the account. */
import { randomBytes } from "node:crypto";
import type { SignInVerdict } from "../../shared/account.ts";
import type { Clock } from "../../shared/clock.ts";
import { AppError, isAppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import type { CloudBody } from "../../shared/protocol/frames.ts";
import { createHpkeOpen, type SealingKeyPair } from "../../shared/sealing/hpke.ts";
import { isSignInFor, isSignInOrderAuthentic, openSignIn } from "../../shared/sealing/sign-in.ts";
import type { Secret } from "../../shared/secret.ts";
import type { AgentConfig } from "../config.ts";
import type { Directory, Lockout } from "../directory/directory.ts";
import { checkTimes, CLOCK_TOLERANCE_MS } from "../writeback/refusals.ts";
import { createTryLimits, isNearLockout } from "./try-limits.ts";

export interface SignInsOptions {
  readonly config: AgentConfig["signIn"];
  readonly directory: Pick<Directory, "checkSignIn" | "lockout">;
  readonly identity: {
    readonly agentId: string;
    readonly tenantId: string;
    /** Pinned at enrolment, base64url. */
    readonly issuerKey: string;
  };
  readonly sealingKeys: { find(keyId: string): SealingKeyPair | null };
  readonly log: Logger;
  readonly clock: Clock;
}

export interface SignIns {
  /**
   * The same check gets the same answer, and is tried once. Two checks of one user must not run at once. Throws
   * JOB_SIGNATURE_INVALID, JOB_EXPIRED, SEAL_INVALID, NOT_SEALED_TO_AGENT, DIRECTORY_*.
   */
  check(request: CloudBody<"account.sign_in">): Promise<SignInVerdict>;
}

const TOO_MANY: SignInVerdict = { ok: false, reason: "too_many" };
const LOCKED: SignInVerdict = { ok: false, reason: "locked" };
const refusalBy = (lockout: Lockout): SignInVerdict | null =>
  lockout.locked ? LOCKED : isNearLockout(lockout) ? TOO_MANY : null;
/** An id that no user has. */
const nobody = (): string => randomBytes(16).toString("hex");
/** Far more than maxPerMinute lets in during the life of a check; the oldest goes. */
const MAX_REMEMBERED = 20_000;

export function createSignIns(options: SignInsOptions): SignIns {
  const { config, directory, identity, sealingKeys, log, clock } = options;
  const limits = createTryLimits(config, () => clock.monotonicMs());
  const hpkeOpen = createHpkeOpen();
  const answers = new Map<string, { readonly answer: Promise<SignInVerdict>; readonly until: number }>();

  function forgetOld(): void {
    for (const [checkId, { until }] of answers) {
      if (answers.size < MAX_REMEMBERED && until > clock.now()) return; // the oldest come first
      answers.delete(checkId);
    }
  }

  async function open({ order, sealed }: CloudBody<"account.sign_in">): Promise<Secret> {
    const key = sealed.agentId === identity.agentId ? sealingKeys.find(sealed.keyId) : null;
    if (key?.suite !== sealed.suite) throw new AppError("NOT_SEALED_TO_AGENT");
    try {
      return await openSignIn(order, sealed, key, hpkeOpen);
    } catch (error) {
      // Anybody at a portal can send one: no sign that somebody writes to the queue, as it is for a job.
      log.warn("account.sign_in.seal_invalid", { checkId: order.checkId, error });
      throw error;
    }
  }

  async function tryOnce(userId: string, password: Secret): Promise<SignInVerdict> {
    const attempt = limits.begin(userId);
    if (attempt === null) return TOO_MANY;
    try {
      const lockout = await directory.lockout(userId);
      const refusal = lockout === null ? null : refusalBy(lockout);
      // In place of an account that must not be tried, one that nobody has: it takes the directory as long (T-01).
      const verdict = await directory.checkSignIn(refusal === null ? userId : nobody(), password);
      if (refusal !== null) {
        attempt.notMade();
        return refusal;
      }
      if (verdict.ok) attempt.succeeded();
      return verdict;
    } catch (error) {
      // A lost answer may have counted over there; what was never asked does not count here.
      if (!isAppError(error, "DIRECTORY_TIMEOUT")) attempt.notMade();
      throw error;
    }
  }

  async function answer(request: CloudBody<"account.sign_in">): Promise<SignInVerdict> {
    const { userId, order } = request;
    const verdict = await tryOnce(userId, await open(request));
    log.info("account.sign_in.tried", {
      checkId: order.checkId,
      userId,
      outcome: verdict.ok ? "ok" : verdict.reason,
    });
    return verdict;
  }

  return {
    async check(request) {
      const { userId, order, token } = request;
      const isOurs =
        order.tenantId === identity.tenantId && isSignInOrderAuthentic(identity.issuerKey, order, token);
      if (!isOurs) {
        log.error("account.sign_in.forged", { checkId: order.checkId });
        throw new AppError(
          "JOB_SIGNATURE_INVALID",
          "The sign-in is not signed by the issuer of this tenant.",
        );
      }
      if (!isSignInFor(order, userId)) {
        // The cloud has looked at it: somebody changed what it sent.
        log.error("account.sign_in.forged", { checkId: order.checkId });
        throw new AppError("SEAL_INVALID", "The sign-in is for another user.");
      }
      checkTimes(order, clock.now());
      const known = answers.get(order.checkId);
      if (known !== undefined) return known.answer;
      forgetOld();
      const first = answer(request);
      answers.set(order.checkId, { answer: first, until: order.notAfter + CLOCK_TOLERANCE_MS });
      first.catch(() => answers.delete(order.checkId)); // not answered: it may be tried again
      return first;
    },
  };
}
