/** Sends "Contact your administrator" messages of both portals to the addresses in the policy, within limits. */
import { AppError } from "../../shared/errors.ts";
import { networkOf } from "../limits/network.ts";
import { helpRequests } from "../limits/requests.ts";
import type { NoticeReason, Notifier } from "../notify/notifier.ts";
import type { PolicyService } from "../policy/policy-service.ts";
import type { Limits } from "../store/limits.ts";

/** Longest message, in characters. */
export const MAX_MESSAGE = 500;

export interface ContactRequest {
  readonly tenantId: string;
  /** Id of the visit, for the reference in the email. */
  readonly id: string;
  /** User name as typed. */
  readonly userName: string;
  readonly message: string;
  readonly isProven: boolean;
  /** Why the visitor cannot continue, if known. */
  readonly reason: NoticeReason | null;
}

export interface ContactRequests {
  /** Counts a request. `address`: of the browser. Throws RATE_LIMITED. */
  take(tenantId: string, address: string): Promise<void>;
  send(request: ContactRequest): Promise<void>;
}

export function createContactRequests(deps: {
  readonly notifier: Pick<Notifier, "notify">;
  readonly limits: Pick<Limits, "take">;
  readonly policy: Pick<PolicyService, "get">;
}): ContactRequests {
  const { notifier, limits, policy } = deps;
  return {
    async take(tenantId, address) {
      const network = networkOf(address, (await policy.get(tenantId)).policy.limits);
      const refusal = await limits.take(tenantId, helpRequests(network));
      if (refusal !== null)
        throw new AppError("RATE_LIMITED", undefined, { details: { until: refusal.until } });
    },
    async send({ tenantId, id, userName, message, isProven, reason }) {
      const { contact, language } = (await policy.get(tenantId)).policy;
      if (contact.emails.length === 0) return;
      await notifier.notify({
        tenantId,
        kind: "admin_contact_request",
        emails: contact.emails,
        language,
        correlationId: id,
        facts: {
          userName,
          message: message.slice(0, MAX_MESSAGE),
          proven: isProven ? "yes" : "no",
          ...(reason === null ? {} : { reason }),
        },
      });
    },
  };
}
