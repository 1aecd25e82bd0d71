import type { Channel } from "../../shared/protocol/channel.ts";
import type { AgentBody, AgentFrame, CloudFrame } from "../../shared/protocol/frames.ts";
import type { DirectoryScope } from "../../shared/source.ts";

/** One connected agent, as the rest of the cloud sees it. */
export interface AgentSession {
  readonly tenantId: string;
  readonly agentId: string;
  readonly sessionId: string;
  /** The key that the agent's proof was signed with. Ed25519, base64url. An agent keeps it for good. */
  readonly identityKey: string;
  /** True when an administrator has approved the agent; only then is it offered jobs. May change while connected. */
  readonly approved: boolean;
  readonly version: string;
  /** Jobs that the agent takes at a time. 0 while this node drains. */
  readonly credits: number;
  readonly writebackEnabled: boolean;
  readonly directory: AgentBody<"ready">["directory"];
  /**
   * The source that the agent serves: it is bound to it and states its directory. Null while it has not reached its
   * directory, when it serves another one, and before its approval.
   */
  readonly source: number | null;
  /** The scope that the agent states. */
  readonly scope: DirectoryScope | null;
  /** Epoch ms. */
  readonly connectedAt: number;
  /** Throws LINK_CLOSED. */
  readonly send: Channel<CloudFrame, AgentFrame>["send"];
  readonly request: Channel<CloudFrame, AgentFrame>["request"];
}
