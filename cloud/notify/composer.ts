/** Makes messages out of what is to be said: tenant's name, language, templates. */
import type { Clock } from "../../shared/clock.ts";
import type { Tenant } from "../store/tenants.ts";
import type { Notice, OtpMessage } from "./notifier.ts";
import type { OutgoingMessage } from "./providers/provider.ts";
import { renderNotice } from "./templates/render-notice.ts";
import { renderOtp } from "./templates/render-otp.ts";

/** A notice on its way to one address. */
export interface AddressedNotice extends Pick<
  Notice,
  "tenantId" | "kind" | "language" | "correlationId" | "facts"
> {
  /** Of the delivery. */
  readonly id: string;
  readonly channel: "email" | "text";
  readonly to: string;
  /** Epoch ms: when it happened. */
  readonly createdAt: number;
}

export interface Composer {
  /** Throws TENANT_UNKNOWN, STORE_UNAVAILABLE. */
  otp(id: string, message: OtpMessage): Promise<OutgoingMessage>;
  /** Throws TENANT_UNKNOWN, STORE_UNAVAILABLE. */
  notice(notice: AddressedNotice): Promise<OutgoingMessage>;
}

export interface ComposerDeps {
  readonly tenants: { get(tenantId: string): Promise<Pick<Tenant, "name">> };
  readonly publicUrl: string;
  readonly clock: Pick<Clock, "now" | "monotonicMs">;
}

/** A new name is seen after this. */
const KEEP_NAME_MS = 30_000;
const MAX_KEPT = 10_000;

export function createComposer({ tenants, publicUrl, clock }: ComposerDeps): Composer {
  const host = new URL(publicUrl).hostname;
  const names = new Map<string, { readonly name: string; readonly until: number }>();

  async function nameOf(tenantId: string): Promise<string> {
    const kept = names.get(tenantId);
    if (kept !== undefined && kept.until > clock.monotonicMs()) return kept.name;
    const { name } = await tenants.get(tenantId);
    if (names.size >= MAX_KEPT) names.clear();
    names.set(tenantId, { name, until: clock.monotonicMs() + KEEP_NAME_MS });
    return name;
  }

  return {
    async otp(id, message) {
      const { tenantId, correlationId, channel, to, otp, language, expiresAt } = message;
      const minutes = Math.max(1, Math.round((expiresAt - clock.now()) / 60_000));
      const tenant = await nameOf(tenantId);
      const content = renderOtp(channel, { language, tenant, otp, minutes, host, reference: correlationId });
      return { id, tenantId, correlationId, language, to, expiresAt, otp, content, kind: "otp" };
    },
    async notice({ id, tenantId, kind, language, correlationId, channel, to, createdAt, facts }) {
      const tenant = await nameOf(tenantId);
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
  };
}
