/**
 * Reads the users of a tenant as the last sync left them. Only functions/sync/ writes them.
 *
 * There is one hash for each combination of the first three digits of an id (a bucket). This keeps each hash small
 * enough to be listed when a sweep looks for deleted users. user-record.ts has the form of a value. A value without a valid MAC
 * is refused and reported. The index of names has no MAC, so a record that it leads to counts only under a name of its own.
 */
import { z } from "zod";
import { AppError } from "../../shared/errors.ts";
import type { ProblemReason } from "../../shared/protocol/frames.ts";
import { readName } from "../../shared/user-names.ts";
import { DISPLAYED, indexedDisplayNames, indexedNames } from "./indexed-names.ts";
import { keys } from "./keys.ts";
import { type NameQuery, resolveName } from "./name-query.ts";
import { parseNumbers, sourceNumbers } from "./sources.ts";
import { guard, type Store } from "./store.ts";
import { readUserRecord, refuseUser, type StoredUser, toStoredUser, type UserRecord } from "./user-record.ts";

export interface SearchOptions {
  /**
   * Finds only users with a value that cannot be used, for this reason or for any. Their user name is searched, not their
   * aliases and display names.
   */
  readonly problem?: ProblemReason | "any" | null;
}

export interface AmbiguousName {
  readonly name: string;
  readonly users: StoredUser[];
}

export interface UserStore {
  /** Null when no user has this id. Throws RECORD_FORGED, as does `lookup`; the others leave such a user out. */
  get(tenantId: string, userId: string): Promise<StoredUser | null>;
  /** A user who left the directory within the last 30 days, as of then; null when there is none. Throws RECORD_FORGED. */
  getDeparted(tenantId: string, userId: string): Promise<StoredUser | null>;
  /** Returns the users with these ids by id, without those that no user has. */
  getMany(tenantId: string, userIds: readonly string[]): Promise<ReadonlyMap<string, StoredUser>>;
  /**
   * Finds a user by id (with or without dashes), or by a name as `find` does. Throws USER_UNKNOWN, or USER_AMBIGUOUS with
   * `details.candidates`.
   */
  lookup(tenantId: string, nameOrId: string): Promise<StoredUser>;
  /** Finds out what a typed name may stand for, from the text and the tenant alone. */
  resolve(tenantId: string, typed: string): Promise<NameQuery>;
  /**
   * Finds a user by user name or alias, otherwise by the account name beside a known domain. Null when the name is unknown or
   * ambiguous. `decoyId` is an id that no user has; it is read when a name is unknown, so that known and unknown names take the
   * same work.
   */
  find(tenantId: string, name: NameQuery, decoyId: string): Promise<StoredUser | null>;
  /**
   * Lists users with a name that begins with the text, sorted by that name, then those with a display name that has a word from
   * which on it begins with the text; or the user with this id.
   */
  search(tenantId: string, text: string, limit: number, options?: SearchOptions): Promise<StoredUser[]>;
  /**
   * Lists names that find more than one user, in alphabetical order. A user's own user name is not among them, even if it
   * is another user's alias, because it finds its owner.
   */
  ambiguous(tenantId: string, limit: number): Promise<AmbiguousName[]>;
  /** Counts the users of a source, or of all sources. */
  count(tenantId: string, source?: number): Promise<number>;
  /**
   * Returns the source of a user. For an id that no user has, a source that the id alone decides, with the same work, so
   * that an unknown name behaves like a known one. Null when the tenant has no source.
   */
  sourceOf(tenantId: string, userId: string): Promise<number | null>;
}

const sourceReply = z.tuple([z.string().nullable(), z.string()]);
const findReply = z.array(z.array(z.string().nullable()));

