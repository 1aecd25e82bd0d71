import { AppError } from "../../shared/errors.ts";
import type { AgentFrame } from "../../shared/protocol/frames.ts";
import type { SealingKeyRecord } from "../../shared/sealing/job.ts";
import { hashReceipt } from "../../shared/sealing/receipt.ts";
import type { AgentSession } from "./agent-session.ts";
import type { GatewayHandlers } from "./gateway-handlers.ts";

export interface FrameContext {
  readonly handlers: GatewayHandlers;
  /** May the first agent of a tenant sync before it is approved? */
  readonly syncBeforeApproval: boolean;
  readonly hasApprovedAgent: (tenantId: string) => Promise<boolean>;
  readonly announceSealingKeys: (keys: readonly SealingKeyRecord[]) => Promise<void>;
}

/** A frame of a ready session to its handler, and the answer back. What the handler throws is the caller's to answer. */
export async function actOnFrame(
  session: AgentSession,
  frame: AgentFrame,
  { handlers, syncBeforeApproval, hasApprovedAgent, announceSealingKeys }: FrameContext,
): Promise<void> {
  if (!session.approved && isWork(frame, syncBeforeApproval)) throw new AppError("AGENT_NOT_APPROVED");
  switch (frame.type) {
    case "sync.begin":
      // The first agent of a tenant may bring the people at once; a later one must not be able to bring others' numbers.
      if (!session.approved && (await hasApprovedAgent(session.tenantId)))
        throw new AppError(
          "AGENT_NOT_APPROVED",
          "The tenant has an approved agent; this one waits for approval.",
        );
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
      // A message of its own, not an answer: the agent may have sent the outcome in another session.
      session.send("job.ack", {
        jobId: frame.body.receipt.jobId,
        receipt: hashReceipt(frame.body.receipt),
      });
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
      return; // nobody waits for it
  }
}

/** What an agent may not do before a person has approved it. */
const isWork = ({ type }: AgentFrame, syncBeforeApproval: boolean): boolean =>
  type.startsWith("job.") || (type.startsWith("sync.") && !syncBeforeApproval);

/** Frames of one lane are acted on one after the other; `null`: neither sync nor job. */
export function laneOf(frame: AgentFrame): { readonly kind: "sync" | "job"; readonly lane: string } | null {
  switch (frame.type) {
    case "sync.begin":
    case "sync.batch":
    case "sync.finish":
    case "sync.fail":
    case "sync.note":
      return { kind: "sync", lane: "" };
    case "job.claim":
    case "job.nack":
      return { kind: "job", lane: frame.body.jobId };
    case "job.outcome":
      return { kind: "job", lane: frame.body.receipt.jobId };
    case "ready":
    case "sealing_key.announce":
    case "account.seen":
    case "account.signed_in":
    case "ack":
    case "error":
      return null;
  }
}
