/** Actions of a help desk for one user: lifts a block, ends sessions, and removes methods that are lost or in the wrong hands. */
import {
  forgottenSchema,
  type RegisteredThing,
  signedOutSchema,
  unblockedSchema,
} from "../../shared/api/registrations.ts";
import { userReferenceSchema } from "../../shared/api/writebacks.ts";
import { newId } from "../../shared/ids.ts";
import type { Method } from "../../shared/methods.ts";
import { destinationCounters } from "../limits/requests.ts";
import { NO_REGISTRATION } from "../store/registration-record.ts";
import { actorOf, type ApiApp, type ApiServices, auditAction, tenantParams } from "./api-context.ts";
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
  {
    users,
    limits,
    registrations,
    portalKeys,
    methodChanges,
    personEpochs,
    policy,
    audit,
    clock,
  }: ApiServices,
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
      const user = await users.lookup(tenantId, nameOrId);
      const { id } = user;
      const { mobile, officePhone, email } = await registrations.get(tenantId, id);
      const own = [user.mobile, user.officePhone, user.alternateEmail].concat(
        mobile?.number ?? null,
        officePhone?.number ?? null,
        email?.address ?? null,
      );
      const counters = [...new Set(own.filter((to) => to !== null))].flatMap((to) =>
        destinationCounters({ tenantId, to }, portalKeys),
      );
      const cleared = (await limits.clearPerson(tenantId, id)) + (await limits.clear(tenantId, counters));
      await auditAction(audit, request, {
        tenantId,
        action: "person.unblocked",
        subject: `user:${id}`,
        details: { cleared },
      });
      return { cleared };
    },
  );

  app.post(
    "/tenants/:tenantId/users/:user/sign-out",
    {
      config: { scope: "users:write" },
      schema: {
        summary:
          "End all sessions of a user at the portals, with every reset that has been verified and not finished",
        params: userParams,
        response: { 200: signedOutSchema },
      },
    },
    async (request) => {
      const { tenantId, user: nameOrId } = request.params;
      const { id } = await users.lookup(tenantId, nameOrId);
      await personEpochs.signOut(tenantId, id);
      await auditAction(audit, request, {
        tenantId,
        action: "person.signed_out",
        subject: `user:${id}`,
        details: {},
      });
      return { userId: id };
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
      const { items } = toRegistrationView(user, await registrations.get(tenantId, user.id), clock.now());
      const forgotten = [
        ...new Set(items.filter(({ source }) => source === "person").map(({ what }) => what)),
      ];
      if (forgotten.length === 0) {
        await auditAction(audit, request, {
          tenantId,
          action: "registration.changed",
          subject: `user:${user.id}`,
          details: { removed: "" },
        });
        return { forgotten };
      }
      await methodChanges.change({
        tenantId,
        user,
        kind: "removed",
        methods: forgotten.flatMap((thing) => METHODS_OF[thing]),
        id: newId(),
        actor: actorOf(request),
        correlationId: request.id,
        language: (await policy.get(tenantId)).policy.language,
        details: { removed: forgotten.join(",") },
        waitsUntil: null,
        isProven: true,
        within: null,
        change: () => NO_REGISTRATION,
      });
      return { forgotten };
    },
  );
}
