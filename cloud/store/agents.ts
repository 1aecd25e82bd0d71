/** Stores agents: finds, approves and revokes them, and selects the recipients of sealed passwords. */
import { z } from "zod";
import type { Clock } from "../../shared/clock.ts";
import { AppError } from "../../shared/errors.ts";
import type { Suite } from "../../shared/sealing/hpke.ts";
import { isSealingKeyAuthentic, MAX_RECIPIENTS, type SealingKeyRecord } from "../../shared/sealing/job.ts";
import { createTtlCache } from "../ttl-cache.ts";
import { type AgentRecord, parseAgent, parseSealingKeys } from "./agent-record.ts";
import { keys } from "./keys.ts";
import { guard, type Store } from "./store.ts";

export type { AgentRecord } from "./agent-record.ts";

export interface Approval {
  readonly fingerprint: string;
  /** `key:<id>`. */
  readonly by: string;
  /**
   * Makes a source for a directory that the tenant does not have yet: with this name, or (true) with the directory's
   * own. The first directory of a tenant needs none of it.
   */
  readonly newSource?: string | boolean | undefined;
}

export interface AgentStore {
  /** Throws AGENT_UNKNOWN. */
  get(tenantId: string, agentId: string): Promise<AgentRecord>;
  find(tenantId: string, agentId: string): Promise<AgentRecord | null>;
  /** Lists agents, oldest first. */
  list(tenantId: string): Promise<AgentRecord[]>;
  /**
   * Approves an agent. True when this call approved it. Throws AGENT_UNKNOWN, AGENT_FINGERPRINT_MISMATCH,
   * AGENT_REVOKED, AGENT_LOCKED, AGENT_LIMIT, AGENT_DIRECTORY_UNKNOWN, AGENT_OTHER_DIRECTORY, SOURCE_EXISTS.
   */
  approve(tenantId: string, agentId: string, approval: Approval): Promise<boolean>;
  /** Revokes an agent. True when this call revoked it. Throws AGENT_UNKNOWN. */
  revoke(tenantId: string, agentId: string, by: string): Promise<boolean>;
  /**
   * Returns one key for each agent of the source to which a password must be sealed: approved, with writeback enabled,
   * serving the source's own directory, and with an unexpired key whose signature is valid. At most MAX_RECIPIENTS. If an
   * agent has no key of the preferred suite, its other key is taken. None for null, a tenant without a source.
   */
  recipients(tenantId: string, source: number | null, suite?: Suite): Promise<SealingKeyRecord[]>;
}

export interface AgentStoreOptions {
  readonly store: Store;
  readonly clock: Pick<Clock, "now">;
}

const approveReply = z.tuple([
  z.enum([
    "ok",
    "already",
    "missing",
    "mismatch",
    "limit",
    "revoked",
    "locked",
    "lapsed",
    "unstated",
    "other",
    "taken",
  ]),
]);
const revokeReply = z.tuple([z.enum(["ok", "already", "missing"])]);

const recipientsReply = z.array(z.string());

/** Number of parsed sealing-key texts that a node caches. */
const MAX_REMEMBERED = 10_000;

