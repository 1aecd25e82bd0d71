/**
 * The additional data of a seal: the whole order and the recipient. It makes sure that no field of an order can be
 * edited and no seal can be moved to another order. The side that seals (cloud, command, browser) and the agent that
 * opens must make the same bytes.
 */
import type { Suite } from "./hpke-suite.ts";
import { packFields } from "./pack-fields.ts";

/** The agent, and its key, that a seal is for. */
export interface Recipient {
  readonly agentId: string;
  readonly keyId: string;
  readonly suite: Suite;
}

/** The fields of a writeback order that a seal binds. JobOrder has them all. */
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

/** The fields of a sign-in order that a seal binds. SignInOrder has them all. */
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