const ID = /^[0-9a-f]{32}$/;
const DASHED_ID = /^\{?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?$/;
const MAX_CANDIDATES = 10;
/** Number of names that a search reads at a time. */
const PAGE = 200;
/** Number of names read at a time when all are compared. */
const SCAN_PAGE = 5_000;

export function createUserStore({ store }: { store: Store }): UserStore {
  const { redis } = store;

  /** Returns the user in a value, or reports the value and returns the error. */
  function parse(tenantId: string, userId: string, value: string): StoredUser | AppError {
    const record = readUserRecord(store, tenantId, userId, value);
    return record === null ? refuseUser(store, tenantId, userId) : toStoredUser(record);
  }

  async function read(tenantId: string, userIds: readonly string[]): Promise<(StoredUser | AppError)[]> {
    const replies = await guard(() =>
      Promise.all(userIds.map((id) => redis.hget(keys.userBuckets(tenantId) + id.slice(0, 3), id))),
    );
    return replies.flatMap((value, at) =>
      value === null ? [] : [parse(tenantId, userIds[at] ?? "", value)],
    );
  }

  const load = async (tenantId: string, userIds: readonly string[]): Promise<StoredUser[]> =>
    (await read(tenantId, userIds)).filter(isAuthentic);

  async function get(tenantId: string, userId: string): Promise<StoredUser | null> {
    const [user = null] = await read(tenantId, [userId]);
    if (user instanceof AppError) throw user;
    return user;
  }

  /** Reads one page of an index, starting at `from`. */
  const page = (index: string, from: Buffer, to: Buffer, count: number): Promise<Buffer[]> =>
    guard(() => redis.zrangeBuffer(index, from, to, "BYLEX", "LIMIT", 0, count));

  const rangeOf = (name: string): [Buffer, Buffer] => [
    Buffer.from(`[${name}\0`),
    Buffer.from(`(${name}\x01`),
  ];

  async function idsOfName(tenantId: string, name: string): Promise<string[]> {
    const [from, to] = rangeOf(name);
    return (await page(keys.userNames(tenantId), from, to, MAX_CANDIDATES + 1)).map(idOf);
  }

  return {
    get,
    async getDeparted(tenantId, userId) {
      const value = await guard(() => redis.get(keys.departedUsers(tenantId) + userId));
      const user = value === null ? null : parse(tenantId, userId, value);
      if (user instanceof AppError) throw user;
      return user;
    },
    async getMany(tenantId, userIds) {
      const found = await load(tenantId, [...new Set(userIds)]);
      return new Map(found.map((user) => [user.id, user]));
    },
    resolve: (tenantId, typed) => resolveName(store, tenantId, typed),
    async find(tenantId, query, decoyId) {
      const searched = searchesOf(query);
      const replies = findReply.parse(
        await store.call(
          "latchkey_user_find",
          [keys.userNames(tenantId), keys.userBuckets(tenantId)],
          [MAX_CANDIDATES + 1, decoyId, ...searched.flatMap(({ key }) => rangeOf(key))],
        ),
      );
      const results: { found: readonly UserRecord[]; isRefused: boolean }[] = [];
      for (const [at, { key, sources }] of searched.entries()) {
        const reply = replies[at] ?? [];
        const found: UserRecord[] = [];
        let isRefused = false;
        for (let each = 0; each + 1 < reply.length; each += 2) {
          const [id, value] = [reply[each] ?? "", reply[each + 1] ?? null];
          // An unknown name takes the same work: the value of no user is verified too.
          const record = readUserRecord(store, tenantId, id, value ?? NO_VALUE);
          if (record !== null) found.push(record);
          else if (value !== null) {
            refuseUser(store, tenantId, id);
            isRefused = true;
          }
        }
        results.push({
          found: ownersOf(found, (record) => record.names.split("\0"), key, sources),
          isRefused,
        });
      }
      const decisive = results.find(({ found, isRefused }) => found.length > 0 || isRefused);
      const [record, another] = decisive?.found ?? [];
      return record === undefined || another !== undefined ? null : toStoredUser(record);
    },
    async lookup(tenantId, nameOrId) {
      const text = nameOrId.trim();
      const id = parseId(text);
      const unknown = (): AppError =>
        new AppError("USER_UNKNOWN", `No synced user has the name or id '${text.slice(0, 256)}'.`);
      if (id !== null) {
        const user = await get(tenantId, id);
        if (user === null) throw unknown();
        return user;
      }
      for (const { key, sources } of searchesOf(await resolveName(store, tenantId, text))) {
        const all = await read(tenantId, await idsOfName(tenantId, key));
        const found = ownersOf(all.filter(isAuthentic), indexedNames, key, sources);
        const [user, another] = found;
        const refused = all.find((one) => one instanceof AppError);
        if (user === undefined && refused !== undefined) throw refused;
        if (user === undefined) continue;
        if (another === undefined) return user;
        const candidates = found.slice(0, MAX_CANDIDATES).map((candidate) => candidate.userName);
        throw new AppError(
          "USER_AMBIGUOUS",
          `More than one user has the name '${text.slice(0, 256)}': ${candidates.join(", ")}.`,
          { details: { candidates, ids: found.slice(0, MAX_CANDIDATES).map((candidate) => candidate.id) } },
        );
      }
      throw unknown();
    },
    async search(tenantId, text, limit, { problem = null } = {}) {
      const trimmed = text.trim();
      const { key, account } = readName(trimmed);
      // `DOMAIN\name` is a name of no index.
      const prefix = account?.place === "before" ? account.key : key;
      const fits = (user: StoredUser): boolean =>
        problem === null ||
        [...user.phoneProblems, ...user.valueProblems].some(
          (found) => problem === "any" || found.problem === problem,
        );
      const id = parseId(trimmed);
      if (id !== null) return (await load(tenantId, [id])).filter(fits);

      const users = new Map<string, StoredUser>();
      /** Adds the users with an index entry that begins with the text. */
      async function addFrom(
        index: string,
        start: string,
        entriesOf: (user: StoredUser) => readonly string[],
      ): Promise<void> {
        const to = Buffer.concat([Buffer.from("("), Buffer.from(start), Buffer.from([0xff])]); // no UTF-8 text contains 0xff
        let from = start === "" ? AFTER_DISPLAYED : Buffer.from(`[${start}`);
        while (users.size < limit) {
          const members = await page(index, from, to, PAGE);
          const ids = [...new Set(members.map(idOf))].filter((found) => !users.has(found));
          for (const user of (await load(tenantId, ids)).filter(fits))
            if (entriesOf(user).some((entry) => entry.startsWith(start))) users.set(user.id, user);
          const last = members.at(-1);
          if (last === undefined || members.length < PAGE) break;
          from = Buffer.concat([Buffer.from("("), last]);
        }
      }
      if (problem !== null) await addFrom(keys.userProblems(tenantId), prefix, indexedNames);
      else {
        await addFrom(keys.userNames(tenantId), prefix, indexedNames);
        if (prefix !== "") await addFrom(keys.userNames(tenantId), DISPLAYED + prefix, indexedDisplayNames);
      }
      return [...users.values()].slice(0, limit);
    },
    async ambiguous(tenantId, limit) {
      const index = keys.userNames(tenantId);
      const end = Buffer.from([0x28, 0xff]); // `(` and a byte that no name has
      let from = AFTER_DISPLAYED;
      let current = { name: "", ids: [] as string[] };
      const names: AmbiguousName[] = [];
      async function close(): Promise<void> {
        if (current.ids.length < 2) return;
        const { name, ids } = current;
        const loaded = await load(tenantId, ids.slice(0, MAX_CANDIDATES));
        const found = loaded.filter((user) => indexedNames(user).includes(name));
        if (ownersOf(found, indexedNames, name).length > 1) names.push({ name, users: found });
      }
      while (names.length < limit) {
        const members = await page(index, from, end, SCAN_PAGE);
        // The index is sorted, so all members of one name follow each other.
        for (const member of members) {
          const name = member.subarray(0, -33).toString("utf8");
          if (name !== current.name) {
            await close();
            current = { name, ids: [] };
          }
          current.ids.push(idOf(member));
        }
        const last = members.at(-1);
        if (last === undefined || members.length < SCAN_PAGE) {
          await close();
          break;
        }
        from = Buffer.concat([Buffer.from("("), last]);
      }
      return names.slice(0, limit);
    },
    async count(tenantId, source) {
      const counted = source === undefined ? await sourceNumbers(store, tenantId) : [source];
      const counts = await guard(() =>
        Promise.all(counted.map((number) => redis.hget(keys.sync(tenantId, number), "users"))),
      );
      return counts.reduce((sum, count) => sum + Number(count ?? 0), 0);
    },
    async sourceOf(tenantId, userId) {
      const reply = await store.call(
        "latchkey_user_source",
        [keys.userBuckets(tenantId), keys.sources(tenantId)],
        [userId],
      );
      const [value, numbers] = sourceReply.parse(reply);
      const sources = parseNumbers(numbers);
      const other = sources[Number.parseInt(userId.slice(0, 8), 16) % sources.length] ?? null;
      const record = readUserRecord(store, tenantId, userId, value ?? NO_VALUE);
      if (record === null && value !== null) refuseUser(store, tenantId, userId);
      return record?.source ?? other;
    },
  };
}

/** As long as the value of a user. */
const NO_VALUE = "-".repeat(500);

const isAuthentic = (user: StoredUser | AppError): user is StoredUser => !(user instanceof AppError);
/** The names to search for, the one that decides first. `sources`: whose users may be meant; null for all. */
const searchesOf = ({
  key,
  account,
}: NameQuery): readonly { readonly key: string; readonly sources: readonly number[] | null }[] => [
  { key, sources: null },
  ...(account === null ? [] : [account]),
];

/**
 * Returns the users with a name. Prefers the one owner of a full user name to users with the same alias: otherwise only the id
 * would find that owner. More than one means that the name finds nobody.
 */
function ownersOf<User extends { readonly source: number }>(
  users: readonly User[],
  namesOf: (user: User) => readonly string[],
  key: string,
  sources: readonly number[] | null = null,
): readonly User[] {
  const found = users.filter(
    (user) => namesOf(user).includes(key) && (sources === null || sources.includes(user.source)),
  );
  const owners = found.filter((user) => namesOf(user)[0] === key);
  return owners.length === 1 ? owners : found;
}

/** Where the names to sign in with begin in the index. */
const AFTER_DISPLAYED = Buffer.from("[\u0002");

const idOf = (member: Buffer): string => member.subarray(-32).toString("latin1");

function parseId(text: string): string | null {
  const lower = text.toLowerCase();
  if (ID.test(lower)) return lower;
  return DASHED_ID.test(lower) ? lower.replace(/[{}-]/g, "") : null;
}