export function createAgentStore({ store, clock }: AgentStoreOptions): AgentStore {
  // Every reset reads the same texts, so parsed keys and valid signatures are cached: neither can change for the same text.
  const parsed = createTtlCache<string, readonly SealingKeyRecord[]>({ maxEntries: MAX_REMEMBERED });
  const authentic = new WeakMap<SealingKeyRecord, string>();

  /** Throws RECORD_CORRUPT. */
  function sealingKeysOf(tenantId: string, agentId: string, text: string): readonly SealingKeyRecord[] {
    const known = parsed.get(text);
    if (known !== undefined) return known;
    const found = parseSealingKeys(tenantId, agentId, text);
    parsed.set(text, found);
    return found;
  }

  function isAuthentic(identityKey: string, key: SealingKeyRecord): boolean {
    if (authentic.get(key) === identityKey) return true;
    if (!isSealingKeyAuthentic(identityKey, key)) return false;
    authentic.set(key, identityKey);
    return true;
  }

  async function find(tenantId: string, agentId: string): Promise<AgentRecord | null> {
    const fields = await guard(() => store.redis.hgetall(keys.agent(tenantId, agentId)));
    return parseAgent(tenantId, agentId, fields);
  }
  async function get(tenantId: string, agentId: string): Promise<AgentRecord> {
    const record = await find(tenantId, agentId);
    if (record === null) throw unknownAgent(tenantId, agentId);
    return record;
  }
  async function list(tenantId: string): Promise<AgentRecord[]> {
    const ids = await guard(() => store.redis.zrange(keys.agents(tenantId), "0", "-1"));
    const records = await Promise.all(ids.map((id) => find(tenantId, id)));
    return records.filter((record) => record !== null);
  }

  return {
    get,
    find,
    list,
    async approve(tenantId, agentId, { fingerprint, by, newSource = false }) {
      const name = newSource === true ? "*" : newSource === false ? "" : newSource;
      const [word] = approveReply.parse(
        await store.call(
          "latchkey_agent_approve",
          [
            keys.agent(tenantId, agentId),
            keys.agentsApproved(tenantId),
            keys.sources(tenantId),
            keys.agent(tenantId, ""),
          ],
          [agentId, fingerprint.trim().toLowerCase(), by, MAX_RECIPIENTS, name],
        ),
      );
      switch (word) {
        case "missing":
          throw unknownAgent(tenantId, agentId);
        case "mismatch":
          throw new AppError("AGENT_FINGERPRINT_MISMATCH");
        case "limit":
          throw new AppError("AGENT_LIMIT");
        case "revoked":
          throw new AppError("AGENT_REVOKED");
        case "locked":
          throw new AppError("AGENT_LOCKED");
        case "lapsed":
          throw new AppError(
            "AGENT_REVOKED",
            "The agent was not approved within 24 hours of its enrolment, so it can no longer be approved.",
          );
        case "unstated":
          throw new AppError("AGENT_DIRECTORY_UNKNOWN");
        case "other":
          throw new AppError("AGENT_OTHER_DIRECTORY");
        case "taken":
          throw new AppError("SOURCE_EXISTS", `Another source is called '${name}'.`);
        case "already":
          return false;
        case "ok":
          return true;
      }
    },
    async revoke(tenantId, agentId, by) {
      const [word] = revokeReply.parse(
        await store.call(
          "latchkey_agent_revoke",
          [
            keys.agent(tenantId, agentId),
            keys.agentsApproved(tenantId),
            keys.sources(tenantId),
            keys.sync(tenantId, 0),
          ],
          [agentId, by],
        ),
      );
      if (word === "missing") throw unknownAgent(tenantId, agentId);
      return word === "ok";
    },
    async recipients(tenantId, source, suite = "x25519") {
      if (source === null) return [];
      const reply = recipientsReply.parse(
        await store.call(
          "latchkey_agent_recipients",
          [keys.agentsApproved(tenantId), keys.agent(tenantId, "")],
          [source],
        ),
      );
      const found: SealingKeyRecord[] = [];
      for (let at = 0; at + 2 < reply.length; at += 3) {
        const [agentId = "", identityKey = "", text = ""] = reply.slice(at, at + 3);
        const fresh = sealingKeysOf(tenantId, agentId, text).filter(
          (key) => key.agentId === agentId && key.expiresAt > clock.now(),
        );
        // Keys of the preferred suite come first, so that only the selected key needs its signature checked.
        const key = fresh
          .sort((a, b) => Number(b.suite === suite) - Number(a.suite === suite))
          .find((candidate) => isAuthentic(identityKey, candidate));
        if (key !== undefined) found.push(key);
      }
      return found.sort((a, b) => (a.agentId < b.agentId ? -1 : 1)).slice(0, MAX_RECIPIENTS);
    },
  };
}

const unknownAgent = (tenantId: string, agentId: string): AppError =>
  new AppError("AGENT_UNKNOWN", `Tenant ${tenantId} has no agent ${agentId.slice(0, 40)}.`);
