/** Actions of a help desk for one user: lifts a block, and removes methods that are lost or in the wrong hands. */
import { forgottenSchema, type RegisteredThing, unblockedSchema } from "../../shared/api/registrations.ts";
import { userReferenceSchema } from "../../shared/api/writebacks.ts";
import type { Method } from "../../shared/methods.ts";
import { noticeAddresses } from "../people/notice-addresses.ts";
import { type ApiApp, type ApiServices, auditAction, tenantParams } from "./api-context.ts";
import { toRegistrationView } from "./registration-view.ts";

/** Methods that each registered item serves. The notice to the user names them. */
const METHODS_OF: Readonly<Record<RegisteredThing, readonly Method[]>> = {
  mobile: ["text", "call"],
  office_phone: ["office_call"],
  email: ["email"],
  authenticator: ["authenticator"],
  questions: ["questions"],
  recovery_codes: ["recovery_code"],
};

const userParams = tenantParams.extend({ user: userReferenceSchema });

export function helpdeskRoutes(
  app: ApiApp,
  { users, limits, registrations, policy, notifier, audit }: ApiServices,
): void {
  app.post(
    "/tenants/:tenantId/users/:user/unblock",
    {
      config: { scope: "users:write" },
      schema: {
        summary: "Lift the block of a user who failed too often",
        params: userParams,
        response: { 200: unblockedSchema },
      },
    },
    async (request) => {
      const { tenantId, user: nameOrId } = request.params;
      const { id } = await users.lookup(tenantId, nameOrId);
      const cleared = await limits.clearPerson(tenantId, id);
      await auditAction(audit, request, {
        tenantId,
        action: "person.unblocked",
        subject: `user:${id}`,
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
        summary: "Remove all methods that a user registered, and notify the user at every known address",
        params: userParams,
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
      await auditAction(audit, request, {
        tenantId,
        action: "registration.changed",
        subject: `user:${user.id}`,
        details: { removed: forgotten.join(",") },
      });
      if (forgotten.length === 0) return { forgotten };

      // The notice goes to the addresses as they were before, so that an attacker who removes methods cannot hide it.
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
