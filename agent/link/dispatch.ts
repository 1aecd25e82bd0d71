import { toAppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import type { CloudFrame } from "../../shared/protocol/frames.ts";
import type { AgentChannel } from "./cloud-socket.ts";
import type { LinkHandlers } from "./link.ts";

/** Passes an inbound frame to its handler. Never throws: a fault in a handler must not end the link. */
export function dispatch(
  frame: CloudFrame,
  channel: Pick<AgentChannel, "send" | "sendError">,
  handlers: LinkHandlers,
  log: Logger,
): void {
  const failed = (error: unknown): void =>
    log.error("link.handler.failed", { handler: frame.type, code: toAppError(error).code, error });
  const answer = <A>(work: Promise<A>, send: (result: A) => void): void => {
    void work
      .then(send)
      .catch((error: unknown) => {
        if (toAppError(error).code === "INTERNAL") failed(error);
        channel.sendError(error, frame.id);
      })
      .catch(() => undefined); // the link closed before the answer was sent, so the cloud asks again
  };
  try {
    switch (frame.type) {
      case "job.offer":
        handlers.jobOffer(frame.body);
        return;
      case "job.ack":
        handlers.jobAck(frame.body);
        return;
      case "sync.request":
        answer(handlers.syncRequest(frame.body), () => channel.send("ack", {}, frame.id));
        return;
      case "account.look":
        answer(handlers.accountLook(frame.body), (seen) => channel.send("account.seen", seen, frame.id));
        return;
      case "account.sign_in":
        answer(handlers.accountSignIn(frame.body), (verdict) =>
          channel.send("account.signed_in", verdict, frame.id),
        );
        return;
      case "error":
        // The cloud could not use a frame that was sent without waiting for an answer.
        log.warn("link.frame.refused", { code: frame.body.code, reason: frame.body.message });
        return;
      case "approved":
      case "goaway":
      case "welcome":
      case "ack":
      case "job.grant":
      case "job.deny":
      case "sync.begun":
      case "sync.ack":
      case "sync.finished":
        log.debug("link.frame.unexpected", { type: frame.type });
        return;
    }
  } catch (error) {
    failed(error);
  }
}
