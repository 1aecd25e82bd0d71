/** The sources of a tenant: its directories. */
import { z } from "zod";
import { agentIdSchema, runIdSchema, userIdSchema } from "../ids.ts";
import {
  directoryIdentitySchema,
  directoryScopeSchema,
  sourceNameSchema,
  sourceNumberSchema,
} from "../source.ts";
import { instant } from "./instant.ts";
import { syncRunSchema } from "./sync-runs.ts";

export const sourceSchema = z.object({
  /** Never given to another source. */
  number: sourceNumberSchema,
  name: z.string(),
  identity: directoryIdentitySchema,
  /** The scope of the last run of all users; null before the first. */
  scope: directoryScopeSchema.nullable(),
  /** Number of users. */
  users: z.int(),
  agents: z.array(
    z.object({
      agentId: agentIdSchema,
      name: z.string(),
      connected: z.boolean(),
      /** False for an agent that states another directory than the source's: it neither syncs nor gets jobs. */
      servesIt: z.boolean(),
    }),
  ),
  createdAt: instant,
  /** `key:<id>`, or `agent:<id>` for an agent that synced before its approval. */
  createdBy: z.string(),
  /** The run that removes the source, once its deletions are approved. */
  removal: runIdSchema.nullable(),
});
export type Source = z.infer<typeof sourceSchema>;

export const sourceListSchema = z.object({ items: z.array(sourceSchema) });

export const renameSourceSchema = z.strictObject({ name: sourceNameSchema });

/** `POST …/remove`: the run holds the deletion of every user of the source. Without users, the source is removed at once. */
export const removedSourceSchema = z.object({ run: syncRunSchema });

/** A name that finds more than one user, so that nobody can reset a password with it. */
const ambiguousNameSchema = z.object({
  name: z.string(),
  users: z.array(z.object({ id: userIdSchema, userName: z.string(), source: sourceNumberSchema })),
});
export const ambiguousNamesSchema = z.object({ items: z.array(ambiguousNameSchema) });
