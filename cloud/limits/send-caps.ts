/**
 * What one more code costs: taken all together before anything is sent, for reset and registration alike, so that nobody's
 * phone rings all night and nobody earns money with our messages (T-05). A made-up person's counters are counted like others.
 */
import { DAY_MS, HOUR_MS } from "../../shared/durations.ts";
import type { Channel } from "../../shared/methods.ts";
import type { PortalKeys } from "../keys/portal-keys.ts";
import type { LimitRequest } from "../store/limits.ts";
import { addressRange } from "./address-range.ts";

export interface SendWish {
  readonly tenantId: string;
  readonly personId: string;
  readonly channel: Channel;
  /** E.164, or an email address. */
  readonly to: string;
  /** Of the browser. */
  readonly address: string;
  /** People of the tenant: its budget for a day grows with them. */
  readonly users: number;
}

export function sendCaps(wish: SendWish, portalKeys: Pick<PortalKeys, "digest">): LimitRequest[] {
  const { tenantId, personId, channel, address, users } = wish;
  const digest = portalKeys
    .digest("limit-destination", [tenantId, wish.to.toLowerCase()])
    .toString("base64url")
    .slice(0, 22);
  // Mail costs nothing: it has counters of its own, and uses up nothing of what may be spent on texts and calls.
  if (channel === "email")
    return [
      { key: `email:${digest}:hour`, limit: 3, windowMs: HOUR_MS },
      { key: `email:${digest}:day`, limit: 5, windowMs: DAY_MS },
      { key: `person:${personId}:mails`, limit: 10, windowMs: DAY_MS },
      { key: `address:${addressRange(address)}:mails`, limit: 30, windowMs: HOUR_MS },
    ];
  const wants: LimitRequest[] = [
    { key: `number:${digest}:hour`, limit: 3, windowMs: HOUR_MS },
    { key: `number:${digest}:day`, limit: 5, windowMs: DAY_MS },
    { key: `person:${personId}:sends`, limit: 5, windowMs: DAY_MS },
    { key: `address:${addressRange(address)}:sends`, limit: 10, windowMs: HOUR_MS },
    { key: "tenant:paid-sends", limit: Math.max(50, Math.ceil(users * 0.2)), windowMs: DAY_MS },
  ];
  if (channel === "call") wants.push({ key: `number:${digest}:calls`, limit: 2, windowMs: DAY_MS });
  return wants;
}
