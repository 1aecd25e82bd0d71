/**
 * Submits writebacks. The password is sealed here, to keys that the cloud names, and never leaves this process in
 * clear.
 */
import { type Writeback, writebackDraftSchema, writebackSchema } from "../shared/api/writebacks.ts";
import { AppError, isAppError } from "../shared/errors.ts";
import { type Passwords, sealPassword } from "../shared/sealing/password.ts";
import { isFinalState, type Operation } from "../shared/writeback.ts";
import { type ApiClient, path } from "./api-client.ts";

export interface WritebackRequest {
  readonly user: string;
  readonly operation: Operation;
  readonly mustChange: boolean;
  /** For a reset only. A reset unlocks the account when this is left out. */
  readonly unlock?: boolean | undefined;
}

export async function submitWriteback(
  api: ApiClient,
  tenantId: string,
  request: WritebackRequest,
  { passwords, waitSeconds }: { readonly passwords: Passwords | null; readonly waitSeconds: number },
): Promise<Writeback> {
  const { order, recipients, token } = await api.call(writebackDraftSchema, {
    method: "POST",
    path: path`/tenants/${tenantId}/writeback-drafts`,
    body: request,
  });
  const sealed =
    passwords === null
      ? []
      : await Promise.all(recipients.map((recipient) => sealPassword(order, recipient, passwords)));
  return withJobId(
    order.jobId,
    api.call(writebackSchema, {
      method: "POST",
      path: path`/tenants/${tenantId}/writebacks`,
      headers: { "idempotency-key": order.jobId },
      body: { order, token, sealed, waitSeconds },
    }),
  );
}

const WAIT_SECONDS = 30;

/**
 * Waits for the final state. It always arrives: a job that no agent takes expires, and a job that an agent took is
 * decided or becomes `unknown`.
 */
export async function waitForWriteback(
  api: ApiClient,
  tenantId: string,
  started: Writeback,
): Promise<Writeback> {
  let job = started;
  while (!isFinalState(job.state))
    job = await withJobId(
      job.id,
      api.call(writebackSchema, {
        path: path`/tenants/${tenantId}/writebacks/${job.id}`,
        query: { waitSeconds: WAIT_SECONDS },
      }),
    );
  return job;
}

/**
 * Adds the job's id to a connection error, because the writeback continues without this command and can be shown later.
 */
async function withJobId<T>(jobId: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!isAppError(error, "CLOUD_UNREACHABLE")) throw error;
    throw new AppError(
      error.code,
      `${error.message} The writeback may still be applied. See: latchkey writeback show ${jobId}`,
      { cause: error, details: { ...error.details, jobId } },
    );
  }
}
