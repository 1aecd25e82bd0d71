/** What writeback needs of the way to the cloud; the agent's `Link` fits. */
import type { AgentBody, CloudBody } from "../../shared/protocol/frames.ts";

export type ClaimAnswer =
  | { readonly type: "job.grant"; readonly body: CloudBody<"job.grant"> }
  | { readonly type: "job.deny"; readonly body: CloudBody<"job.deny"> };

export interface WritebackLink {
  /** Throws LINK_CLOSED, TIMEOUT, or the cloud's error: then it is not known whether the grant was given. */
  request(
    type: "job.claim",
    body: AgentBody<"job.claim">,
    expected: readonly ("job.grant" | "job.deny")[],
    timeoutMs: number,
  ): Promise<ClaimAnswer>;
  /** Throws LINK_CLOSED. */
  send<T extends "job.nack" | "job.outcome">(type: T, body: AgentBody<T>): void;
}
