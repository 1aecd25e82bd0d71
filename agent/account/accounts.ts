/** What the cloud may ask about one account: a look, and whether a password opens it. Only an approved agent answers. */
import type { AccountView, SignInVerdict } from "../../shared/account.ts";
import { AppError } from "../../shared/errors.ts";
import type { CloudBody } from "../../shared/protocol/frames.ts";
import type { Closable } from "../../shared/shutdown.ts";
import type { AgentConfig } from "../config.ts";
import { JobQueue } from "../writeback/job-queue.ts";
import { look, type LookDeps } from "./look.ts";
import { createSignIns, type SignInsOptions } from "./sign-in.ts";

export interface Accounts extends Closable {
  /** Throws AGENT_NOT_APPROVED, RATE_LIMITED, DIRECTORY_*. */
  look(request: CloudBody<"account.look">): Promise<AccountView>;
  /** Throws what `SignIns.check` does, AGENT_NOT_APPROVED and RATE_LIMITED. */
  signIn(request: CloudBody<"account.sign_in">): Promise<SignInVerdict>;
}

export interface AccountsOptions extends Omit<SignInsOptions, "config" | "directory"> {
  readonly config: Pick<AgentConfig, "signIn" | "writeback">;
  readonly directory: LookDeps["directory"] & SignInsOptions["directory"];
  readonly isApproved: () => boolean;
}

/** Questions at once; each takes a connection or two to the directory. */
const CONCURRENCY = 8;
/** Whoever asks gives up before a longer queue is through. */
const MAX_WAITING = 128;

export function createAccounts(options: AccountsOptions): Accounts {
  const { config, directory, isApproved } = options;
  const { deny } = config.writeback;
  const signIns = createSignIns({ ...options, config: config.signIn });
  // Never two sign-ins of one user at once: both could see the same number of failures before the lockout.
  const signInQueue = new JobQueue({ concurrency: CONCURRENCY });
  const lookQueue = new JobQueue({ concurrency: CONCURRENCY });

  /** Who was found last: the name nobody has costs the directory as much as this one (T-01). */
  let lastFound: string | null = null;
  async function lookAlike(request: CloudBody<"account.look">): Promise<AccountView> {
    const view = await look(request, { directory, deny });
    if (view.obstacle !== "DIRECTORY_USER_NOT_FOUND") lastFound = request.userId;
    else if (lastFound !== null)
      await look({ ...request, userId: lastFound }, { directory, deny }).catch(() => undefined); // only for the work
    return view;
  }

  function queued<T>(queue: typeof lookQueue, userId: string, work: () => Promise<T>): Promise<T> {
    if (!isApproved()) return Promise.reject(new AppError("AGENT_NOT_APPROVED"));
    if (queue.size >= MAX_WAITING) return Promise.reject(new AppError("RATE_LIMITED"));
    return new Promise((resolve, reject) => {
      queue.add(userId, () => work().then(resolve, reject));
    });
  }

  return {
    look: (request) => queued(lookQueue, request.userId, () => lookAlike(request)),
    signIn: (request) => queued(signInQueue, request.userId, () => signIns.check(request)),
    async close() {
      await Promise.all([lookQueue.idle(), signInQueue.idle()]);
    },
  };
}
