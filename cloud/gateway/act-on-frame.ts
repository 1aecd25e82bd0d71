import { AppError } from "../../shared/errors.ts";
import type { AgentBody, AgentFrame } from "../../shared/protocol/frames.ts";
import type { SealingKeyRecord } from "../../shared/sealing/job.ts";
import { hashReceipt } from "../../shared/sealing/receipt.ts";
import type { AgentSession } from "./agent-session.ts";
import type { GatewayHandlers } from "./gateway-handlers.ts";

export interface FrameContext {
  readonly handlers: GatewayHandlers;
  /** True when the first agent of a tenant may sync before it is approved. */
  readonly syncBeforeApproval: boolean;
  /** Binds the tenant's first agent to a source before its approval. Throws AGENT_NOT_APPROVED for any other agent. */
  readonly bindPending: () => Promise<void>;
  /** Stores what the agent states about its directory. Throws AGENT_OTHER_DIRECTORY. */
  readonly stateDirectory: (directory: AgentBody<"directory.announce">) => Promise<void>;
  readonly announceSealingKeys: (keys: readonly SealingKeyRecord[]) => Promise<void>;
}

/** Passes a frame of a ready session to its handler and sends the answer. The caller answers what the handler throws. */
export async function actOnFrame(
  session: AgentSession,
  frame: AgentFrame,
  { handlers, syncBeforeApproval, bindPending, stateDirectory, announceSealingKeys }: FrameContext,
): Promise<void> {
  if (!session.approved && isWork(frame, syncBeforeApproval)) throw new AppError("AGENT_NOT_APPROVED");
  switch (frame.type) {
    case "sync.begin":
      // The first agent of a tenant may sync at once. A later one could replace the numbers of users, so it waits for approval.
      if (!session.approved) await bindPending();
      checkServes(session);
      session.send("sync.begun", await handlers.syncBegin(session, frame.body), frame.id);
      return;
    case "sync.batch":
      session.send("sync.ack", await handlers.syncBatch(session, frame.body), frame.id);
      return;
    case "sync.finish":
      session.send("sync.finished", await handlers.syncFinish(session, frame.body), frame.id);
      return;
    case "sync.fail":
      session.send("sync.finished", await handlers.syncFail(session, frame.body), frame.id);
      return;
    case "sync.note":
      await handlers.syncNote(session, frame.body);
      return;
    case "job.claim": {
      checkServes(session);
      const reply = await handlers.jobClaim(session, frame.body);
      if (reply.type === "job.grant") session.send("job.grant", reply.body, frame.id);
      else session.send("job.deny", reply.body, frame.id);
      return;
    }
    case "job.nack":
      await handlers.jobNack(session, frame.body);
      return;
    case "job.outcome":
      await handlers.jobOutcome(session, frame.body);
      // Not sent as the answer to this frame, because the agent may have sent the outcome in an earlier session.
      session.send("job.ack", {
        jobId: frame.body.receipt.jobId,
        receipt: hashReceipt(frame.body.receipt),
      });
      return;
    case "directory.announce":
      await stateDirectory(frame.body);
      session.send("ack", {}, frame.id);
      return;
    case "sealing_key.announce":
      await announceSealingKeys(frame.body.keys);
      session.send("ack", {}, frame.id);
      return;
    case "account.seen":
    case "account.signed_in":
    case "ack":
    case "error":
    case "ready":
      return; // not the answer to a request, so no handler waits for it
  }
}

/** Throws AGENT_DIRECTORY_UNKNOWN, AGENT_OTHER_DIRECTORY for an agent that serves no source now. */
function checkServes({ source, directory }: AgentSession): void {
  if (source !== null) return;
  throw new AppError(directory.stated === null ? "AGENT_DIRECTORY_UNKNOWN" : "AGENT_OTHER_DIRECTORY");
}

/** True for frames that an agent may send only after its approval. */
const isWork = ({ type }: AgentFrame, syncBeforeApproval: boolean): boolean =>
  type.startsWith("job.") || (type.startsWith("sync.") && !syncBeforeApproval);

/** The queue in which a frame is acted on, one after the other. Null for frames of neither sync nor jobs. */
export function queueOf(frame: AgentFrame): { readonly kind: "sync" | "job"; readonly queue: string } | null {
  switch (frame.type) {
    case "sync.begin":
    case "sync.batch":
    case "sync.finish":
    case "sync.fail":
    case "sync.note":
      return { kind: "sync", queue: "" };
    case "job.claim":
    case "job.nack":
      return { kind: "job", queue: frame.body.jobId };
    case "job.outcome":
      return { kind: "job", queue: frame.body.receipt.jobId };
    case "ready":
    case "directory.announce":
    case "sealing_key.announce":
    case "account.seen":
    case "account.signed_in":
    case "ack":
    case "error":
      return null;
  }
}
