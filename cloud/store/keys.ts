/**
 * Every Redis key, its type and its lifetime, in one place. All keys of one tenant carry one hash tag, so that a Cluster keeps
 * them in one slot and one function may touch several.
 */
const tenant = (tenantId: string): string => `lk:{${tenantId}}`;

export const keys = {
  /** Prefix of BullMQ's own keys of a tenant. */
  queuePrefix: (tenantId: string): string => `${tenant(tenantId)}:bull`,

  // ---- Audit and API keys. `null` is the installation itself; no tenant id has an underscore --------------------------

  /** Stream, one entry a line of the chain, ids `<sequence>-0`; kept for config.audit.keepDays. */
  auditEntries: (tenantId: string | null): string => `${tenant(tenantId ?? "_installation")}:audit:entries`,
  /** Hash: sequence and hash of the last entry. */
  auditHead: (tenantId: string | null): string => `${tenant(tenantId ?? "_installation")}:audit:head`,
  /** Hash: sequence, "latest" or "anchor" → the chain's hash there, signed by the service key; kept with the entries. */
  auditSeals: (tenantId: string | null): string => `${tenant(tenantId ?? "_installation")}:audit:seals`,
  /** Hash, one a key: everything but the secret, of which it has the digest; kept for good. */
  apiKey: (keyId: string): string => `lk:{_installation}:api-key:${keyId}`,
  /** Sorted set of key ids by the time of making. */
  apiKeys: "lk:{_installation}:api-keys",

  // ---- Writeback. Every function of functions/jobs.lua gets jobRoom(), see there --------------------------------------

  /** Hash, one a job. Without lifetime until it is final, then config.writeback.keepSeconds. */
  job: (tenantId: string, jobId: string): string => `${tenant(tenantId)}:job:${jobId}`,
  /** Sorted set of all job ids by the time of making; trimmed with the records. */
  jobs: (tenantId: string): string => `${tenant(tenantId)}:jobs`,
  /** Sorted set of the jobs nobody has decided, by the instant at which time decides them. */
  jobsPending: (tenantId: string): string => `${tenant(tenantId)}:jobs:pending`,
  /** Sorted set of `<jobId>:<audit action>` not yet in the audit, by the time they happened. */
  jobsUnaudited: (tenantId: string): string => `${tenant(tenantId)}:jobs:unaudited`,
  /** Hash userId → sequence of that user's last order; kept for good, or an agent would see it go back. */
  jobSequences: (tenantId: string): string => `${tenant(tenantId)}:jobs:sequences`,
  /** Sorted set of one user's jobs by sequence; lives as long as the last of its records. */
  jobsOfUser: (tenantId: string, userId: string): string => `${tenant(tenantId)}:jobs:user:${userId}`,
  /** The same, of those nobody has decided. */
  jobsOpen: (tenantId: string, userId: string): string => `${tenant(tenantId)}:jobs:open:${userId}`,
  /** String: jobId and digest of the request made under an idempotency key; a day. */
  jobRequest: (tenantId: string, digest: string): string => `${tenant(tenantId)}:jobs:request:${digest}`,
  /** Sorted set of tenants with jobs under way, by the time of their last submit. */
  jobTenants: "lk:job-tenants",
  /** String: the node that sweeps; a few seconds. */
  jobSweeper: "lk:job-sweeper",

  // ---- Messages. Notices wait in the installation's own keys, so that one reader serves all tenants ---------------------

  /** Hash, one a message: everything but what it says; 30 days. */
  delivery: (tenantId: string, id: string): string => `${tenant(tenantId)}:delivery:${id}`,
  /** List of the latest 10,000 delivery ids, newest first; 30 days after the last. */
  deliveries: (tenantId: string): string => `${tenant(tenantId)}:deliveries`,
  /** List of the delivery ids of one attempt, job, run or agent, newest first; 30 days. */
  deliveriesOf: (tenantId: string, correlationId: string): string =>
    `${tenant(tenantId)}:deliveries:${correlationId}`,
  /** Hash: `<minute>:sent` and `<minute>:verified` → how many; the last hour. */
  conversion: (tenantId: string): string => `${tenant(tenantId)}:conversion`,
  /** String, while too few texts and calls lead to a proof; an hour. */
  conversionBreaker: (tenantId: string): string => `${tenant(tenantId)}:conversion:breaker`,
  /** Stream of notices to deliver, read by a group; each goes when it is delivered or given up. */
  notices: "lk:{_installation}:notices",
  /** Sorted set of notices to try again, by the instant (epoch ms) at which they go back into the stream. */
  noticesLater: "lk:{_installation}:notices:later",
  /** Sorted set of the nodes' names in that group, by the instant (epoch ms) at which what they have taken is given up for lost. */
  noticeReaders: "lk:{_installation}:notices:readers",

  // ---- Tenants, of the whole installation -----------------------------------------------------------------------------
  /** Hash: tenant id → JSON. */
  tenants: "lk:{_installation}:tenants",
  /** Hash: domain → tenant id. */
  domains: "lk:{_installation}:domains",
  /** Hash: tenant id → the image itself. Type and digest are in the tenant's record. */
  tenantLogos: "lk:{_installation}:tenants:logos",

  // ---- Policy ---------------------------------------------------------------------------------------------------------

  /** Hash: version, appliedAt, json; kept for good. */
  policy: (tenantId: string): string => `${tenant(tenantId)}:policy`,

  // ---- Users and sync. functions/sync/ gets all of these in the order of syncKeys() ---------------------------------
  /** Prefix; one hash per first three digits of the user id: user id → header, names, JSON (see users.ts). */
  userBuckets: (tenantId: string): string => `${tenant(tenantId)}:users:`,
  /** Sorted set, all scores 0: `<lowercase name>\0<user id>`, one member per name that finds the user. */
  userNames: (tenantId: string): string => `${tenant(tenantId)}:names`,
  /** The same for users whose numbers cannot be used, by user name alone. */
  userProblems: (tenantId: string): string => `${tenant(tenantId)}:names:problems`,
  /** Hash: cursor, count of users, lease, last run. */
  sync: (tenantId: string): string => `${tenant(tenantId)}:sync`,
  /** Hash: user id → reason. Whom the run under way would delete; goes with the run. */
  syncStaged: (tenantId: string): string => `${tenant(tenantId)}:sync:staged`,
  /** Set of user ids that the run under way named; goes with the run. */
  syncSeen: (tenantId: string): string => `${tenant(tenantId)}:sync:seen`,
  /** Hash: user id → `<run id>:<reason>`. Deletes that wait for an administrator, each held by one run. */
  syncHeld: (tenantId: string): string => `${tenant(tenantId)}:sync:held`,
  /** Prefix; one hash per run, at most sync.keepRuns of them. */
  syncRun: (tenantId: string): string => `${tenant(tenantId)}:run:`,
  /** Sorted set of run ids by the time they were wanted. */
  syncRuns: (tenantId: string): string => `${tenant(tenantId)}:runs`,
  /** Set of run ids, requested or running. */
  syncOpenRuns: (tenantId: string): string => `${tenant(tenantId)}:runs:open`,
  /** Sorted set of run ids whose deletes are held, by the time of holding. */
  syncHeldRuns: (tenantId: string): string => `${tenant(tenantId)}:runs:held`,

  // ---- Registration ---------------------------------------------------------------------------------------------------
  /** Prefix; one string a user: version, JSON (see registrations.ts). Goes with the user, in the same function. */
  registrations: (tenantId: string): string => `${tenant(tenantId)}:registration:`,
  /** String: revision, JSON of one visit at the registration portal (see visits.ts); 15 minutes. */
  registrationSession: (tenantId: string, id: string): string =>
    `${tenant(tenantId)}:registration-session:${id}`,

  // ---- Reset portal, limits -------------------------------------------------------------------------------------------
  /** String: revision, JSON of one attempt to reset (see visits.ts); 15 minutes. */
  attempt: (tenantId: string, id: string): string => `${tenant(tenantId)}:attempt:${id}`,
  /** Hash: counter → count, end of its window (see limits.ts). One hash a person, one for each other counter; as long as the last window. */
  limit: (tenantId: string, subject: string): string => `${tenant(tenantId)}:limit:${subject}`,
  /** List of JSON: whose mobile number a sync changed and what it was (see number-changes.ts); until they are told. */
  numberChanges: (tenantId: string): string => `${tenant(tenantId)}:number-changes`,
  /** String: the node that tells them; a minute. */
  numberChangesTeller: (tenantId: string): string => `${tenant(tenantId)}:number-changes:teller`,

  // ---- Portals --------------------------------------------------------------------------------------------------------
  /** String, one for each thing that is good once (a solved captcha), by its digest; as long as the thing itself. */
  used: (digest: string): string => `lk:used:${digest}`,

  // ---- Agents, enrolment, presence ------------------------------------------------------------------------------------

  /** Hash, one an agent; kept for good. */
  agent: (tenantId: string, agentId: string): string => `${tenant(tenantId)}:agent:${agentId}`,
  /** Sorted set of agent ids by the time of enrolment. */
  agents: (tenantId: string): string => `${tenant(tenantId)}:agents`,
  /** Set of the agents that are approved: at most as many as a password can be sealed to. */
  agentsApproved: (tenantId: string): string => `${tenant(tenantId)}:agents:approved`,
  /** Sorted set of session ids that replaced a live one, by time; ten minutes. */
  agentSwaps: (tenantId: string, agentId: string): string => `${tenant(tenantId)}:agent:${agentId}:swaps`,
  /** String, one a spent nonce; for longer than the nonce is good at any node. */
  agentNonce: (tenantId: string, nonce: string): string => `${tenant(tenantId)}:nonce:${nonce}`,
  /** Hash: agent id → `<node>#<start of the node>#<session>`; believed while the node's lease lasts. */
  presence: (tenantId: string): string => `${tenant(tenantId)}:presence`,
  /** String: the start (an id) of the node that holds this name; 35 s, renewed every 10 s. */
  nodeLease: (node: string): string => `lk:node:${node}:lease`,
  /** Hash, one an enrolment token; a week beyond its end. */
  enrollment: (tenantId: string, tokenId: string): string => `${tenant(tenantId)}:enrollment:${tokenId}`,
  /** Sorted set of token ids by the time of making. */
  enrollments: (tenantId: string): string => `${tenant(tenantId)}:enrollments`,
} as const;

/** Publish/subscribe channels: hints only, nothing depends on their arrival. */
export const channels = {
  /** Messages for one node, see node-bus.ts. */
  node: (node: string): string => `lk:node:${node}`,
  everyNode: "lk:nodes",
} as const;
