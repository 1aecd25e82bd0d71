/** Messages that were sent to users and administrators. */
import { deliveryListSchema, deliveryQuerySchema } from "../../shared/api/deliveries.ts";
import { type ApiApp, type ApiServices, tenantParams } from "./api-context.ts";

export function deliveryRoutes(app: ApiApp, { notifier }: ApiServices): void {
  app.get(
    "/tenants/:tenantId/deliveries",
    {
      config: { scope: "users:read" },
      schema: {
        summary: "List messages and their delivery state, newest first",
        params: tenantParams,
        querystring: deliveryQuerySchema,
        response: { 200: deliveryListSchema },
      },
    },
    async ({ params: { tenantId }, query: { limit, correlationId } }) => ({
      items: await notifier.deliveries(tenantId, limit, correlationId),
    }),
  );
}
