/** The link to the cloud, as the rest of the agent sees it. */
import type { ErrorCode } from "../../shared/errors.ts";
import type { Channel } from "../../shared/protocol/channel.ts";
import type { AgentBody, AgentFrame, CloudBody, CloudFrame } from "../../shared/protocol/frames.ts";
import type { Closable } from "../../shared/shutdown.ts";

/**
 * The life of the link:
 *
 *   connecting ──► ready ──► draining ──► waiting ──► connecting …
 *       └────────────┴──────────────────────►┘            any ──► closed
 *
 * connecting: challenge, upgrade, welcome, generation on disk. ready: frames flow. draining: the node has sent goaway
 * and will close soon; frames still flow. waiting: until the next attempt. closed: by `close()`, for good.
 */
export const LINK_PHASES = ["connecting", "ready", "draining", "waiting", "closed"] as const;
export type LinkPhase = (typeof LINK_PHASES)[number];

export interface LinkState {
  readonly phase: LinkPhase;
  /** True when the agent is approved for writeback; null before the first welcome. */
  readonly approved: boolean | null;
  /** Session of the present connection; null without one. */
  readonly sessionId: string | null;
  readonly node: string | null;
  /** Epoch ms; null while not connected. */
  readonly connectedAt: number | null;
  /** Cloud clock minus agent clock, milliseconds; null before the first answer. Above five minutes the log has a warning. */
  readonly clockSkewMs: number | null;
  /** Number of attempts since the link was last ready. */
  readonly attempts: number;
  /** Epoch ms; null unless waiting. */
  readonly nextAttemptAt: number | null;
  /** Why the last attempt or connection ended; null while all is well. */
  readonly lastError: { readonly code: ErrorCode; readonly message: string } | null;
}

export interface Link extends Closable {
  /** Sends what the agent states about its directory, which `readyFacts` gives, to the present connection. */
  announceDirectory(): void;

  /** A snapshot; read it again for newer values. */
  readonly state: LinkState;

  /** Sends without waiting for an answer. Throws LINK_CLOSED while the link is not ready. */
  readonly send: Channel<AgentFrame, CloudFrame>["send"];

  /**
   * Sends and waits for the answer. Throws the errors of `Channel.request`, and LINK_CLOSED at once while the link is
   * not ready.
   */
  readonly request: Channel<AgentFrame, CloudFrame>["request"];

  /** Resolves when frames flow. Throws LINK_CLOSED when the signal aborts or the link is closed first. */
  waitUntilReady(signal: AbortSignal): Promise<void>;
}

/** Handlers of the cloud's requests. A handler that throws never ends the link. */
export interface LinkHandlers {
  jobOffer(body: CloudBody<"job.offer">): void;
  jobAck(body: CloudBody<"job.ack">): void;
  /** Answered with ack when it resolves, and with the error's code when it throws an AppError. */
  syncRequest(body: CloudBody<"sync.request">): Promise<void>;
  /** Answered with the error's code when it throws. */
  accountLook(body: CloudBody<"account.look">): Promise<AgentBody<"account.seen">>;
  /** Answered with the error's code when it throws. */
  accountSignIn(body: CloudBody<"account.sign_in">): Promise<AgentBody<"account.signed_in">>;
  /** The cloud has taken what the agent states about its directory: runs and jobs may begin. */
  directoryStated(): void;
  /** Called when a new connection is ready: unacknowledged outcomes must be sent again. */
  ready(welcome: CloudBody<"welcome">): void;
}

/** Facts that the agent reports at every connection; read again each time. */
export type ReadyFacts = Omit<AgentBody<"ready">, "generation" | "sealingKeys" | "sentAt">;
