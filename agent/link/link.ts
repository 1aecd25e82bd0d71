/** What the rest of the agent sees of the way to the cloud. */
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
 * connecting: challenge, upgrade, welcome, generation on disk. ready: frames flow. draining: the node said goaway and goes soon;
 * frames still flow. waiting: until the next attempt. closed: by `close()`, for good.
 */
export const LINK_PHASES = ["connecting", "ready", "draining", "waiting", "closed"] as const;
export type LinkPhase = (typeof LINK_PHASES)[number];

export interface LinkState {
  readonly phase: LinkPhase;
  /** Is the agent approved for writeback? Null before the first welcome. */
  readonly approved: boolean | null;
  /** Of the present connection, else null. */
  readonly sessionId: string | null;
  readonly node: string | null;
  /** Epoch ms; null while not connected. */
  readonly connectedAt: number | null;
  /** Cloud clock minus agent clock, milliseconds; null before the first answer. More than five minutes is warned about. */
  readonly clockSkewMs: number | null;
  /** Attempts since the link was last ready. */
  readonly attempts: number;
  /** Epoch ms; null unless waiting. */
  readonly nextAttemptAt: number | null;
  /** Why the last attempt or connection ended; null while all is well. */
  readonly lastError: { readonly code: ErrorCode; readonly message: string } | null;
}

export interface Link extends Closable {
  /** A snapshot: read it again for news. */
  readonly state: LinkState;

  /** Fire and forget. Throws LINK_CLOSED while the link is not ready. */
  readonly send: Channel<AgentFrame, CloudFrame>["send"];

  /** Sends and waits for the answer; see `Channel.request` for what it throws. LINK_CLOSED at once while not ready. */
  readonly request: Channel<AgentFrame, CloudFrame>["request"];

  /** Resolves when frames flow. Throws LINK_CLOSED when the signal aborts or the link is closed first. */
  waitUntilReady(signal: AbortSignal): Promise<void>;
}

/** What the cloud may ask. A throwing handler never ends the link. */
export interface LinkHandlers {
  jobOffer(body: CloudBody<"job.offer">): void;
  jobAck(body: CloudBody<"job.ack">): void;
  /** Resolve: answered with ack. Throw an AppError: answered with its code. */
  syncRequest(body: CloudBody<"sync.request">): Promise<void>;
  /** What it throws is the answer, too. */
  accountLook(body: CloudBody<"account.look">): Promise<AgentBody<"account.seen">>;
  /** What it throws is the answer, too. */
  accountSignIn(body: CloudBody<"account.sign_in">): Promise<AgentBody<"account.signed_in">>;
  /** A new connection is ready: unacknowledged outcomes are to be sent again. */
  ready(welcome: CloudBody<"welcome">): void;
}

/** What the agent says of itself at every connection; asked anew each time. */
export type ReadyFacts = Omit<AgentBody<"ready">, "generation" | "sealingKeys" | "sentAt">;
