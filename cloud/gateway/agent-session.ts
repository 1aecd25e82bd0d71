import type { Channel } from "../../shared/protocol/channel.ts";
import type { AgentBody, AgentFrame, CloudFrame } from "../../shared/protocol/frames.ts";

/** One connected agent, as the rooms behind the gateway see it. */
export interface AgentSession {
  readonly tenantId: string;
  readonly agentId: string;
  readonly sessionId: string;
  /** What the agent proved who it is with. Ed25519, base64url; an agent has one for good. */
  readonly identityKey: string;
  /** Approved by a person: only then may it be offered jobs. Changes while connected. */
  readonly approved: boolean;
  readonly version: string;
  /** Jobs it takes at a time; 0 while this node drains. */
  readonly credits: number;
  readonly writebackEnabled: boolean;
  readonly directory: AgentBody<"ready">["directory"];
  /** Epoch ms. */
  readonly connectedAt: number;
  /** Throws LINK_CLOSED. */
  readonly send: Channel<CloudFrame, AgentFrame>["send"];
  readonly request: Channel<CloudFrame, AgentFrame>["request"];
}
