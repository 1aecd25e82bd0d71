/**
 * What each seal is bound to: the whole order and whom it is for, so that no field of an order can be edited and no seal moved
 * to another one. Whoever seals (cloud, command, browser) and the agent that opens make the very same bytes.
 */
import type { Suite } from "./hpke-suite.ts";
import { packFields } from "./pack-fields.ts";

/** Whom a seal is for. */
export interface Recipient {
  readonly agentId: string;
  readonly keyId: string;
  readonly suite: Suite;
}

/** A writeback's order, as far as it is bound; JobOrder fits. */
export interface BoundJobOrder {
  readonly jobId: string;
  readonly tenantId: string;
  readonly operation: string;
  readonly userId: string;
  readonly userSequence: number;
  readonly issuedAt: number;
  readonly notAfter: number;
  readonly mustChange: boolean;
  readonly unlock: boolean;
  readonly methods: readonly string[];
}

export const jobOrderFields = (order: BoundJobOrder): (string | number | boolean)[] => [
  order.jobId,
  order.tenantId,
  order.operation,
  order.userId,
  order.userSequence,
  order.issuedAt,
  order.notAfter,
  order.mustChange,
  order.unlock,
  order.methods.join(","),
];

export const sealAdditionalData = (order: BoundJobOrder, recipient: Recipient): Uint8Array<ArrayBuffer> =>
  packFields("latchkey/v1/seal", [...recipientFields(recipient), ...jobOrderFields(order)]);

/** The order of a password that is only tried, as far as it is bound; SignInOrder fits. */
export interface BoundSignInOrder {
  readonly checkId: string;
  readonly tenantId: string;
  readonly subject: string;
  readonly issuedAt: number;
  readonly notAfter: number;
}

export const signInOrderFields = (order: BoundSignInOrder): (string | number)[] => [
  order.checkId,
  order.tenantId,
  order.subject,
  order.issuedAt,
  order.notAfter,
];

export const signInAdditionalData = (
  order: BoundSignInOrder,
  recipient: Recipient,
): Uint8Array<ArrayBuffer> =>
  packFields("latchkey/v1/sign-in-seal", [...recipientFields(recipient), ...signInOrderFields(order)]);

const recipientFields = ({ suite, agentId, keyId }: Recipient): string[] => [suite, agentId, keyId];
