/**
 * Authenticates the records of an installation once more: under the key in use after it was changed, or for the first time after
 * an upgrade from a version whose records had no MAC. Left out are attempts, sessions, presence and messages, which end within
 * minutes, and waiting notices, which end within a day.
 */
import { apiKeyText } from "./api-keys.ts";
import { keys } from "./keys.ts";
import { policyText } from "./policies.ts";
import type { RecordKind } from "./record-refusals.ts";
import { resealAgents, type ResealCounts, type ResealOptions } from "./reseal-agents.ts";
import { sealUsers } from "./seal-users.ts";
import { guard, type Store } from "./store.ts";
import { tenantRecordName } from "./tenants.ts";

export interface ResealReport {
  /** Enrolment tokens and sources count with the agents. */
  readonly kinds: Partial<Record<RecordKind, ResealCounts>>;
  /** Names of the first records that were refused. Users and agents are only counted. */
  readonly refused: readonly string[];
  /** API keys that had no MAC: an administrator has to know each of them. */
  readonly adoptedApiKeys: readonly { readonly id: string; readonly name: string; readonly scopes: string }[];
}

/** A record as it is stored. `mac` is empty when it has none, and null when its form is not that of any version. */
interface Slot {
  readonly kind: RecordKind;
  readonly name: string;
  readonly text: string;
  readonly mac: string | null;
  /** Writes a new MAC, unless a node has changed the record meanwhile, which then has a new one anyway. */
  readonly write: (mac: string) => Promise<unknown>;
}

const MAX_LISTED = 20;
const SCAN_COUNT = 1_000;
const VERSIONED = /^([1-9][0-9]*)\n(?:([A-Za-z0-9_-]{22})\n)?(\{[^]*)$/;
const SIGNED = /^(?:([A-Za-z0-9_-]{22})\n)?(\{[^]*)$/;

export async function resealRecords(
  store: Store,
  { adoptUnsigned, dryRun }: ResealOptions,
): Promise<ResealReport> {
  const kinds: Partial<Record<RecordKind, { sealed: number; adopted: number; refused: number }>> = {};
  const refused: string[] = [];
  const adoptedApiKeys: { id: string; name: string; scopes: string }[] = [];

  function add(kind: RecordKind, { sealed, adopted, refused: left }: ResealCounts): void {
    const counts = (kinds[kind] ??= { sealed: 0, adopted: 0, refused: 0 });
    counts.sealed += sealed;
    counts.adopted += adopted;
    counts.refused += left;
  }

  async function reseal({ kind, name, text, mac, write }: Slot): Promise<keyof ResealCounts> {
    const isValid = mac !== null && store.mac.verify(name, text, mac);
    const verdict = isValid ? "sealed" : adoptUnsigned && mac === "" ? "adopted" : "refused";
    add(kind, { sealed: 0, adopted: 0, refused: 0, [verdict]: 1 });
    if (verdict === "refused") {
      if (refused.length < MAX_LISTED) refused.push(name);
    } else if (!dryRun) await write(store.mac.sign(name, text));
    return verdict;
  }

  for await (const slot of tenantSlots(store)) await reseal(slot);
  for await (const { slot, fields } of apiKeySlots(store))
    if ((await reseal(slot)) === "adopted") {
      const { id = "", name = "", scopes = "" } = fields;
      adoptedApiKeys.push({ id, name, scopes });
    }
  for (const tenantId of await guard(() => store.redis.hkeys(keys.tenants))) {
    for await (const slot of policySlots(store, tenantId)) await reseal(slot);
    const users = await sealUsers(store, tenantId, { adoptUnsigned, dryRun });
    add("user", { ...users, sealed: users.current + users.sealed });
    add("agent", await resealAgents(store, tenantId, { adoptUnsigned, dryRun }));
  }
  for await (const slot of registrationSlots(store)) await reseal(slot);

  return { kinds, refused, adoptedApiKeys };
}

/** True for a store with tenants or API keys of which none has a MAC: an earlier version wrote it. */
export async function isUnsealed(store: Store): Promise<boolean> {
  let count = 0;
  for await (const { mac } of tenantSlots(store)) {
    if (mac !== "") return false;
    count += 1;
  }
  for await (const { slot } of apiKeySlots(store)) {
    if (slot.mac !== "") return false;
    count += 1;
  }
  return count > 0;
}

async function* tenantSlots(store: Store): AsyncGenerator<Slot> {
  for (const [tenantId, value] of Object.entries(await guard(() => store.redis.hgetall(keys.tenants)))) {
    const [, mac = "", text] = SIGNED.exec(value) ?? [];
    yield {
      kind: "tenant",
      name: tenantRecordName(tenantId),
      text: text ?? "",
      mac: text === undefined ? null : mac,
      write: (made) => swap(store, keys.tenants, tenantId, value, `${made}\n${text ?? ""}`),
    };
  }
}

/** Only keys in the index: one outside it is in no list, so nobody could tell that it is adopted. */
async function* apiKeySlots(
  store: Store,
): AsyncGenerator<{ readonly slot: Slot; readonly fields: Record<string, string> }> {
  for (const id of await guard(() => store.redis.zrange(keys.apiKeys, "0", "-1"))) {
    const name = keys.apiKey(id);
    const { mac = "", ...fields } = await guard(() => store.redis.hgetall(name));
    if (Object.keys(fields).length === 0) continue;
    const write = (made: string): Promise<unknown> => swap(store, name, "mac", mac, made);
    yield { slot: { kind: "api_key", name, text: apiKeyText(fields), mac, write }, fields };
  }
}

async function* policySlots(store: Store, tenantId: string): AsyncGenerator<Slot> {
  const name = keys.policy(tenantId);
  const { mac = "", version, appliedAt, json } = await guard(() => store.redis.hgetall(name));
  if (version === undefined || appliedAt === undefined || json === undefined) return;
  const write = (made: string): Promise<unknown> => swap(store, name, "mac", mac, made);
  yield { kind: "policy", name, text: policyText([version, appliedAt, json]), mac, write };
}

async function* registrationSlots(store: Store): AsyncGenerator<Slot> {
  for await (const name of namesLike(store, keys.registrations("*") + "*")) {
    const value = await guard(() => store.redis.get(name));
    if (value === null) continue;
    const [, version = "", mac = "", json] = VERSIONED.exec(value) ?? [];
    yield {
      kind: "registration",
      name,
      text: `${version}\n${json ?? ""}`,
      mac: json === undefined ? null : mac,
      write: (made) => swap(store, name, "", value, `${version}\n${made}\n${json ?? ""}`),
    };
  }
}

/** Names of the keys that match a pattern. One that is written meanwhile may be left out; a node signs it. */
async function* namesLike(store: Store, pattern: string): AsyncGenerator<string> {
  let cursor = "0";
  do {
    const [next, names] = await guard(() => store.redis.scan(cursor, "MATCH", pattern, "COUNT", SCAN_COUNT));
    yield* names;
    cursor = next;
  } while (cursor !== "0");
}

const swap = (store: Store, key: string, field: string, expected: string, value: string): Promise<unknown> =>
  store.call("latchkey_record_swap", [key], [field, expected, value]);
