/** A writeback whose password never leaves this process in clear: the cloud is asked for keys, and given sealed boxes. */
import { type Writeback, writebackDraftSchema, writebackSchema } from "../shared/api/writebacks.ts";
import { AppError, isAppError } from "../shared/errors.ts";
import { type Passwords, sealPassword } from "../shared/sealing/password.ts";
import { isFinalState, type Operation } from "../shared/writeback.ts";
import { type ApiClient, path } from "./api-client.ts";

export interface WritebackWish {
  readonly user: string;
  readonly operation: Operation;
  readonly mustChange: boolean;
  /** For a reset; left out: yes. */
  readonly unlock?: boolean | undefined;
}

export async function submitWriteback(
  api: ApiClient,
  tenantId: string,
  wish: WritebackWish,
  { passwords, waitSeconds }: { readonly passwords: Passwords | null; readonly waitSeconds: number },
): Promise<Writeback> {
  const { order, recipients, token } = await api.call(writebackDraftSchema, {
    method: "POST",
    path: path`/tenants/${tenantId}/writeback-drafts`,
    body: wish,
  });
  const sealed =
    passwords === null
      ? []
      : await Promise.all(recipients.map((recipient) => sealPassword(order, recipient, passwords)));
  return naming(
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

/** The verdict. It comes: what no agent takes expires, and what one took is decided or called unknown. */
export async function waitForWriteback(
  api: ApiClient,
  tenantId: string,
  started: Writeback,
): Promise<Writeback> {
  let job = started;
  while (!isFinalState(job.state))
    job = await naming(
      job.id,
      api.call(writebackSchema, {
        path: path`/tenants/${tenantId}/writebacks/${job.id}`,
        query: { waitSeconds: WAIT_SECONDS },
      }),
    );
  return job;
}

/** A writeback goes on without whoever asked for it: who is cut off learns how to ask again. */
async function naming<T>(jobId: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!isAppError(error, "CLOUD_UNREACHABLE")) throw error;
    throw new AppError(
      error.code,
      `${error.message} The writeback may be under way all the same: latchkey writeback show ${jobId}`,
      { cause: error, details: { ...error.details, jobId } },
    );
  }
}
