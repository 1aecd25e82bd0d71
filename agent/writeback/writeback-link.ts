/** The part of the link to the cloud that writeback needs; the agent's `Link` fits. */
import type { AgentBody, CloudBody } from "../../shared/protocol/frames.ts";

export type ClaimAnswer =
  | { readonly type: "job.grant"; readonly body: CloudBody<"job.grant"> }
  | { readonly type: "job.deny"; readonly body: CloudBody<"job.deny"> };

export interface WritebackLink {
  /** Throws LINK_CLOSED, TIMEOUT, or the cloud's error. It is not known then whether the grant was given. */
  request(
    type: "job.claim",
    body: AgentBody<"job.claim">,
    expected: readonly ("job.grant" | "job.deny")[],
    timeoutMs: number,
  ): Promise<ClaimAnswer>;
  /** Throws LINK_CLOSED. */
  send<T extends "job.nack" | "job.outcome">(type: T, body: AgentBody<T>): void;
}
