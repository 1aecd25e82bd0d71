/**
 * Reads and renames the sources of a tenant: its directories. functions/agents.lua makes a source when an agent is bound
 * to a directory that the tenant does not have yet, and is the only writer.
 */
import { z } from "zod";
import { dnsNameOf } from "../../shared/dn.ts";
import { AppError, isAppError } from "../../shared/errors.ts";
import {
  type DirectoryIdentity,
  directoryIdentitySchema,
  type DirectoryScope,
  directoryScopeSchema,
} from "../../shared/source.ts";
import { type Proof, sourceText } from "./agent-proofs.ts";
import { keys } from "./keys.ts";
import { guard, type Store, storeTime } from "./store.ts";

/** One directory of a tenant. */
export interface SourceRecord {
  /** Given once: the number of a removed source is not used again. */
  readonly number: number;
  /** Unique in the tenant. */
  readonly name: string;
  readonly identity: DirectoryIdentity;
  /** The scope of the last run of all users; null before the first. */
  readonly scope: DirectoryScope | null;
  readonly users: number;
  /** Epoch ms. */
  readonly createdAt: number;
  /** `key:<id>`, or `agent:<id>` for an agent that synced before its approval. */
  readonly createdBy: string;
  /** The run that removes all users of the source; null while it is not being removed. */
  readonly removal: string | null;
}

/** Throws RECORD_FORGED for a source that no node has made. */
export interface SourceStore {
  /** Lists the sources by number. */
  list(tenantId: string): Promise<SourceRecord[]>;
  /** Finds a source by its name, in uppercase or lowercase, or by its number. Throws SOURCE_UNKNOWN. */
  get(tenantId: string, nameOrNumber: string): Promise<SourceRecord>;
  /** Throws SOURCE_UNKNOWN, SOURCE_EXISTS. */
  rename(tenantId: string, source: number, name: string): Promise<void>;
  /** Marks a source as being removed by a run; null takes the mark away. */
  markRemoval(tenantId: string, source: number, runId: string | null): Promise<void>;
  /** Deletes a source that has no users and no approved agent. False when it has some. */
  delete(tenantId: string, source: number): Promise<boolean>;
}

const instant = z.coerce.number().int().min(0);
const parsed = <S extends z.ZodType>(schema: S) =>
  z.string().transform((text, context): z.output<S> => {
    try {
      return schema.parse(JSON.parse(text));
    } catch {
      context.addIssue({ code: "custom", message: "is not valid JSON of the expected form" });
      return z.NEVER;
    }
  });
const syncSchema = z.object({
  scope: parsed(directoryScopeSchema).nullable(),
  users: z.coerce.number().int(),
});
const storedSchema = z.object({
  name: z.string(),
  identity: parsed(directoryIdentitySchema),
  createdAt: instant,
  createdBy: z.string(),
  removal: z.string().transform((run) => (run === "" ? null : run)),
});

/** Returns the numbers of a tenant's sources, in ascending order. */
export async function sourceNumbers({ redis }: Store, tenantId: string): Promise<number[]> {
  return parseNumbers((await guard(() => redis.hget(keys.sources(tenantId), "numbers"))) ?? "");
}

/**
 * Returns the sources with the DNS name of their domain; null for a suffix that is no domain. A source that no node has made is
 * reported and left out: no name may mean its users only.
 */
export async function sourceDomains(
  store: Store,
  tenantId: string,
): Promise<{ readonly number: number; readonly name: string; readonly domain: string | null }[]> {
  const fields = await guard(() => store.redis.hgetall(keys.sources(tenantId)));
  return parseNumbers(fields["numbers"] ?? "").flatMap((number) => {
    try {
      const { name, identity } = parseSource(store, tenantId, fields, number);
      return [{ number, name, domain: dnsNameOf(identity.suffix) }];
    } catch (error) {
      if (isAppError(error, "RECORD_FORGED")) return [];
      throw error;
    }
  });
}

export const parseNumbers = (text: string): number[] => (text.match(/\d+/g) ?? []).map(Number);

/** Returns the MAC of a source in the tenant's hash, and what it covers. */
export function sourceProof(fields: Readonly<Record<string, string>>, number: number): Proof {
  const of = (field: string): string => fields[`${number}:${field}`] ?? "";
  const text = sourceText({
    number,
    identity: of("identity"),
    createdAt: Number(of("createdAt")),
    createdBy: of("createdBy"),
  });
  return { field: `${number}:mac`, text, mac: of("mac") };
}

