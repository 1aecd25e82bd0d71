/** Examines a job before the claim: its signature, the limits of this agent, the seal, and the account. */
import { isAppError, toAppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import type { SignedJob } from "../../shared/sealing/job.ts";
import type { Passwords } from "../../shared/sealing/password.ts";
import {
  type AccountMark,
  makeVerdict,
  type Verdict,
  VERDICT_CODES,
  type VerdictCode,
} from "../../shared/writeback.ts";
import type { AgentConfig } from "../config.ts";
import type { Directory } from "../directory/directory.ts";
import { refusePasswords } from "../directory/refuse-passwords.ts";
import type { PasswordLists } from "../password-lists/password-lists.ts";
import type { JobOpener } from "./open-job.ts";
import { refuseAccount } from "./refusals.ts";

export interface ExamineJobDeps {
  readonly config: Pick<AgentConfig["writeback"], "enabled">;
  readonly directory: Pick<Directory, "account">;
  readonly opener: JobOpener;
  readonly passwordLists: Pick<PasswordLists, "refuse">;
  readonly log: Logger;
}

/** Facts about a job before the claim. */
export interface Examined {
  readonly isAuthentic: boolean;
  /** The verdict if no agent has written before; null when the job is to be written. */
  readonly refusal: Verdict | null;
  readonly passwords: Passwords | null;
  readonly mark: AccountMark | null;
}

/** Throws an AppError when the answer cannot be given now; nothing has been sent then. */
export async function examineJob(
  job: SignedJob,
  isAuthentic: boolean,
  brake: Verdict | null,
  { config, directory, opener, passwordLists, log }: ExamineJobDeps,
): Promise<Examined> {
  const { order } = job;
  const nothing: Examined = { isAuthentic, refusal: null, passwords: null, mark: null };
  if (!isAuthentic) {
    log.error("writeback.job.forged", { jobId: order.jobId });
    return { ...nothing, refusal: refused("JOB_SIGNATURE_INVALID") };
  }
  if (!config.enabled) return { ...nothing, refusal: refused("WRITEBACK_DISABLED") };
  if (brake !== null) return { ...nothing, refusal: brake };

  let passwords: Passwords | null;
  try {
    passwords = await opener.open(job);
  } catch (error) {
    if (!isAppError(error, "SEAL_INVALID")) throw error;
    log.error("writeback.job.seal_invalid", { jobId: order.jobId, error });
    return { ...nothing, refusal: refused("SEAL_INVALID") };
  }

  try {
    const account = await directory.account(order.userId);
    if (account === null)
      return { ...nothing, passwords, refusal: makeVerdict("not_found", "DIRECTORY_USER_NOT_FOUND") };
    const { mark } = account;
    const code =
      refuseAccount(account) ??
      refusePasswords(order.operation, passwords) ??
      (passwords === null ? null : await passwordLists.refuse(passwords.newPassword.reveal(), account));
    return { isAuthentic, passwords, mark, refusal: code === null ? null : refused(code, mark.server) };
  } catch (error) {
    // An error that no later attempt can cure is the answer; everything else is tried again.
    const { code, retryable } = toAppError(error);
    if (retryable || !isVerdictCode(code)) throw error;
    return { ...nothing, passwords, refusal: makeVerdict("rejected", code) };
  }
}

export const refused = (code: VerdictCode, server: string | null = null): Verdict =>
  makeVerdict("refused", code, { server });
const isVerdictCode = (code: string): code is VerdictCode =>
  (VERDICT_CODES as readonly string[]).includes(code);
