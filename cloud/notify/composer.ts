/** Renders codes and notices into messages: the tenant's name, the language, the templates. */
import type { Clock } from "../../shared/clock.ts";
import type { Tenant } from "../store/tenants.ts";
import { createCachedLookUp } from "../ttl-cache.ts";
import type { Notice, OtpMessage, TestMessage } from "./notifier.ts";
import type { OutgoingMessage } from "./providers/provider.ts";
import { renderNotice } from "./templates/render-notice.ts";
import { renderOtp } from "./templates/render-otp.ts";
import { renderTest } from "./templates/render-test.ts";

/** A notice on its way to one address. */
export interface AddressedNotice extends Pick<
  Notice,
  "tenantId" | "kind" | "language" | "correlationId" | "facts"
> {
  /** Id of the delivery. */
  readonly id: string;
  readonly channel: "email" | "text";
  readonly to: string;
  /** Epoch ms of the event. */
  readonly createdAt: number;
}

export interface Composer {
  /** Throws TENANT_UNKNOWN, STORE_UNAVAILABLE. */
  otp(id: string, message: OtpMessage): Promise<OutgoingMessage>;
  /** Throws TENANT_UNKNOWN, STORE_UNAVAILABLE. */
  notice(notice: AddressedNotice): Promise<OutgoingMessage>;
  /** Throws TENANT_UNKNOWN, STORE_UNAVAILABLE. */
  test(id: string, message: TestMessage): Promise<OutgoingMessage>;
}

export interface ComposerDeps {
  readonly tenants: { get(tenantId: string): Promise<Pick<Tenant, "name">> };
  readonly publicUrl: string;
  readonly clock: Pick<Clock, "now" | "monotonicMs">;
}

/** A changed name appears in messages after this at the latest. */
const NAME_TTL_MS = 30_000;
const MAX_NAMES = 10_000;

export function createComposer({ tenants, publicUrl, clock }: ComposerDeps): Composer {
  const host = new URL(publicUrl).hostname;
  const names = createCachedLookUp(
    { ttlMs: NAME_TTL_MS, clock, maxEntries: MAX_NAMES },
    async (tenantId) => (await tenants.get(tenantId)).name,
  );

  return {
    async otp(id, message) {
      const { tenantId, correlationId, channel, to, otp, language, expiresAt } = message;
      const minutes = Math.max(1, Math.round((expiresAt - clock.now()) / 60_000));
      const tenant = await names.get(tenantId);
      const content = renderOtp(channel, { language, tenant, otp, minutes, host, reference: correlationId });
      return { id, tenantId, correlationId, language, to, expiresAt, otp, content, kind: "otp" };
    },
    async notice({ id, tenantId, kind, language, correlationId, channel, to, createdAt, facts }) {
      const tenant = await names.get(tenantId);
      const content = renderNotice(channel, {
        kind,
        language,
        tenant,
        facts,
        reference: correlationId,
        at: createdAt,
      });
      return { id, tenantId, correlationId, kind, language, to, content, expiresAt: null, otp: null };
    },
    async test(id, { tenantId, correlationId, channel, to, language }) {
      const tenant = await names.get(tenantId);
      const content = renderTest(channel, { language, tenant, reference: correlationId });
      return { id, tenantId, correlationId, kind: "test", language, to, content, expiresAt: null, otp: null };
    },
  };
}
