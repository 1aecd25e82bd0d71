/** Calls the REST API for tests. Parses answers with the published schemas and throws refusals with their code. */
import type { z } from "zod";
import type { Installation } from "../../lab/installation.ts";
import { type Agent, agentListSchema } from "../../shared/api/agents.ts";
import { type ErrorBody, errorBodySchema } from "../../shared/api/error-body.ts";
import type { startSyncRunSchema } from "../../shared/api/sync-runs.ts";
import { startedSyncRunSchema, type SyncRun, syncRunSchema } from "../../shared/api/sync-runs.ts";
import { type StoredUser, userDetailsSchema, userListSchema } from "../../shared/api/users.ts";
import { type Writeback, writebackSchema } from "../../shared/api/writebacks.ts";
import { waitFor } from "./wait-for.ts";

type SyncRequest = z.input<typeof startSyncRunSchema>;

export interface WritebackWish {
  readonly user: string;
  readonly operation?: "reset" | "change" | "unlock";
  readonly newPassword?: string;
  readonly oldPassword?: string;
  readonly mustChange?: boolean;
  readonly unlock?: boolean;
  readonly waitSeconds?: number;
}

export interface ApiClient {
  call<S extends z.ZodType>(schema: S, method: string, path: string, body?: unknown): Promise<z.infer<S>>;
  /** Starts or joins a run and returns it at once. */
  startSync(wish?: SyncRequest): Promise<z.infer<typeof startedSyncRunSchema>>;
  /** Starts a run and returns it when it has ended. */
  sync(wish?: SyncRequest): Promise<SyncRun>;
  untilOver(runId: string): Promise<SyncRun>;
  /** Null when no user has this name or id. */
  user(nameOrId: string): Promise<StoredUser | null>;
  users(query?: string): Promise<z.infer<typeof userListSchema>>;
  agents(): Promise<Agent[]>;
  /** Submits a job, a reset by default, and waits for the verdict. */
  writeback(wish: WritebackWish, headers?: Readonly<Record<string, string>>): Promise<Writeback>;
  job(jobId: string, waitSeconds?: number): Promise<Writeback>;
}

/** Calls the API of the installation's tenant, or of another one. */
export function createApiClient(
  installation: Pick<Installation, "api" | "tenantId">,
  tenantId = installation.tenantId,
): ApiClient {
  const call = async <S extends z.ZodType>(
    schema: S,
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<z.infer<S>> => {
    const answer = await installation.api(method, `/tenants/${tenantId}${path}`, body, headers);
    if (answer.status >= 400) throw new Refusal(method, path, errorBodySchema.parse(answer.body));
    return schema.parse(answer.body);
  };
  const untilOver = (runId: string): Promise<SyncRun> =>
    waitFor(
      `run ${runId} to end`,
      async () => {
        const run = await call(syncRunSchema, "GET", `/sync-runs/${runId}`);
        return run.state !== "requested" && run.state !== "running" && run;
      },
      { timeoutMs: 30_000 },
    );
  const startSync: ApiClient["startSync"] = (wish = {}) =>
    call(startedSyncRunSchema, "POST", "/sync-runs", wish);

  return {
    call,
    startSync,
    sync: async (wish) => untilOver((await startSync(wish)).run.id),
    untilOver,
    async user(nameOrId) {
      try {
        return (await call(userDetailsSchema, "GET", `/users/${encodeURIComponent(nameOrId)}`)).user;
      } catch (error) {
        if (error instanceof Refusal && error.body.code === "USER_UNKNOWN") return null;
        throw error;
      }
    },
    users: (query = "") => call(userListSchema, "GET", `/users${query}`),
    agents: async () => (await call(agentListSchema, "GET", "/agents")).items,
    writeback: (wish, headers) =>
      call(writebackSchema, "POST", "/writebacks", { operation: "reset", waitSeconds: 20, ...wish }, headers),
    job: (jobId, waitSeconds = 0) =>
      call(writebackSchema, "GET", `/writebacks/${jobId}?waitSeconds=${waitSeconds}`),
  };
}

/** The error of a refused request. */
export async function refusalOf(asked: Promise<unknown>): Promise<ErrorBody> {
  try {
    await asked;
  } catch (error) {
    if (error instanceof Refusal) return error.body;
    throw error;
  }
  throw new Error("it was not refused");
}

class Refusal extends Error {
  readonly body: ErrorBody;
  constructor(method: string, path: string, body: ErrorBody) {
    super(`${method} ${path}: ${body.message} ${body.fix} [${body.code}]`);
    this.body = body;
  }
}
