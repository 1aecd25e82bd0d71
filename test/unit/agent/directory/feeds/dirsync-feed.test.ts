import { expect } from "chai";
import { BerWriter, PresenceFilter } from "ldapts";
import type { FeedEvent } from "../../../../../agent/directory/directory.ts";
import { createEntryIds } from "../../../../../agent/directory/entries/entry-id.ts";
import { dirSyncFeed } from "../../../../../agent/directory/feeds/dirsync-feed.ts";
import type { FeedRun } from "../../../../../agent/directory/feeds/feed.ts";
import type { ResolvedScope } from "../../../../../agent/directory/feeds/scope.ts";
import { guidToId, idToGuid } from "../../../../../agent/directory/ldap/guid.ts";
import { resultError } from "../../../../../agent/directory/ldap/ldap-errors.ts";
import type { LdapResult } from "../../../../../agent/directory/ldap/ldap-result.ts";
import type {
  LdapStream,
  SearchRequest,
  StreamItem,
} from "../../../../../agent/directory/ldap/ldap-stream.ts";
import { LDAP_OID } from "../../../../../agent/directory/ldap/oids.ts";
import type { RootDse } from "../../../../../agent/directory/ldap/root-dse.ts";
import { silentLogger } from "../../../../../shared/logger.ts";

const DOMAIN = "DC=example,DC=com";
const NOW = Date.UTC(2026, 0, 1);
const ROOT_DSE: RootDse = {
  vendor: null,
  namingContexts: [DOMAIN],
  defaultNamingContext: DOMAIN,
  subschema: null,
  supportedControls: new Set([LDAP_OID.dirSync]),
  supportedExtensions: new Set(),
  supportedCapabilities: new Set([LDAP_OID.activeDirectory]),
  dnsHostName: "dc1.example.com",
  dsServiceName: `CN=NTDS Settings,${DOMAIN}`,
  highestCommittedUsn: 1n,
  currentTime: NOW,
  isActiveDirectory: true,
  isOpenLdap: false,
  is389Ds: false,
  changelog: null,
  isFreeIpa: false,
};
const BASE = { configured: `OU=Staff,${DOMAIN}`, dn: `OU=Staff,${DOMAIN}`, id: "0".repeat(32) };
const SCOPE: ResolvedScope = {
  bases: [BASE],
  roots: [BASE],
  filter: new PresenceFilter({ attribute: "objectClass" }),
  groupStamp: "",
  baseOf: () => BASE.configured,
};
const idOf = (number: number): string => number.toString(16).padStart(32, "0");

const entry = (id: string, attributes: Record<string, string> = {}): StreamItem => ({
  kind: "entry",
  entry: {
    dn: `CN=${id},${BASE.dn}`,
    attributes: new Map<string, readonly Buffer[]>([
      ["objectguid", [idToGuid(id)]],
      ...Object.entries(attributes).map(([name, value]) => [name, [Buffer.from(value)]] as const),
    ]),
    controls: new Map<string, Buffer>(),
  },
});
const result = (facts: Partial<LdapResult> = {}): LdapResult => ({
  code: 0,
  message: "",
  matchedDn: "",
  referrals: [],
  controls: new Map<string, Buffer>(),
  value: null,
  ...facts,
});
function page(cookie: string, more: boolean): StreamItem {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(more ? 1 : 0);
  writer.writeInt(0);
  writer.writeBuffer(Buffer.from(cookie), 4);
  writer.endSequence();
  const controls = new Map([[LDAP_OID.dirSync, Buffer.from(writer.buffer)]]);
  return { kind: "done", result: result({ controls }) };
}

/** Answers DirSync searches from a script, one after the other, and every other search with `others`. */
function scriptedStream(
  script: (readonly StreamItem[] | Error)[],
  others: (request: SearchRequest) => StreamItem[] = () => [],
): LdapStream {
  return {
    server: "dc1.example.com",
    rootDse: ROOT_DSE,
    readRootDse: () => Promise.resolve(ROOT_DSE),
    read: () => Promise.resolve([]),
    close: () => undefined,
    async *search(request) {
      await Promise.resolve();
      const isDirSync = request.controls?.some(({ oid }) => oid === LDAP_OID.dirSync) === true;
      const answer = isDirSync
        ? script.shift()
        : [...others(request), { kind: "done", result: result() } as const];
      if (answer === undefined) throw new Error("one search more than the script has");
      if (answer instanceof Error) throw answer;
      yield* answer;
    },
  };
}

