/** What a helpdesk does for one person: lifting a block, and forgetting methods that are lost or in wrong hands. */
import { z } from "zod";
import { forgottenSchema, type RegisteredThing, unblockedSchema } from "../../shared/api/registrations.ts";
import { userReferenceSchema } from "../../shared/api/writebacks.ts";
import type { Method } from "../../shared/methods.ts";
import { noticeAddresses } from "../people/notice-addresses.ts";
import { actorOf, type ApiApp, type ApiServices } from "./api-context.ts";
import { toRegistrationView } from "./registration-view.ts";

/** What is proved with each thing: the words of the notice. */
const METHODS_OF: Readonly<Record<RegisteredThing, readonly Method[]>> = {
  mobile: ["text", "call"],
  office_phone: ["office_call"],
  email: ["email"],
  authenticator: ["authenticator"],
  questions: ["questions"],
  recovery_codes: ["recovery_code"],
};

const params = z.object({ tenantId: z.string(), user: userReferenceSchema });

export function helpdeskRoutes(
  app: ApiApp,
  { users, limits, registrations, policy, notifier, audit }: ApiServices,
): void {
  app.post(
    "/tenants/:tenantId/users/:user/unblock",
    {
      config: { scope: "users:write" },
      schema: {
        summary: "Lift the block of somebody who failed too often",
        params,
        response: { 200: unblockedSchema },
      },
    },
    async (request) => {
      const { tenantId, user: nameOrId } = request.params;
      const { id } = await users.lookup(tenantId, nameOrId);
      const cleared = await limits.clearPerson(tenantId, id);
      await audit.append({
        tenantId,
        action: "person.unblocked",
        actor: actorOf(request),
        subject: `user:${id}`,
        outcome: "done",
        correlationId: request.id,
        details: { cleared },
      });
      return { cleared };
    },
  );

  app.delete(
    "/tenants/:tenantId/users/:user/registration",
    {
      config: { scope: "users:write" },
      schema: {
        summary: "Forget every method that a person registered; they hear of it at all their addresses",
        params,
        response: { 200: forgottenSchema },
      },
    },
    async (request) => {
      const { tenantId, user: nameOrId } = request.params;
      const user = await users.lookup(tenantId, nameOrId);
      const registration = await registrations.get(tenantId, user.id);
      const { items } = toRegistrationView(user, registration);
      const forgotten = [
        ...new Set(items.filter(({ source }) => source === "person").map(({ what }) => what)),
      ];

      await registrations.remove(tenantId, user.id);
      await audit.append({
        tenantId,
        action: "registration.changed",
        actor: actorOf(request),
        subject: `user:${user.id}`,
        outcome: "done",
        correlationId: request.id,
        details: { removed: forgotten.join(",") },
      });
      if (forgotten.length === 0) return { forgotten };

      // To the addresses as they were: whoever is behind this cannot keep it from the person.
      const emails = noticeAddresses({ id: user.id, real: true, user, registration });
      const number = registration.mobile?.number ?? user.mobile;
      const { language } = (await policy.get(tenantId)).policy;
      await notifier.notify({
        tenantId,
        kind: "method_removed",
        emails,
        texts: emails.length === 0 && number !== null ? [number] : [],
        language,
        correlationId: request.id,
        facts: {
          ...(user.displayName === null ? {} : { displayName: user.displayName }),
          userName: user.userName,
          method: forgotten.flatMap((thing) => METHODS_OF[thing]).join(","),
        },
      });
      return { forgotten };
    },
  );
}
