import type { AgentBody, CloudBody } from "../../shared/protocol/frames.ts";
import type { AgentSession } from "./agent-session.ts";

export type JobReply =
  | { readonly type: "job.grant"; readonly body: CloudBody<"job.grant"> }
  | { readonly type: "job.deny"; readonly body: CloudBody<"job.deny"> };

/**
 * Acts on an agent's frames. An AppError becomes the `error` answer. The sync frames of a session arrive strictly one after the
 * other, and so do the frames about one job; different jobs are handled side by side.
 */
export interface GatewayHandlers {
  syncBegin(session: AgentSession, body: AgentBody<"sync.begin">): Promise<CloudBody<"sync.begun">>;
  syncBatch(session: AgentSession, body: AgentBody<"sync.batch">): Promise<CloudBody<"sync.ack">>;
  syncFinish(session: AgentSession, body: AgentBody<"sync.finish">): Promise<CloudBody<"sync.finished">>;
  syncFail(session: AgentSession, body: AgentBody<"sync.fail">): Promise<CloudBody<"sync.finished">>;
  syncNote(session: AgentSession, body: AgentBody<"sync.note">): Promise<void>;
  jobClaim(session: AgentSession, body: AgentBody<"job.claim">): Promise<JobReply>;
  jobNack(session: AgentSession, body: AgentBody<"job.nack">): Promise<void>;
  /** Resolves when the outcome is stored. The gateway then sends job.ack, and the agent may forget the outcome. */
  jobOutcome(session: AgentSession, body: AgentBody<"job.outcome">): Promise<void>;
  /** The agent is connected and may be sent frames. Called again when it is approved while connected. */
  sessionReady(session: AgentSession): void;
  /** Called once, after its last frame. */
  sessionGone(session: AgentSession): void;
}