async function read(stream: LdapStream, cookie: string): Promise<FeedEvent[]> {
  const run: FeedRun = {
    stream,
    sessions: undefined as never, // this feed reads over its stream alone
    scope: SCOPE,
    ids: createEntryIds("objectGUID"),
    attributes: ["objectGUID", "mobile"],
    pageSize: 100,
    position: { cookie: Buffer.from(cookie).toString("base64"), listed: NOW },
    reason: null,
    toCursor: (position) => JSON.stringify(position),
    toEntry: (raw) => ({
      id: guidToId(raw.attributes.get("objectguid")?.[0]),
      dn: raw.dn,
      base: BASE.configured,
      names: { userName: "jane", aliases: [], unusable: [] },
      enabled: true,
      protected: false,
      attributes: raw.attributes,
    }),
    idInScope: (raw) => guidToId(raw.attributes.get("objectguid")?.[0]),
    signal: new AbortController().signal,
    log: silentLogger,
  };
  const events: FeedEvent[] = [];
  for await (const event of dirSyncFeed.changes(run)) events.push(event);
  return events;
}

const tombstonesVisible = (request: SearchRequest): StreamItem[] =>
  request.base.startsWith("CN=Deleted Objects") ? [entry(idOf(99), { objectclass: "container" })] : [];

describe("the DirSync feed against a scripted server", () => {
  it("goes on while the server has more, over an empty page too, and keeps the last cookie", async () => {
    const stream = scriptedStream(
      [
        [entry(idOf(1), { mobile: "1" }), page("one", true)],
        [page("two", true)],
        [entry(idOf(2), { isdeleted: "TRUE" }), page("three", false)],
      ],
      tombstonesVisible,
    );

    const events = await read(stream, "zero");

    expect(events).to.deep.equal([
      { kind: "start", feed: "dirsync", full: false, reason: null },
      { kind: "gone", id: idOf(1), reason: "left_scope" },
      { kind: "gone", id: idOf(2), reason: "deleted" },
      {
        kind: "complete",
        cursor: JSON.stringify({ cookie: Buffer.from("three").toString("base64"), listed: NOW }),
        sweep: false,
      },
    ]);
  });

  for (const code of [12, 53, 50])
    it(`reads all users when the cookie is refused with code ${code.toString()}`, async () => {
      const refusal = resultError(result({ code, message: "00000057: LdapErr" }), "dc1.example.com");
      const stream = scriptedStream([refusal, [page("new", false)]]);

      const events = await read(stream, "old");

      expect(events[0]).to.deep.equal({
        kind: "start",
        feed: "dirsync",
        full: true,
        reason: "cookie_rejected",
      });
      expect(events.at(-1)).to.include({ kind: "complete", sweep: true });
    });

  it("does not end when the connection does", async () => {
    const stream = scriptedStream([new Error("closed")]);

    const outcome: unknown = await read(stream, "old").catch((error: unknown) => error);

    expect(String(outcome)).to.equal("Error: closed");
  });

  for (const code of [12, 53, 50])
    it(`leaves the work to another feed when DirSync is refused with code ${code.toString()}`, async () => {
      const refusal = resultError(result({ code }), "dc1.example.com");

      expect(await dirSyncFeed.unavailable(scriptedStream([refusal]), SCOPE)).to.match(/refuses DirSync/);
    });

  it("is not offered without the control, nor for a base of another domain", async () => {
    const stream = scriptedStream([]);
    const without = { ...stream, rootDse: { ...ROOT_DSE, supportedControls: new Set<string>() } };
    const elsewhere = { ...SCOPE, bases: [{ ...BASE, dn: "OU=Staff,DC=other,DC=com" }] };

    expect(await dirSyncFeed.unavailable(without, SCOPE)).to.match(/no DirSync control/);
    expect(await dirSyncFeed.unavailable(stream, elsewhere)).to.match(/not in the domain/);
  });
});
