/** Password resets, changes and unlocks. */
import type { FastifyReply } from "fastify";
import { z } from "zod";
import { limitQuerySchema } from "../../shared/api/sync-runs.ts";
import {
  draftWritebackSchema,
  idempotencyHeadersSchema,
  startWritebackSchema,
  writebackDraftSchema,
  writebackListSchema,
  writebackSchema,
} from "../../shared/api/writebacks.ts";
import { jobIdSchema } from "../../shared/ids.ts";
import { isFinalState } from "../../shared/writeback.ts";
import type { Submission, SubmitOptions, WritebackRequest } from "../writeback/writeback-service.ts";
import { actorOf, type ApiApp, type ApiServices, tenantParams } from "./api-context.ts";
import { toWriteback } from "./writeback-view.ts";

const jobParams = tenantParams.extend({ jobId: jobIdSchema });
/** Leaves room for eight sealed passwords of the largest size. */
const SEALED_BODY_LIMIT = 64 * 1024;

type DraftBody = z.infer<typeof draftWritebackSchema>;
type StartBody = z.infer<typeof startWritebackSchema>;

const waitQuerySchema = z.strictObject({ waitSeconds: z.coerce.number().int().min(0).max(30).default(0) });

export function writebackRoutes(app: ApiApp, { writeback, users, closing }: ApiServices): void {
  /** Aborts when the caller hangs up or the node closes, because then there is no one left to answer. */
  function untilGone(reply: FastifyReply): AbortSignal {
    const gone = new AbortController();
    // Also fires after the answer. The reason keeps Node from creating an error each time.
    reply.raw.once("close", () => gone.abort("closed"));
    return AbortSignal.any([gone.signal, closing]);
  }

  async function requestOf(tenantId: string, body: DraftBody): Promise<WritebackRequest> {
    const { id } = await users.lookup(tenantId, body.user);
    const { operation, mustChange, unlock = operation !== "change" } = body;
    return { userId: id, operation, mustChange, unlock, methods: ["api"] };
  }

  async function submissionOf(
    tenantId: string,
    body: StartBody,
    options: SubmitOptions,
  ): Promise<Submission> {
    if ("order" in body) {
      const { order, token, sealed } = body;
      return { ...options, kind: "sealed", order, token, sealed };
    }
    const { newPassword, oldPassword } = body;
    const request = await requestOf(tenantId, body);
    if (newPassword === undefined) return { ...options, kind: "plain", request, passwords: null };
    const passwords = { newPassword, ...(oldPassword === undefined ? {} : { oldPassword }) };
    return { ...options, kind: "plain", request, passwords };
  }

  app.post(
    "/tenants/:tenantId/writeback-drafts",
    {
      config: { scope: "writeback:write" },
      schema: {
        summary: "Get the keys to seal a password to, so that the cloud never sees it",
        params: tenantParams,
        body: draftWritebackSchema,
        response: { 201: writebackDraftSchema },
      },
    },
    async (request, reply) => {
      const { tenantId } = request.params;
      const draft = await writeback.draft(tenantId, await requestOf(tenantId, request.body));
      return reply.code(201).send({ ...draft, recipients: [...draft.recipients] });
    },
  );

  app.post(
    "/tenants/:tenantId/writebacks",
    {
      config: { scope: "writeback:write" },
      bodyLimit: SEALED_BODY_LIMIT,
      schema: {
        summary: "Reset or change a password, or unlock an account, and wait for the directory's verdict",
        params: tenantParams,
        headers: idempotencyHeadersSchema,
        body: startWritebackSchema,
        // 200: there is a verdict, good or bad. 202: not yet; ask again with the id.
        response: { 200: writebackSchema, 202: writebackSchema },
      },
    },
    async (request, reply) => {
      const { tenantId } = request.params;
      const idempotencyKey = request.headers["idempotency-key"];
      const submission = await submissionOf(tenantId, request.body, {
        requestedBy: actorOf(request),
        ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      });
      const { id } = await writeback.submit(tenantId, submission);
      const withinMs = request.body.waitSeconds * 1000;
      const job = await writeback.waitForVerdict(tenantId, id, withinMs, untilGone(reply));
      return reply.code(isFinalState(job.state) ? 200 : 202).send(toWriteback(job));
    },
  );

  app.get(
    "/tenants/:tenantId/writebacks",
    {
      config: { scope: "writeback:read" },
      schema: {
        summary: "List writebacks, newest first",
        params: tenantParams,
        querystring: limitQuerySchema,
        response: { 200: writebackListSchema },
      },
    },
    async ({ params: { tenantId }, query }) => {
      const jobs = await writeback.list(tenantId, query.limit);
      const found = await users.getMany(
        tenantId,
        jobs.map(({ userId }) => userId),
      );
      return {
        items: jobs.map((job) => {
          const user = found.get(job.userId);
          const names = { userName: user?.userName ?? null, displayName: user?.displayName ?? null };
          return Object.assign(toWriteback(job), names);
        }),
      };
    },
  );

  app.get(
    "/tenants/:tenantId/writebacks/:jobId",
    {
      config: { scope: "writeback:read" },
      schema: {
        summary: "Show a writeback, and wait for its verdict with waitSeconds",
        params: jobParams,
        querystring: waitQuerySchema,
        response: { 200: writebackSchema },
      },
    },
    async ({ params: { tenantId, jobId }, query: { waitSeconds } }, reply) => {
      const job =
        waitSeconds === 0
          ? await writeback.get(tenantId, jobId)
          : await writeback.waitForVerdict(tenantId, jobId, waitSeconds * 1000, untilGone(reply));
      return toWriteback(job);
    },
  );

  app.post(
    "/tenants/:tenantId/writebacks/:jobId/cancel",
    {
      config: { scope: "writeback:write" },
      schema: {
        summary: "Cancel a writeback that no agent has been granted yet",
        params: jobParams,
        response: { 200: writebackSchema },
      },
    },
    async (request) => {
      const { tenantId, jobId } = request.params;
      return toWriteback(await writeback.cancel(tenantId, jobId, actorOf(request)));
    },
  );
}
