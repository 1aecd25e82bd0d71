import { toAppError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import type { CloudFrame } from "../../shared/protocol/frames.ts";
import type { AgentChannel } from "./connection.ts";
import type { LinkHandlers } from "./link.ts";

/** An inbound frame to its handler. Never throws: a fault in a handler must not end the link. */
export function dispatch(
  frame: CloudFrame,
  channel: Pick<AgentChannel, "send" | "sendError">,
  handlers: LinkHandlers,
  log: Logger,
): void {
  const failed = (error: unknown): void =>
    log.error("link.handler.failed", { handler: frame.type, code: toAppError(error).code, error });
  try {
    switch (frame.type) {
      case "job.offer":
        handlers.jobOffer(frame.body);
        return;
      case "job.ack":
        handlers.jobAck(frame.body);
        return;
      case "sync.request":
        void handlers
          .syncRequest(frame.body)
          .then(
            () => channel.send("ack", {}, frame.id),
            (error: unknown) => channel.sendError(error, frame.id),
          )
          .catch(() => undefined); // the link closed before the answer: the cloud asks again
        return;
      case "error":
        // An answer to something sent without waiting for one: the cloud could not use it.
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
