/**
 * Every Redis key, its type and its lifetime, in one place. All keys of one tenant carry one hash tag, so that a Cluster keeps
 * them in one slot and one function may touch several.
 */
const tenant = (tenantId: string): string => `lk:{${tenantId}}`;

export const keys = {
  /** Prefix of BullMQ's own keys of a tenant. */
  queuePrefix: (tenantId: string): string => `${tenant(tenantId)}:bull`,
} as const;

/** Publish/subscribe channels: hints only, nothing depends on their arrival. */
export const channels = {
  /** Messages for one node, see node-bus.ts. */
  node: (node: string): string => `lk:node:${node}`,
  everyNode: "lk:nodes",
} as const;
