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
import type { AccountState, Directory, Lockout } from "../directory/directory.ts";
import { checkTimes, CLOCK_TOLERANCE_MS, refuseAccount } from "../writeback/refusals.ts";
import { isNearLockout, TryLimits } from "./try-limits.ts";

export interface SignInsDeps {
  readonly config: AgentConfig["signIn"];
  readonly directory: Pick<Directory, "account" | "checkSignIn" | "lockout">;
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

const TOO_MANY: SignInVerdict = { ok: false, reason: "too_many" };
const LOCKED: SignInVerdict = { ok: false, reason: "locked" };
const refusalBy = (lockout: Lockout): SignInVerdict | null =>
  lockout.locked ? LOCKED : isNearLockout(lockout) ? TOO_MANY : null;
/**
 * Returns the answer for an account that a writeback would be refused for. Only its owner and the audit learn the
 * reason.
 */
function refusalOf(account: AccountState): SignInVerdict | null {
  const obstacle = refuseAccount(account);
  if (obstacle === null) return null;
  if (obstacle === "ACCOUNT_DISABLED") return { ok: false, reason: "disabled" };
  return { ok: false, reason: obstacle === "ACCOUNT_EXPIRED" ? "expired" : "not_permitted" };
}
/** Returns an id that no user has. */
const unusedId = (): string => randomBytes(16).toString("hex");
/**
 * Maximum number of remembered answers; above it the oldest is dropped. It is far more than `signIn.maxPerMinute`
 * allows within the lifetime of a check.
 */
const MAX_REMEMBERED = 20_000;

/** Tries passwords in the directory, but never so often that this would lock an account. */
export class SignIns {
  readonly #deps: SignInsDeps;
  readonly #limits: TryLimits;
  readonly #hpkeOpen = createHpkeOpen();
  /**
   * Answers by check id, oldest first. A repeated check gets its answer from here, because it must not count as a
   * second try.
   */
  readonly #answers = new Map<string, { readonly answer: Promise<SignInVerdict>; readonly until: number }>();

  #lastFound: string | null = null;

  constructor(deps: SignInsDeps) {
    this.#deps = deps;
    this.#limits = new TryLimits(deps.config, () => deps.clock.monotonicMs());
  }

  /**
   * Tries the password of a check once. A repeated check gets the same answer. The caller must not run two checks of
   * one user at once. Throws JOB_SIGNATURE_INVALID, JOB_EXPIRED, SEAL_INVALID, NOT_SEALED_TO_AGENT, DIRECTORY_*.
   */
  async check(request: CloudBody<"account.sign_in">): Promise<SignInVerdict> {
    const { identity, log, clock } = this.#deps;
    const { userId, order, token } = request;
    const isOurs =
      order.tenantId === identity.tenantId && isSignInOrderAuthentic(identity.issuerKey, order, token);
    if (!isOurs) {
      log.error("account.sign_in.forged", { checkId: order.checkId });
      throw new AppError("JOB_SIGNATURE_INVALID", "The sign-in is not signed by the issuer of this tenant.");
    }
    if (!isSignInFor(order, userId)) {
      // The cloud checks this before it sends a request, so the request was changed on the way.
      log.error("account.sign_in.forged", { checkId: order.checkId });
      throw new AppError("SEAL_INVALID", "The sign-in is for another user.");
    }
    checkTimes(order, clock.now());
    const known = this.#answers.get(order.checkId);
    if (known !== undefined) return known.answer;
    this.#forgetOld();
    const answer = this.#answer(request);
    this.#answers.set(order.checkId, { answer, until: order.notAfter + CLOCK_TOLERANCE_MS });
    answer.catch(() => this.#answers.delete(order.checkId)); // not answered: the same check may be tried again
    return answer;
  }

  async #answer(request: CloudBody<"account.sign_in">): Promise<SignInVerdict> {
    const { userId, order } = request;
    const verdict = await this.#tryOnce(userId, await this.#open(request));
    this.#deps.log.info("account.sign_in.tried", {
      checkId: order.checkId,
      userId,
      outcome: verdict.ok ? "ok" : verdict.reason,
    });
    return verdict;
  }

  async #open({ order, sealed }: CloudBody<"account.sign_in">): Promise<Secret> {
    const { identity, sealingKeys, log } = this.#deps;
    const key = sealed.agentId === identity.agentId ? sealingKeys.find(sealed.keyId) : null;
    if (key?.suite !== sealed.suite) throw new AppError("NOT_SEALED_TO_AGENT");
    try {
      return await openSignIn(order, sealed, key, this.#hpkeOpen);
    } catch (error) {
      // Logged as a warning only: any visitor of a portal can cause it. For a job it would mean a forged queue entry.
      log.warn("account.sign_in.seal_invalid", { checkId: order.checkId, error });
      throw error;
    }
  }

  async #tryOnce(userId: string, password: Secret): Promise<SignInVerdict> {
    const { directory } = this.#deps;
    const attempt = this.#limits.begin(userId);
    if (attempt === null) return TOO_MANY;
    try {
      const [account, lockout] = await Promise.all([this.#accountOf(userId), directory.lockout(userId)]);
      const refusal =
        (account === null ? null : refusalOf(account)) ?? (lockout === null ? null : refusalBy(lockout));
      // An account that the agent would not write to is not tried either: a portal must not tell whether a guess at a
      // privileged account is right, nor raise its count of bad passwords. If the account must not be tried, an unused id is tried instead. The directory needs the same time for it, so
      // the response time reveals nothing.
      const verdict = await directory.checkSignIn(refusal === null ? userId : unusedId(), password);
      if (refusal !== null) {
        attempt.notMade();
        return refusal;
      }
      if (verdict.ok) attempt.succeeded();
      return verdict;
    } catch (error) {
      // After a time-out the directory may have counted the try. Any other error means that the directory did not check
      // the password.
      if (!isAppError(error, "DIRECTORY_TIMEOUT")) attempt.notMade();
      throw error;
    }
  }

  /** Reads the account found last once more for an unknown id, so that it takes as much work as a known one. */
  async #accountOf(userId: string): Promise<AccountState | null> {
    const { directory } = this.#deps;
    const account = await directory.account(userId);
    if (account !== null) this.#lastFound = userId;
    else if (this.#lastFound !== null) await directory.account(this.#lastFound).catch(() => undefined);
    return account;
  }

  #forgetOld(): void {
    for (const [checkId, { until }] of this.#answers) {
      if (this.#answers.size < MAX_REMEMBERED && until > this.#deps.clock.now()) return;
      this.#answers.delete(checkId);
    }
  }
}