/** Parses one source of the tenant's hash. Throws RECORD_CORRUPT, RECORD_FORGED. */
function parseSource(
  { mac, refusals }: Store,
  tenantId: string,
  fields: Readonly<Record<string, string>>,
  number: number,
) {
  const key = keys.sources(tenantId);
  const of = (field: string): string => fields[`${number}:${field}`] ?? "";
  const record = storedSchema.safeParse({
    name: of("name"),
    identity: of("identity"),
    createdAt: of("createdAt"),
    createdBy: of("createdBy"),
    removal: of("removal"),
  });
  if (!record.success)
    throw new AppError("RECORD_CORRUPT", `The record ${key} is damaged.`, { cause: record.error });
  const proof = sourceProof(fields, number);
  if (of("key") !== record.data.identity.key || !mac.verify(key, proof.text, proof.mac))
    throw refusals.refuse({ kind: "source", tenantId, key: `${key} ${number}` });
  return { number, ...record.data };
}

/**
 * Returns the number of the source with this directory, or the number that a new one gets, and the arguments that
 * functions/agents.lua takes for it. The function refuses them when another source was made meanwhile. Throws RECORD_FORGED.
 */
export async function placeDirectory(
  store: Store,
  tenantId: string,
  identity: DirectoryIdentity,
  actor: string,
): Promise<{ readonly number: number; readonly args: readonly (string | number)[] }> {
  const key = keys.sources(tenantId);
  const fields = await guard(() => store.redis.hgetall(key));
  const known = parseNumbers(fields["numbers"] ?? "")
    .map((number) => parseSource(store, tenantId, fields, number))
    .find((source) => source.identity.key === identity.key);
  const number = known?.number ?? Number(fields["last"] ?? 0) + 1;
  const text = JSON.stringify(identity);
  const createdAt = await storeTime(store);
  const mac = store.mac.sign(key, sourceText({ number, identity: text, createdAt, createdBy: actor }));
  return { number, args: [number, mac, identity.key, identity.name, text, actor, createdAt] };
}

/** Returns the time (epoch ms) at which a source was made; null for a source that the tenant does not have. Throws RECORD_FORGED. */
export async function sourceCreation(store: Store, tenantId: string, number: number): Promise<number | null> {
  const fields = await guard(() => store.redis.hgetall(keys.sources(tenantId)));
  if (!parseNumbers(fields["numbers"] ?? "").includes(number)) return null;
  return parseSource(store, tenantId, fields, number).createdAt;
}

export function createSourceStore({ store }: { store: Store }): SourceStore {
  const { redis } = store;

  async function list(tenantId: string): Promise<SourceRecord[]> {
    const fields = await guard(() => redis.hgetall(keys.sources(tenantId)));
    return Promise.all(
      parseNumbers(fields["numbers"] ?? "").map(async (number) => {
        const source = parseSource(store, tenantId, fields, number);
        const key = keys.sync(tenantId, number);
        const [scope, users] = await guard(() => redis.hmget(key, "scope", "users"));
        const record = syncSchema.safeParse({ scope: scope === "" ? null : scope, users: users ?? 0 });
        if (!record.success)
          throw new AppError("RECORD_CORRUPT", `The record ${key} is damaged.`, { cause: record.error });
        return { ...source, ...record.data };
      }),
    );
  }

  const call = async (name: string, tenantId: string, args: readonly (string | number)[]): Promise<string> =>
    z
      .tuple([z.string()])
      .parse(await store.call(`latchkey_source_${name}`, [keys.sources(tenantId)], args))[0];

  return {
    list,
    async get(tenantId, nameOrNumber) {
      const wanted = nameOrNumber.trim();
      const found = (await list(tenantId)).find(
        ({ name, number }) => name.toLowerCase() === wanted.toLowerCase() || String(number) === wanted,
      );
      if (found === undefined) throw unknown(tenantId, wanted);
      return found;
    },
    async rename(tenantId, source, name) {
      const word = await call("rename", tenantId, [source, name]);
      if (word === "missing") throw unknown(tenantId, String(source));
      if (word === "taken") throw new AppError("SOURCE_EXISTS", `Another source is called '${name}'.`);
    },
    async markRemoval(tenantId, source, runId) {
      const field = `${source}:removal`;
      await guard(() =>
        runId === null
          ? redis.hdel(keys.sources(tenantId), field)
          : redis.hset(keys.sources(tenantId), field, runId),
      );
    },
    async delete(tenantId, source) {
      const reply = await store.call(
        "latchkey_source_delete",
        [
          keys.sources(tenantId),
          keys.sync(tenantId, source),
          keys.agentsApproved(tenantId),
          keys.agent(tenantId, ""),
          keys.syncRejected(tenantId, source),
        ],
        [source],
      );
      return z.tuple([z.string()]).parse(reply)[0] === "ok";
    },
  };
}

const unknown = (tenantId: string, source: string): AppError =>
  new AppError("SOURCE_UNKNOWN", `Tenant ${tenantId} has no source '${source.slice(0, 256)}'.`);
