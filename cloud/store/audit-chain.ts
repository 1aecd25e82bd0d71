/** Stores audit chains. Each is a stream of entries, a head and the signed seals over it. */
import { z } from "zod";
import { keys } from "./keys.ts";
import { guard, type Store } from "./store.ts";

export interface ChainHead {
  readonly sequence: number;
  /** Hash of the last entry in hex; empty while the chain has no entries. */
  readonly hash: string;
}

/** One entry as stored in the stream. `text` is exactly the bytes that were hashed. */
export interface StoredEntry {
  /** The stream's own id, `<sequence>-0`. */
  readonly streamId: string;
  readonly text: string;
  readonly hash: string;
}

export interface NewEntry {
  readonly text: string;
  readonly hash: string;
  /** Seal over the chain up to this entry, as JSON; null when no seal is due. */
  readonly seal: string | null;
}

export interface AuditChain {
  head(tenantId: string | null): Promise<ChainHead>;
  /** Appends entries if the chain still has the expected head. Null when they were appended, otherwise the present head. */
  append(
    tenantId: string | null,
    expected: ChainHead,
    entries: readonly NewEntry[],
  ): Promise<ChainHead | null>;
  /** Stores a seal. False when the chain has a newer head, which is due for a seal of its own. */
  seal(tenantId: string | null, head: ChainHead, seal: string): Promise<boolean>;
  /**
   * Reads the head and all seals at one instant. Seals are keyed by sequence, "latest" (a seal may be there under both), and
   * "anchor", which replaces the entries that were trimmed.
   */
  snapshot(
    tenantId: string | null,
  ): Promise<{ readonly head: ChainHead; readonly seals: Readonly<Record<string, string>> }>;
  /** Removes the entries up to `last`; `anchor` (JSON) replaces them. False when they had already been removed. */
  trim(tenantId: string | null, last: number, anchor: string): Promise<boolean>;
  /** Reads entries after the given stream id, oldest first. "0-0" starts at the beginning. */
  readForward(tenantId: string | null, after: string, limit: number): Promise<StoredEntry[]>;
  /** Reads entries before the given sequence, newest first. */
  readBackward(tenantId: string | null, before: number | undefined, limit: number): Promise<StoredEntry[]>;
}

const headSchema = z.object({ sequence: z.coerce.number().int().min(0), hash: z.string() });
const fieldsSchema = z.record(z.string(), z.string());

function headOf(fields: unknown): ChainHead {
  const parsed = headSchema.safeParse(fields);
  return parsed.success ? parsed.data : { sequence: 0, hash: "" };
}

const appendReply = z.union([
  z.tuple([z.literal(1), z.number()]),
  z.tuple([z.literal(0), z.number(), z.string()]),
]);

export function createAuditChain(store: Store): AuditChain {
  const { redis } = store;
  return {
    async head(tenantId) {
      return headOf(await guard(() => redis.hgetall(keys.auditHead(tenantId))));
    },
    async append(tenantId, expected, entries) {
      const reply = appendReply.parse(
        await store.call(
          "latchkey_audit_append",
          [keys.auditEntries(tenantId), keys.auditHead(tenantId), keys.auditSeals(tenantId)],
          [
            expected.sequence,
            expected.hash,
            ...entries.flatMap((entry) => [entry.text, entry.hash, entry.seal ?? ""]),
          ],
        ),
      );
      return reply[0] === 1 ? null : { sequence: reply[1], hash: reply[2] };
    },
    async seal(tenantId, head, seal) {
      const done = await store.call(
        "latchkey_audit_seal",
        [keys.auditHead(tenantId), keys.auditSeals(tenantId)],
        [head.sequence, head.hash, seal],
      );
      return done === 1;
    },
    async trim(tenantId, last, anchor) {
      const done = await store.call(
        "latchkey_audit_trim",
        [keys.auditEntries(tenantId), keys.auditSeals(tenantId)],
        [last, anchor],
      );
      return done === 1;
    },
    async snapshot(tenantId) {
      const replies = await guard(() =>
        redis.multi().hgetall(keys.auditHead(tenantId)).hgetall(keys.auditSeals(tenantId)).exec(),
      );
      const [head, seals] = (replies ?? []).map(([, reply]) => fieldsSchema.parse(reply));
      return { head: headOf(head), seals: seals ?? {} };
    },
    async readForward(tenantId, after, limit) {
      const key = keys.auditEntries(tenantId);
      return (await guard(() => redis.xrange(key, `(${after}`, "+", "COUNT", limit))).map(toEntry);
    },
    async readBackward(tenantId, before, limit) {
      const from = before === undefined ? "+" : `(${before}-0`;
      const key = keys.auditEntries(tenantId);
      return (await guard(() => redis.xrevrange(key, from, "-", "COUNT", limit))).map(toEntry);
    },
  };
}

function toEntry([streamId, fields]: readonly [string, readonly string[]]): StoredEntry {
  const field = (name: string): string => {
    const at = fields.indexOf(name);
    return at === -1 ? "" : (fields[at + 1] ?? "");
  };
  return { streamId, text: field("entry"), hash: field("hash") };
}
