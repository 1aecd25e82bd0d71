/** Decides whether a text that no visitor asked for is sent: it costs the tenant money, and its cause may be the user themselves. */
import type { PortalKeys } from "../keys/portal-keys.ts";
import { noticeTexts } from "../limits/requests.ts";
import type { PolicyService } from "../policy/policy-service.ts";
import type { Limits } from "../store/limits.ts";

export interface NoticeTextsDeps {
  readonly policy: Pick<PolicyService, "get">;
  readonly limits: Pick<Limits, "take">;
  readonly portalKeys: Pick<PortalKeys, "digest">;
  readonly countUsers: (tenantId: string) => Promise<number>;
}

/** Counts a text and returns whether it may be sent. Call it only when it is certain that there is something to tell. */
export type MayText = (tenantId: string, userId: string, number: string) => Promise<boolean>;

export const createMayText =
  ({ policy, limits, portalKeys, countUsers }: NoticeTextsDeps): MayText =>
  async (tenantId, userId, to) => {
    const [users, { policy: document }] = await Promise.all([countUsers(tenantId), policy.get(tenantId)]);
    const wants = noticeTexts({ tenantId, userId, to, users, rules: document.limits }, portalKeys);
    return (await limits.take(tenantId, wants)) === null;
  };
