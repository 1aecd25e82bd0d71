import type { AgentBody, CloudBody } from "../../shared/protocol/frames.ts";
import type { AgentSession } from "./agent-session.ts";

export type JobReply =
  | { readonly type: "job.grant"; readonly body: CloudBody<"job.grant"> }
  | { readonly type: "job.deny"; readonly body: CloudBody<"job.deny"> };

/**
 * Who acts on an agent's frames. An AppError becomes the `error` answer. Sync frames of one session arrive strictly one after
 * the other, frames about one job too; different jobs side by side.
 */
export interface GatewayHandlers {
  syncBegin(session: AgentSession, body: AgentBody<"sync.begin">): Promise<CloudBody<"sync.begun">>;
  syncBatch(session: AgentSession, body: AgentBody<"sync.batch">): Promise<CloudBody<"sync.ack">>;
  syncFinish(session: AgentSession, body: AgentBody<"sync.finish">): Promise<CloudBody<"sync.finished">>;
  syncFail(session: AgentSession, body: AgentBody<"sync.fail">): Promise<CloudBody<"sync.finished">>;
  syncNote(session: AgentSession, body: AgentBody<"sync.note">): Promise<void>;
  jobClaim(session: AgentSession, body: AgentBody<"job.claim">): Promise<JobReply>;
  jobNack(session: AgentSession, body: AgentBody<"job.nack">): Promise<void>;
  /** Resolved: stored. The gateway then sends job.ack, and the agent may forget the outcome. */
  jobOutcome(session: AgentSession, body: AgentBody<"job.outcome">): Promise<void>;
  /** The agent is connected, and may be sent frames. Approval while connected calls it again. */
  sessionReady(session: AgentSession): void;
  /** Once, after its last frame. */
  sessionGone(session: AgentSession): void;
}
