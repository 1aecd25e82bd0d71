/**
 * Defines every Redis key with its type and its lifetime. A key without a stated lifetime never expires. All keys of
 * one tenant carry one hash tag, so that a Cluster keeps them in one slot and one function may use several of them.
 */
const tenant = (tenantId: string): string => `lk:{${tenantId}}`;
/** Returns the number of a source in the fixed width that keys and the headers of users have. */
const sourceDigits = (source: number): string => String(source).padStart(4, "0");

export const keys = {
  /** Prefix of BullMQ's own keys of a source: each source has a queue, since only its own agents take its jobs. */
  queuePrefix: (tenantId: string, source: number): string =>
    `${tenant(tenantId)}:bull:${sourceDigits(source)}`,

  // ---- Audit and API keys. `null` is the installation itself; no tenant id has an underscore --------------------------

  /** Stream with one entry per entry of the chain, with ids `<sequence>-0`. Trimmed after config.audit.keepDays. */
  auditEntries: (tenantId: string | null): string => `${tenant(tenantId ?? "_installation")}:audit:entries`,
  /** Hash: sequence and hash of the last entry. */
  auditHead: (tenantId: string | null): string => `${tenant(tenantId ?? "_installation")}:audit:head`,
  /**
   * Hash: sequence, "latest" or "anchor" → the chain's hash there, signed with the service key. Trimmed with the
   * entries.
   */
  auditSeals: (tenantId: string | null): string => `${tenant(tenantId ?? "_installation")}:audit:seals`,
  /** Hash per API key, with the digest of its secret instead of the secret. Never expires. */
  apiKey: (keyId: string): string => `lk:{_installation}:api-key:${keyId}`,
  /** Sorted set of key ids, scored by creation time (epoch ms). */
  apiKeys: "lk:{_installation}:api-keys",

  // ---- Writeback. Every function of functions/jobs.lua gets jobKeys() of jobs.ts ----------------------------------------

  /** Hash per job. Does not expire until the job is final, then after config.writeback.keepSeconds. */
  job: (tenantId: string, jobId: string): string => `${tenant(tenantId)}:job:${jobId}`,
  /** Sorted set of all job ids, scored by creation time (epoch ms). Trimmed as records expire. */
  jobs: (tenantId: string): string => `${tenant(tenantId)}:jobs`,
  /** Sorted set of undecided jobs, scored by the time (epoch ms) at which they expire. */
  jobsPending: (tenantId: string): string => `${tenant(tenantId)}:jobs:pending`,
  /** Sorted set of `<jobId>:<audit action>` that are not yet in the audit, scored by the time (epoch ms) they happened. */
  jobsUnaudited: (tenantId: string): string => `${tenant(tenantId)}:jobs:unaudited`,
  /**
   * Hash: user id → sequence of that user's last order. Never expires, because an agent must never see a sequence go
   * back.
   */
  jobSequences: (tenantId: string): string => `${tenant(tenantId)}:jobs:sequences`,
  /** Sorted set of one user's jobs, scored by sequence. Expires after the last of its records. */
  jobsOfUser: (tenantId: string, userId: string): string => `${tenant(tenantId)}:jobs:user:${userId}`,
  /** Sorted set of one user's undecided jobs, scored by sequence. */
  jobsOpen: (tenantId: string, userId: string): string => `${tenant(tenantId)}:jobs:open:${userId}`,
  /** String: job id and digest of the request that was made under an idempotency key. Expires after a day. */
  jobRequest: (tenantId: string, digest: string): string => `${tenant(tenantId)}:jobs:request:${digest}`,
  /** Sorted set of tenants with unfinished jobs, scored by the time (epoch ms) of their last submit. */
  jobTenants: "lk:job-tenants",
  /** String: the node that sweeps the jobs. Expires after a few seconds. */
  jobSweeper: "lk:job-sweeper",

  // ---- Messages. Notices wait in the installation's own keys, so that one reader serves all tenants ---------------------

  /** Hash per message, without its content. Expires after 30 days. */
  delivery: (tenantId: string, id: string): string => `${tenant(tenantId)}:delivery:${id}`,
  /** List of the latest 10,000 delivery ids, newest first. Expires 30 to 31 days after the last one. */
  deliveries: (tenantId: string): string => `${tenant(tenantId)}:deliveries`,
  /** List of the delivery ids of one attempt, job, run or agent, newest first. Expires 30 to 31 days after the last one. */
  deliveriesOf: (tenantId: string, correlationId: string): string =>
    `${tenant(tenantId)}:deliveries:${correlationId}`,
  /** Stream of notices to deliver, read by one consumer group. An entry is deleted when it is delivered or given up. */
  notices: "lk:{_installation}:notices",
  /** Sorted set of notices to retry, scored by the time (epoch ms) at which they go back into the stream. */
  noticesLater: "lk:{_installation}:notices:later",
  /**
   * Sorted set of the nodes' consumer names in that group, scored by the time (epoch ms) at which other nodes may take
   * over their entries.
   */
  noticeReaders: "lk:{_installation}:notices:readers",

  // ---- Tenants of the whole installation ------------------------------------------------------------------------------
  /** Hash: tenant id → MAC, JSON. */
  tenants: "lk:{_installation}:tenants",
  /** Hash: domain → tenant id. */
  domains: "lk:{_installation}:domains",
  /** Hash: tenant id → the logo's image. Its type and digest are in the tenant's record. */
  tenantLogos: "lk:{_installation}:tenants:logos",

  // ---- Policy ---------------------------------------------------------------------------------------------------------

  /** Hash: version, appliedAt, json, mac. Never expires. */
  policy: (tenantId: string): string => `${tenant(tenantId)}:policy`,

  // ---- Sources: the directories of the tenant ---------------------------------------------------------------------------
  /**
   * Hash: `last` (the last number given to a source), `<number>:<field>` → value (see sources.ts). Written by
   * functions/agents.lua.
   */
  sources: (tenantId: string): string => `${tenant(tenantId)}:sources`,

  // ---- Users and sync. functions/sync/ gets all of these in the order of syncKeys() ---------------------------------
  /** Prefix of one hash for each first three digits of user ids: user id → header, names, JSON (see user-record.ts). */
  userBuckets: (tenantId: string): string => `${tenant(tenantId)}:users:`,
  /**
   * Prefix of one string per deleted user: the last record. Expires after 30 days, or when the user comes back.
   */
  departedUsers: (tenantId: string): string => `${tenant(tenantId)}:departed:`,
  /** Sorted set of `<lowercase name>\0<user id>`, all with score 0; one member for each name of each user. */
  userNames: (tenantId: string): string => `${tenant(tenantId)}:names`,
  /** Sorted set of the same form for users with an unusable value, with their user names only. */
  userProblems: (tenantId: string): string => `${tenant(tenantId)}:names:problems`,
  /**
   * Hash per source: cursor and the scope it was read with, number of users, lease, last run. The functions know their
   * source by the four digits at the end of this name.
   */
  sync: (tenantId: string, source: number): string => `${tenant(tenantId)}:sync:${sourceDigits(source)}`,
  /** Hash per source: user id → reason. Users the run in progress would delete. Removed with the run. */
  syncStaged: (tenantId: string, source: number): string =>
    `${tenant(tenantId)}:sync:staged:${sourceDigits(source)}`,
  /** Set per source: user ids that the run in progress named. Removed with the run. */
  syncSeen: (tenantId: string, source: number): string =>
    `${tenant(tenantId)}:sync:seen:${sourceDigits(source)}`,
  /**
   * Set per source: users whom the cloud has, and whose entries the run in progress cannot use. Removed with the run.
   */
  syncLost: (tenantId: string, source: number): string =>
    `${tenant(tenantId)}:sync:lost:${sourceDigits(source)}`,
  /**
   * Hash per source: `entry\\0<id or DN>` → run id and JSON (see problems.ts). Entries in scope that cannot be used as of the
   * last run that read them, at most 1,000. Removed with the source.
   */
  syncRejected: (tenantId: string, source: number): string =>
    `${tenant(tenantId)}:sync:rejected:${sourceDigits(source)}`,
  /** Hash: user id → `<run id>:<reason>`. Deletions that wait for an administrator, each held by one run. */
  syncHeld: (tenantId: string): string => `${tenant(tenantId)}:sync:held`,
  /** Prefix of one hash per run. The last sync.keepRuns runs are kept, and all that are open or held. */
  syncRun: (tenantId: string): string => `${tenant(tenantId)}:run:`,
  /**
   * Hash per run: `entry\\0<id or DN>` or `value\\0<id>\\0<attribute>` → JSON (see problems.ts). Entries and values that the
   * run cannot use, at most 1,000. Removed with the run's hash.
   */
  syncRunProblems: (tenantId: string, runId: string): string => `${tenant(tenantId)}:run:${runId}:problems`,
  /** Sorted set of run ids, scored by the time (epoch ms) of their request. */
  syncRuns: (tenantId: string): string => `${tenant(tenantId)}:runs`,
  /** Set of the ids of runs that are requested or running. */
  syncOpenRuns: (tenantId: string): string => `${tenant(tenantId)}:runs:open`,
  /** Sorted set of the ids of runs with held deletions, scored by the time (epoch ms) they were held. */
  syncHeldRuns: (tenantId: string): string => `${tenant(tenantId)}:runs:held`,

  // ---- Registration ---------------------------------------------------------------------------------------------------
  /**
   * Prefix of one string per user: version, MAC, JSON (see registrations.ts). Expires 30 days after its user was deleted, unless
   * the user comes back.
   */
  registrations: (tenantId: string): string => `${tenant(tenantId)}:registration:`,
  /**
   * Sorted set of users whose methods changed and whose messages about it are not all stored yet, scored by the time
   * (epoch ms) of the change.
   */
  registrationsOwing: (tenantId: string): string => `${tenant(tenantId)}:registrations:owing`,
  /** The node that sends what the registrations of the tenant owe. */
  registrationsTeller: (tenantId: string): string => `${tenant(tenantId)}:registrations:teller`,
  /** String: revision, MAC and JSON of one visit to the registration portal (see visits.ts). Expires after 15 minutes. */
  registrationSession: (tenantId: string, id: string): string =>
    `${tenant(tenantId)}:registration-session:${id}`,

  /**
   * Prefix of one string per user: `<cause>:<id>` of the last event that ended the user's visits (see person-epochs.ts).
   * Expires after an hour, when every visit from before has ended by itself.
   */
  personEpoch: (tenantId: string): string => `${tenant(tenantId)}:person-epoch:`,

  // ---- Reset portal, limits -------------------------------------------------------------------------------------------
  /** String: revision, MAC and JSON of one reset attempt (see visits.ts). Expires after 15 minutes. */
  attempt: (tenantId: string, id: string): string => `${tenant(tenantId)}:attempt:${id}`,
  /**
   * Hash: counter → its refusals and amounts (see functions/limits.lua). One hash per user and one per other counter. Expires
   * with its last window.
   */
  limit: (tenantId: string, subject: string): string => `${tenant(tenantId)}:limit:${subject}`,
  /** Sorted set: what a counter has counted once each, scored by time (epoch ms). Expires with its last window. */
  limitMembers: (tenantId: string, subject: string): string => `${tenant(tenantId)}:limit-members:${subject}`,
  /**
   * Sorted set of the limits of networks and of the tenant that refuse now, scored by the time (epoch ms) at which each allows
   * more: `<name> <key>`. Expires with the last of them.
   */
  limitsEngaged: (tenantId: string): string => `${tenant(tenantId)}:limits:engaged`,
  /** String: JSON of the counters that a sent code took and that its use gives back. Expires after 15 minutes. */
  limitsTaken: (tenantId: string, id: string): string => `${tenant(tenantId)}:limits:taken:${id}`,
  /** Sorted set of user ids, scored by the time (epoch ms) of the user's last proof. */
  knownPeople: (tenantId: string): string => `${tenant(tenantId)}:known:people`,
  /**
   * Sorted set of the latest 20 networks where one user proved something, scored by the time (epoch ms) of the last proof there.
   * Expires 90 days after the last one.
   */
  knownPlaces: (tenantId: string, userId: string): string => `${tenant(tenantId)}:known:places:${userId}`,
  /** Sorted set of networks, scored by the time (epoch ms) of the last proof there. */
  knownNetworks: (tenantId: string): string => `${tenant(tenantId)}:known:networks`,
  /**
   * List of users with a number or address that a sync changed: id and the record before (see number-changes.ts). Removed
   * once notified.
   */
  numberChanges: (tenantId: string): string => `${tenant(tenantId)}:number-changes`,
  /** String: the node that notifies them. Expires after a minute. */
  numberChangesNotifier: (tenantId: string): string => `${tenant(tenantId)}:number-changes:teller`,

  // ---- Portals --------------------------------------------------------------------------------------------------------
  /** String per token that works only once (a solved captcha), by its digest. Expires with the token. */
  used: (digest: string): string => `lk:used:${digest}`,

  // ---- Agents, enrolment, presence ------------------------------------------------------------------------------------

  /** Hash per agent. Never expires. */
  agent: (tenantId: string, agentId: string): string => `${tenant(tenantId)}:agent:${agentId}`,
  /** Sorted set of agent ids, scored by the time (epoch ms) of enrolment. */
  agents: (tenantId: string): string => `${tenant(tenantId)}:agents`,
  /** Set of approved agents, at most as many as a password can be sealed to. */
  agentsApproved: (tenantId: string): string => `${tenant(tenantId)}:agents:approved`,
  /** Sorted set of session ids that replaced an open one, scored by time (epoch ms). Expires after ten minutes. */
  agentSwaps: (tenantId: string, agentId: string): string => `${tenant(tenantId)}:agent:${agentId}:swaps`,
  /** String per used nonce. Expires after the nonce is no longer valid on any node. */
  agentNonce: (tenantId: string, nonce: string): string => `${tenant(tenantId)}:nonce:${nonce}`,
  /** Hash: agent id → `<node>#<start of the node>#<session>#<MAC>`. An entry counts while the node's lease lasts. */
  presence: (tenantId: string): string => `${tenant(tenantId)}:presence`,
  /** String: id of the start of the node that has this name. Expires after 35 s; renewed every 10 s. */
  nodeLease: (node: string): string => `lk:node:${node}:lease`,
  /** Hash per enrolment token. Expires a week after the token. */
  enrollment: (tenantId: string, tokenId: string): string => `${tenant(tenantId)}:enrollment:${tokenId}`,
  /** Sorted set of token ids, scored by creation time (epoch ms). */
  enrollments: (tenantId: string): string => `${tenant(tenantId)}:enrollments`,
} as const;

/** Publish/subscribe channels. Messages are only hints; nothing depends on their arrival. */
export const channels = {
  /** Channel of one node, see node-bus.ts. */
  node: (node: string): string => `lk:node:${node}`,
  everyNode: "lk:nodes",
} as const;
