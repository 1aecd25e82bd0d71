import { z } from "zod";
import { deliveryListSchema, deliveryQuerySchema } from "../../shared/api/deliveries.ts";
import type { ApiApp, ApiServices } from "./api-context.ts";

const params = z.object({ tenantId: z.string() });

export function deliveryRoutes(app: ApiApp, { notifier }: ApiServices): void {
  app.get(
    "/tenants/:tenantId/deliveries",
    {
      config: { scope: "users:read" },
      schema: {
        summary: "List messages and what became of them, newest first",
        params,
        querystring: deliveryQuerySchema,
        response: { 200: deliveryListSchema },
      },
    },
    async ({ params: { tenantId }, query: { limit, correlationId } }) => ({
      items: await notifier.deliveries(tenantId, limit, correlationId),
    }),
  );
}
