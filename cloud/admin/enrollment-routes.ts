/** Enrolment tokens of a tenant. Each enrols one agent. */
import {
  createdEnrollmentSchema,
  createEnrollmentSchema,
  type Enrollment,
  enrollmentListSchema,
  enrollmentSchema,
} from "../../shared/api/enrollments.ts";
import { MINUTE_MS } from "../../shared/durations.ts";
import { ulidSchema } from "../../shared/ids.ts";
import type { EnrollmentRecord } from "../enrollment/enrollment.ts";
import { actorOf, type ApiApp, type ApiServices, tenantParams } from "./api-context.ts";

const tokenParams = tenantParams.extend({ tokenId: ulidSchema });

export function enrollmentRoutes(app: ApiApp, { enrollment }: ApiServices): void {
  app.post(
    "/tenants/:tenantId/enrollments",
    {
      config: { scope: "agents:write" },
      schema: {
        summary: "Create an enrolment token. It is shown only in this response",
        params: tenantParams,
        body: createEnrollmentSchema,
        response: { 201: createdEnrollmentSchema },
      },
    },
    async (request, reply) => {
      const { name, cidrs, ttlMinutes } = request.body;
      const { token, record } = await enrollment.createToken({
        tenantId: request.params.tenantId,
        name,
        cidrs,
        ttlMs: ttlMinutes * MINUTE_MS,
        createdBy: actorOf(request),
      });
      return reply.code(201).send({ enrollment: toView(record), token: token.reveal() });
    },
  );

  app.get(
    "/tenants/:tenantId/enrollments",
    {
      config: { scope: "agents:read" },
      schema: {
        summary: "List enrolment tokens",
        params: tenantParams,
        response: { 200: enrollmentListSchema },
      },
    },
    async ({ params: { tenantId } }) => ({ items: (await enrollment.list(tenantId)).map(toView) }),
  );

  app.post(
    "/tenants/:tenantId/enrollments/:tokenId/revoke",
    {
      config: { scope: "agents:write" },
      schema: {
        summary: "Revoke an enrolment token that has not been used",
        params: tokenParams,
        response: { 200: enrollmentSchema },
      },
    },
    async (request) => {
      const { tenantId, tokenId } = request.params;
      return toView(await enrollment.revoke(tenantId, tokenId, actorOf(request)));
    },
  );
}

const toView = ({ cidrs, ...record }: EnrollmentRecord): Enrollment => ({ ...record, cidrs: [...cidrs] });
