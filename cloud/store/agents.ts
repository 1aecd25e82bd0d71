/** Stores agents: finds, approves and revokes them, and selects the recipients of sealed passwords. */
import { z } from "zod";
import type { Clock } from "../../shared/clock.ts";
import { DAY_MS } from "../../shared/durations.ts";
import { AppError } from "../../shared/errors.ts";
import type { Suite } from "../../shared/sealing/hpke.ts";
import { isSealingKeyAuthentic, MAX_RECIPIENTS, type SealingKeyRecord } from "../../shared/sealing/job.ts";
import { createTtlCache } from "../ttl-cache.ts";
import { approvalText, enrolmentText } from "./agent-proofs.ts";
import { type AgentRecord, parseAgent, parseSealingKeys, readAgent } from "./agent-record.ts";
import { keys } from "./keys.ts";
import { placeDirectory } from "./sources.ts";
import { guard, type Store, storeTime } from "./store.ts";

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
  /**
   * The generation that the agent's host shows, after Redis was restored from a backup: the agent connects with a
   * generation far above the stored one, and is refused until then.
   */
  readonly generation?: number | undefined;
}

export interface AgentStore {
  /** Throws AGENT_UNKNOWN. */
  get(tenantId: string, agentId: string): Promise<AgentRecord>;
  find(tenantId: string, agentId: string): Promise<AgentRecord | null>;
  /** Lists agents, oldest first. */
  list(tenantId: string): Promise<AgentRecord[]>;
  /**
   * Approves an agent, and authenticates its record anew. True when this call changed something. Throws AGENT_UNKNOWN, AGENT_FINGERPRINT_MISMATCH,
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

const approveReply = z.tuple([z.enum(["ok", "changed", "limit", "other", "taken"])]);
const revokeReply = z.tuple([z.enum(["ok", "already", "missing"])]);

const recipientsReply = z.array(z.string());

/** An agent must be approved within this time after its enrolment; functions/agents.lua has the same number. */
const APPROVAL_WITHIN_MS = DAY_MS;
/** An approval is decided again when the agent's record or the sources have changed meanwhile, up to this often. */
const MAX_ROUNDS = 20;

/** Number of items that `latchkey_agent_recipients` replies for each agent. */
const RECIPIENT_FIELDS = 7;
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

  const find = (tenantId: string, agentId: string): Promise<AgentRecord | null> =>
    readAgent(store, tenantId, agentId);
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

  /** Decides on the approval by the record as it is, and stores the decision if the record is still the same. */
  async function tryApprove(
    tenantId: string,
    agentId: string,
    { fingerprint, by, newSource = false, generation }: Approval,
  ): Promise<z.infer<typeof approveReply>[0] | "already"> {
    const key = keys.agent(tenantId, agentId);
    const now = await storeTime(store);
    const fields = await guard(() => store.redis.hgetall(key));
    const agent = parseAgent(store, tenantId, agentId, fields);
    if (agent === null) throw unknownAgent(tenantId, agentId);
    const { state, identityKey, name, enrolledAt, stated } = agent;
    if (state === "revoked") throw new AppError("AGENT_REVOKED");
    if (state === "locked") throw new AppError("AGENT_LOCKED");
    if (fields["state"] === "pending" && now > enrolledAt + APPROVAL_WITHIN_MS)
      throw new AppError(
        "AGENT_REVOKED",
        "The agent was not approved within 24 hours of its enrolment, so it can no longer be approved.",
      );
    if (agent.fingerprint !== fingerprint.trim().toLowerCase())
      throw new AppError("AGENT_FINGERPRINT_MISMATCH");
    if (stated === null) throw new AppError("AGENT_DIRECTORY_UNKNOWN");
    const isBound = state === "approved" && agent.sourceKey === stated.identity.key;
    const leap = generation !== undefined && generation > agent.generation ? generation : "";
    if (isBound && leap === "") return "already";
    const place = await placeDirectory(store, tenantId, stated.identity, by);
    const { number: source } = place;
    const approval = approvalText({
      identityKey,
      source,
      sourceKey: stated.identity.key,
      decidedAt: now,
      decidedBy: by,
    });
    // A record that was not authentic is one by the administrator's word, but not with the right of a first agent.
    const enrolment =
      state === "forged"
        ? store.mac.sign(key, enrolmentText({ name, identityKey, enrolledAt, isFirst: false }))
        : "";
    const [word] = approveReply.parse(
      await store.call(
        "latchkey_agent_approve",
        [key, keys.agentsApproved(tenantId), keys.sources(tenantId), keys.agent(tenantId, "")],
        [
          agentId,
          fields["state"] ?? "",
          fields["approval"] ?? "",
          enrolment,
          store.mac.sign(key, approval),
          now,
          MAX_RECIPIENTS,
          newSource === true ? "*" : newSource === false ? "" : newSource,
          leap,
          ...place.args,
        ],
      ),
    );
    return word;
  }

  return {
    get,
    find,
    list,
    async approve(tenantId, agentId, approval) {
      for (let round = 0; round < MAX_ROUNDS; round++) {
        const word = await tryApprove(tenantId, agentId, approval);
        switch (word) {
          case "changed":
            continue;
          case "limit":
            throw new AppError("AGENT_LIMIT");
          case "other":
            throw new AppError("AGENT_OTHER_DIRECTORY");
          case "taken":
            throw new AppError("SOURCE_EXISTS", `Another source is called '${String(approval.newSource)}'.`);
          case "already":
            return false;
          case "ok":
            return true;
        }
      }
      throw new AppError("STORE_UNAVAILABLE", "The agent's record changes all the time. Try again.");
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
      for (let at = 0; at < reply.length; at += RECIPIENT_FIELDS) {
        const fields = reply.slice(at, at + RECIPIENT_FIELDS);
        const [agentId = "", identityKey = "", text = "", sourceKey = "", decidedAt, decidedBy = ""] = fields;
        const key = keys.agent(tenantId, agentId);
        const facts = { identityKey, source, sourceKey, decidedAt: Number(decidedAt), decidedBy };
        if (!store.mac.verify(key, approvalText(facts), fields[RECIPIENT_FIELDS - 1] ?? "")) {
          store.refusals.refuse({ kind: "agent", tenantId, key });
          continue;
        }
        const fresh = sealingKeysOf(tenantId, agentId, text).filter(
          (key) => key.agentId === agentId && key.expiresAt > clock.now(),
        );
        // Keys of the preferred suite come first, so that only the selected key needs its signature checked.
        const sealingKey = fresh
          .sort((a, b) => Number(b.suite === suite) - Number(a.suite === suite))
          .find((candidate) => isAuthentic(identityKey, candidate));
        if (sealingKey !== undefined) found.push(sealingKey);
      }
      return found.sort((a, b) => (a.agentId < b.agentId ? -1 : 1)).slice(0, MAX_RECIPIENTS);
    },
  };
}

const unknownAgent = (tenantId: string, agentId: string): AppError =>
  new AppError("AGENT_UNKNOWN", `Tenant ${tenantId} has no agent ${agentId.slice(0, 40)}.`);
