import { z } from "zod";
import { agentIdSchema } from "../ids.ts";
import { sourceNameSchema, sourceNumberSchema, statedDirectorySchema } from "../source.ts";
import { instant } from "./instant.ts";

export const agentSchema = z.object({
  agentId: agentIdSchema,
  name: z.string(),
  hostName: z.string(),
  platform: z.string(),
  version: z.string(),
  /** `forged`: the record says pending or approved, and no node of the cloud has written that. It may do nothing. */
  state: z.enum(["pending", "approved", "revoked", "locked", "forged"]),
  /** Fingerprint of the identity key. The agent printed it at enrolment. */
  fingerprint: z.string(),
  connected: z.boolean(),
  /** The cloud node it is connected to. */
  node: z.string().nullable(),
  /** Reported by the agent at its last connection; null before the first. */
  writebackEnabled: z.boolean().nullable(),
  directory: z
    .object({ dialect: z.string().nullable(), server: z.string().nullable(), healthy: z.boolean() })
    .nullable(),
  /** The directory that the agent has stated, and its scope in it; null before it has reached it. */
  stated: statedDirectorySchema.nullable(),
  /** The source that the agent is bound to since its approval. */
  source: z.object({ number: sourceNumberSchema, name: z.string() }).nullable(),
  /**
   * Why the agent neither syncs nor gets jobs: it states another directory than its source's (`AGENT_OTHER_DIRECTORY`), or
   * its record is forged (`RECORD_FORGED`).
   */
  problem: z.enum(["AGENT_OTHER_DIRECTORY", "RECORD_FORGED"]).nullable(),
  enrolledAt: instant,
  /** Time of the approval, revocation or lock, and the key or system that decided it. */
  decidedAt: instant.nullable(),
  decidedBy: z.string().nullable(),
  lastSeenAt: instant.nullable(),
});
export type Agent = z.infer<typeof agentSchema>;

export const agentListSchema = z.object({ items: z.array(agentSchema) });

export const approveAgentSchema = z.strictObject({
  fingerprint: z
    .string()
    .trim()
    .toLowerCase()
    .regex(/^(?:[0-9a-f]{4}-){7}[0-9a-f]{4}$/, {
      error: "must be the fingerprint that the agent printed, e.g. 3f2a-90c1-… (8 groups of 4)",
    }),
  /**
   * Makes a source for a directory that the tenant does not have yet: true for a source with the directory's own name, or
   * a name.
   */
  newSource: z.union([z.boolean(), sourceNameSchema]).default(false),
  /**
   * The generation that the agent's host shows. Only after Redis was restored from a backup: the agent is refused with
   * `AGENT_AHEAD` until the cloud has it.
   */
  generation: z.int().min(0).optional(),
});
