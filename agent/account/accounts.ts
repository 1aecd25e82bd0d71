import type { AccountView, SignInVerdict } from "../../shared/account.ts";
import { AppError } from "../../shared/errors.ts";
import type { CloudBody } from "../../shared/protocol/frames.ts";
import type { Closable } from "../../shared/shutdown.ts";
import type { AgentConfig } from "../config.ts";
import { JobQueue } from "../writeback/job-queue.ts";
import { lookUpAccount, type LookUpDeps } from "./look-up.ts";
import { SignIns, type SignInsDeps } from "./sign-in.ts";

export interface AccountsDeps extends Omit<SignInsDeps, "config" | "directory"> {
  readonly config: Pick<AgentConfig, "signIn">;
  readonly directory: LookUpDeps["directory"] & SignInsDeps["directory"];
  readonly isApproved: () => boolean;
}

/** Number of requests handled at once. Each uses one or two connections to the directory. */
const CONCURRENCY = 8;
/** Longest queue. In a longer one, the cloud would give up waiting before the last request is handled. */
const MAX_WAITING = 128;

/** Answers the cloud's requests about one account: look-ups and sign-ins. Only an approved agent answers. */
export class Accounts implements Closable {
  readonly #deps: AccountsDeps;
  readonly #signIns: SignIns;
  // Sign-ins of one user run one after the other. Two at once could both read the same number of failures and together
  // lock the account.
  readonly #signInQueue = new JobQueue({ concurrency: CONCURRENCY });
  readonly #lookUpQueue = new JobQueue({ concurrency: CONCURRENCY });
  /** Id of the user that was found last. It is looked up once more after an unknown one. */
  #lastFound: string | null = null;

  constructor(deps: AccountsDeps) {
    this.#deps = deps;
    this.#signIns = new SignIns({ ...deps, config: deps.config.signIn });
  }

  /** Throws AGENT_NOT_APPROVED, RATE_LIMITED, DIRECTORY_*. */
  look(request: CloudBody<"account.look">): Promise<AccountView> {
    return this.#queue(this.#lookUpQueue, request.userId, () => this.#lookUp(request));
  }

  /** Throws AGENT_NOT_APPROVED, RATE_LIMITED, and the errors of `SignIns.check`. */
  signIn(request: CloudBody<"account.sign_in">): Promise<SignInVerdict> {
    return this.#queue(this.#signInQueue, request.userId, () => this.#signIns.check(request));
  }

  async close(): Promise<void> {
    await Promise.all([this.#lookUpQueue.idle(), this.#signInQueue.idle()]);
  }

  async #lookUp(request: CloudBody<"account.look">): Promise<AccountView> {
    const { directory } = this.#deps;
    const deps = { directory };
    const view = await lookUpAccount(request, deps);
    if (view.obstacle !== "DIRECTORY_USER_NOT_FOUND") this.#lastFound = request.userId;
    else if (this.#lastFound !== null)
      // A second look-up makes an unknown user take as much work as a known one, so that response times do not reveal
      // which names exist.
      await lookUpAccount({ ...request, userId: this.#lastFound }, deps).catch(() => undefined);
    return view;
  }

  #queue<T>(queue: JobQueue, userId: string, work: () => Promise<T>): Promise<T> {
    if (!this.#deps.isApproved()) return Promise.reject(new AppError("AGENT_NOT_APPROVED"));
    if (queue.size >= MAX_WAITING) return Promise.reject(new AppError("RATE_LIMITED"));
    return new Promise((resolve, reject) => {
      queue.add(userId, () => work().then(resolve, reject));
    });
  }
}
