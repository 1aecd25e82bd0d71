import { expect } from "chai";
import { PresenceFilter } from "ldapts";
import type { LdapSessions } from "../../../../../agent/directory/ldap/ldap-session.ts";
import { searchPaged, type SearchRequest } from "../../../../../agent/directory/ldap/ldap-stream.ts";
import { SERVER_COOL_DOWN_MS } from "../../../../../agent/directory/ldap/server-list.ts";
import { SessionPool } from "../../../../../agent/directory/ldap/session-pool.ts";
import { type OpenLdap, startOpenLdap } from "../../../../../lab/openldap.ts";
import { person, SYNC_ACCOUNT } from "../../../../../lab/openldap-people.ts";
import { systemClock } from "../../../../../shared/clock.ts";
import { type ErrorCode, isAppError } from "../../../../../shared/errors.ts";
import { silentLogger } from "../../../../../shared/logger.ts";
import { Secret } from "../../../../../shared/secret.ts";
import { directoryConfig, openDirectory } from "../../../../support/directory.ts";
import {
  type FakeLdapServer,
  type FakeRequest,
  startFakeLdapServer,
} from "../../../../support/fake-ldap-server.ts";
import { message, pagedCookie, result, searchEntry } from "../../../../support/ldap-bytes.ts";
import { sharedOpenLdap } from "../../../../support/openldap.ts";
import { startTcpProxy } from "../../../../support/tcp-proxy.ts";
import { waitFor } from "../../../../support/wait-for.ts";

const FAST = { connectTimeoutMs: 500, operationTimeoutMs: 500 };
const PEOPLE: SearchRequest = {
  base: "ou=people,dc=lab,dc=test",
  scope: "sub",
  filter: new PresenceFilter({ attribute: "uid" }),
  attributes: ["uid"],
};

function openSessions(
  server: { readonly url: string; readonly caFile: string },
  directory: Readonly<Record<string, unknown>> = {},
  clock = systemClock,
): LdapSessions {
  const accounts = { syncAccount: SYNC_ACCOUNT, writebackAccount: SYNC_ACCOUNT };
  const { directory: config } = directoryConfig({
    server: { ...server, ...accounts },
    bases: ["ou=people,dc=lab,dc=test"],
    directory,
  });
  return new SessionPool({ config, log: silentLogger, clock });
}

async function expectError(code: ErrorCode, attempt: () => Promise<unknown>): Promise<Error> {
  try {
    await attempt();
  } catch (error) {
    if (!isAppError(error, code)) throw error;
    return error;
  }
  throw new Error(`${code} was not thrown`);
}
const countPeople = (sessions: LdapSessions): Promise<number> =>
  sessions.use("read", async (session) => (await session.search(PEOPLE)).length);

describe("connections to a directory that misbehaves (T-25)", () => {
  let server: FakeLdapServer | undefined;
  let sessions: LdapSessions | undefined;
  afterEach(async () => {
    await sessions?.close();
    await server?.close();
  });
  const open = async (onRequest: (request: FakeRequest) => void, limits = FAST): Promise<LdapSessions> => {
    server = await startFakeLdapServer(onRequest);
    sessions = openSessions(server, limits);
    return sessions;
  };

  let nested = Buffer.alloc(0);
  for (let depth = 0; depth < 4000; depth += 1)
    nested = Buffer.concat([
      Buffer.from([0x30, 0x83, nested.length >> 16, nested.length >> 8, nested.length]),
      nested,
    ]);

  const BAD_DAYS: [string, ErrorCode, (request: FakeRequest) => void][] = [
    [
      "announces a gigabyte",
      "DIRECTORY_PROTOCOL",
      ({ socket }) => socket.write(Buffer.from("308440000000", "hex")),
    ],
    ["sends garbage", "DIRECTORY_PROTOCOL", ({ socket }) => socket.write("\0\xff\x13\x37 garbage")],
    [
      "sends an indefinite length",
      "DIRECTORY_PROTOCOL",
      ({ socket }) => socket.write(Buffer.from("3080020102", "hex")),
    ],
    ["answers what was never asked", "DIRECTORY_PROTOCOL", ({ socket }) => socket.write(result(99, 0x65))],
    [
      "answers with another operation",
      "DIRECTORY_PROTOCOL",
      ({ socket, messageId }) => socket.write(result(messageId, 0x67)),
    ],
    ["nests sequences 4,000 deep", "DIRECTORY_PROTOCOL", ({ socket }) => socket.write(nested)],
    ["says that it closes", "DIRECTORY_UNAVAILABLE", ({ socket }) => socket.write(noticeOfDisconnection())],
    [
      "closes in the middle of a message",
      "DIRECTORY_UNAVAILABLE",
      ({ socket }) => socket.end(Buffer.from([0x30, 0x20, 0x02])),
    ],
    ["resets", "DIRECTORY_UNAVAILABLE", ({ socket }) => socket.destroy()],
    ["says nothing", "DIRECTORY_TIMEOUT", () => undefined],
    [
      "is busy",
      "DIRECTORY_BUSY",
      ({ socket, messageId }) => socket.write(result(messageId, 0x65, 51, "busy")),
    ],
    [
      "sends elsewhere",
      "DIRECTORY_REFERRAL",
      ({ socket, messageId }) => socket.write(result(messageId, 0x65, 10)),
    ],
  ];
  for (const [what, code, behave] of BAD_DAYS)
    it(`gives ${code} when the server ${what}`, async () => {
      const memory = process.memoryUsage().rss;

      await expectError(code, async () => countPeople(await open(behave)));

      expect(process.memoryUsage().rss - memory).to.be.below(64 * 1024 * 1024);
    });

  it("goes on over an empty page while there is a cookie", async () => {
    const pages = [
      ["a", "next"],
      [null, "more"],
      ["b", ""],
    ] as const;
    let page = 0;
    const stream = await (
      await open(({ socket, messageId }) => {
        const [uid, cookie] = pages[page++] ?? [null, ""];
        const controls = { "1.2.840.113556.1.4.319": pagedCookie(cookie) };
        if (uid !== null) socket.write(searchEntry(messageId, { dn: `uid=${uid}`, attributes: {} }));
        socket.write(result(messageId, 0x65, 0, "", controls));
      })
    ).open("read");

    const found: string[] = [];
    for await (const { dn } of searchPaged(stream, PEOPLE, 2)) found.push(dn);

    expect(found).to.deep.equal(["uid=a", "uid=b"]);
    stream.close();
  });

  it("lets the server wait while the consumer is busy, and holds little meanwhile", async () => {
    const entries = 4000;
    let sent = 0;
    const stream = await (
      await open(({ socket, messageId }) => {
        const entry = searchEntry(messageId, {
          dn: "uid=a",
          attributes: { photo: [Buffer.alloc(16 * 1024, 7)] },
        });
        const write = (): void => {
          while (sent < entries) {
            sent += 1;
            if (!socket.write(entry)) {
              socket.once("drain", write);
              return;
            }
          }
          socket.write(result(messageId, 0x65));
        };
        write();
      })
    ).open("read");

    let taken = 0;
    for await (const item of stream.search(PEOPLE)) {
      if (item.kind !== "entry") continue;
      taken += 1;
      if (taken > 1) continue;
      let before = -1;
      await waitFor("the server to be held up", () => before === (before = sent), { everyMs: 50 });
      expect(sent).to.be.below(entries / 2);
    }

    expect(taken).to.equal(entries);
    stream.close();
  });

  it("abandons a search that is left early, and the connection stays good", async () => {
    const stream = await (
      await open(({ socket, messageId, operation }) => {
        if (operation !== 0x63) return;
        for (let n = 0; n < 50; n += 1)
          socket.write(searchEntry(messageId, { dn: `uid=${n}`, attributes: {} }));
      })
    ).open("read");

    for await (const item of stream.search(PEOPLE)) if (item.kind === "entry") break;

    await waitFor("the abandon request", () => server?.operations.includes(0x50));
    expect((await stream.readRootDse()).namingContexts).to.deep.equal(["dc=x"]);
    stream.close();
  });

  it("stops a search when it is told to", async () => {
    const stream = await (await open(() => undefined)).open("read");
    const stop = new AbortController();
    const search = expectError("DIRECTORY_UNAVAILABLE", async () => {
      for await (const item of stream.search(PEOPLE, stop.signal)) expect(item).to.equal(undefined);
    });
    await waitFor("the search", () => server?.operations.includes(0x63));
    stop.abort();

    await search;
    await waitFor("the abandon request", () => server?.operations.includes(0x50));
    stream.close();
  });

  it("sends together what is asked at once", async () => {
    const sessions = await open(({ messageId, socket }) => void socket.write(result(messageId, 0x65)));

    await sessions.use("read", async (session) => {
      const before = server?.arrivals.length;
      await Promise.all([session.search(PEOPLE), session.search(PEOPLE), session.search(PEOPLE)]);
      await session.search(PEOPLE);
      expect(server?.arrivals.slice(before)).to.deep.equal([3, 1]);
    });
  });

  it("keeps the connections that much work at once has made", async () => {
    const patient = { connectTimeoutMs: 10_000, operationTimeoutMs: 10_000 };
    const sessions = await open(
      ({ messageId, socket }) => void socket.write(result(messageId, 0x65)),
      patient,
    );
    const work = (): Promise<number[]> =>
      Promise.all(Array.from({ length: 24 }, () => countPeople(sessions)));

    await work();
    const made = server?.connections;
    await work();

    expect(made).to.equal(24);
    expect(server?.connections).to.equal(made);
  });

  it("does not let the fault of one piece of work touch another", async () => {
    let searches = 0;
    const limits = { connectTimeoutMs: 10_000, operationTimeoutMs: 3_000 };
    const open2 = await open(({ socket, messageId }) => {
      searches += 1;
      if (searches === 1) return; // this one is never answered
      socket.write(
        Buffer.concat([searchEntry(messageId, { dn: "uid=a", attributes: {} }), result(messageId, 0x65)]),
      );
    }, limits);

    const stuck = expectError("DIRECTORY_TIMEOUT", () => countPeople(open2));
    await waitFor("the first search", () => searches === 1);
    const others = await Promise.all(Array.from({ length: 8 }, () => countPeople(open2)));

    expect(others).to.deep.equal(Array.from({ length: 8 }, () => 1));
    await stuck;
  });
});

describe("connections to OpenLDAP", () => {
  let server: OpenLdap;
  const opened: LdapSessions[] = [];
  const open = (...args: Parameters<typeof openSessions>): LdapSessions => {
    const sessions = openSessions(...args);
    opened.push(sessions);
    return sessions;
  };
  before(async () => {
    server = await sharedOpenLdap();
  });
  afterEach(async () => {
    for (const sessions of opened.splice(0)) await sessions.close();
  });

  it("asks over ldaps:// and over StartTLS, and tells the certificate", async () => {
    const plain = { ...server, url: server.plainUrl };
    for (const sessions of [open(server), open(plain, { startTls: true })]) {
      expect(await countPeople(sessions)).to.be.at.least(50);
      const certificate = await sessions.use("read", (session) => Promise.resolve(session.certificate));
      expect(certificate.issuer).to.equal("Latchkey laboratory");
      expect(certificate.validUntil).to.be.above(Date.now());
      expect((await sessions.rootDse()).isOpenLdap).to.equal(true);
    }
  });

  it("refuses an authority it was not told of, and none at all (T-23)", async () => {
    const other = await startOpenLdap({ people: 1 });
    try {
      await expectError("DIRECTORY_CERTIFICATE_INVALID", () =>
        countPeople(open({ url: other.url, caFile: server.caFile })),
      );
      await expectError("DIRECTORY_CERTIFICATE_INVALID", () =>
        countPeople(open({ url: other.plainUrl, caFile: server.caFile }, { startTls: true })),
      );
      await expectError("DIRECTORY_CERTIFICATE_INVALID", () =>
        countPeople(open(other, { caFile: undefined })),
      );
    } finally {
      await other.stop();
    }
  });

  it("refuses a certificate made for another name", async () => {
    const other = await startOpenLdap({ people: 1, certificateNames: ["ldap.elsewhere.test"] });
    try {
      for (const [url, startTls] of [
        [other.url, false],
        [other.plainUrl, true],
      ] as const)
        await expectError("DIRECTORY_CERTIFICATE_INVALID", () =>
          countPeople(open({ ...other, url }, { startTls })),
        );
    } finally {
      await other.stop();
    }
  });

  it("says that its own sign-in was refused, without the password", async () => {
    const password = "wr0ng-Marker-Passw0rd";
    const sessions = open(server, { bind: { dn: SYNC_ACCOUNT.dn, password } });

    const error = await expectError("DIRECTORY_BIND_FAILED", () => countPeople(sessions));

    expect(JSON.stringify(error) + String(error) + String(error.cause)).to.not.contain(password);
  });

  it("tries a password on a connection of its own, and never an empty one", async () => {
    const sessions = open(server);
    const { dn, password } = person(5);

    expect((await sessions.bindOnce(dn, new Secret(password))).result.code).to.equal(0);
    expect((await sessions.bindOnce(dn, new Secret("wrong"))).result.code).to.equal(49);
    await expectError("PASSWORD_EMPTY", () => sessions.bindOnce(dn, new Secret("")));
    expect(await countPeople(sessions)).to.be.at.least(50); // as the service, still
  });

  it("gives nothing for a base that is not there, and too much as an error", async () => {
    const sessions = open(server);

    expect(
      await sessions.use("read", (session) => session.search({ ...PEOPLE, base: "ou=no,dc=lab,dc=test" })),
    ).to.be.empty;
    await expectError("DIRECTORY_ERROR", () => sessions.use("read", (session) => session.search(PEOPLE, 3)));
  });

  it("works again after the server was restarted", async () => {
    const own = await startOpenLdap({ people: 3 });
    try {
      const sessions = open(own);
      expect(await countPeople(sessions)).to.equal(3);
      await own.restart();

      expect(await countPeople(sessions)).to.equal(3);
    } finally {
      await own.stop();
    }
  });

  it("starts without the directory, and works when it comes", async () => {
    const own = await startOpenLdap({ people: 3 });
    try {
      await own.kill();
      const directory = await openDirectory({ server: own, bases: [own.peopleDn] });
      const find = () => directory.find("p00001", new AbortController().signal);
      expect(directory.server).to.equal(null);
      await expectError("DIRECTORY_UNAVAILABLE", find);

      await own.restart();

      expect(await find()).to.have.length(1);
      expect(directory.server).to.equal(`127.0.0.1:${own.port}`);
      await directory.close();
    } finally {
      await own.stop();
    }
  });

  it("goes to the second server while the first is down, and back after a while", async () => {
    const [first, second] = [await startTcpProxy(server.port), await startTcpProxy(server.port)];
    let now = 0;
    const clock = { ...systemClock, monotonicMs: () => now };
    const servers = [first, second].map(({ port }) => `ldaps://127.0.0.1:${port}`);
    const sessions = open(server, { servers, ...FAST }, clock);
    try {
      const serverInUse = (): Promise<string> =>
        sessions.use("read", ({ server: name }) => Promise.resolve(name));
      expect(await serverInUse()).to.equal(`127.0.0.1:${first.port}`);

      first.refuse();
      await waitFor("the second server", async () => (await serverInUse()) === `127.0.0.1:${second.port}`);

      first.heal();
      expect(await serverInUse()).to.equal(`127.0.0.1:${second.port}`);
      now += SERVER_COOL_DOWN_MS;
      expect(await serverInUse()).to.equal(`127.0.0.1:${first.port}`);
      expect(sessions.server).to.equal(`127.0.0.1:${first.port}`);
    } finally {
      await sessions.close();
      await first.close();
      await second.close();
    }
  });

  it("gives a frozen server up in time, and takes it again when it is back", async () => {
    const own = await startOpenLdap({ people: 3 });
    try {
      const sessions = open(own, FAST);
      expect(await countPeople(sessions)).to.equal(3);
      own.signal("SIGSTOP");

      let started = 0;
      const attempt = async (): Promise<unknown> => {
        started = performance.now();
        return countPeople(sessions);
      };
      await waitFor("the freeze", () =>
        attempt().then(
          () => false,
          (error: unknown) => isAppError(error, "DIRECTORY_TIMEOUT"),
        ),
      );
      expect(performance.now() - started).to.be.below(1500);

      own.signal("SIGCONT");
      expect(await countPeople(sessions)).to.equal(3);
    } finally {
      await own.stop();
    }
  });

  for (const [what, fail] of [
    ["goes silent", "blackhole"],
    ["breaks", "resetAll"],
  ] as const)
    it(`ends a feed without its last event when the connection ${what} in the middle`, async () => {
      const proxy = await startTcpProxy(server.port);
      const directory = await openDirectory({
        server: { ...server, url: `ldaps://127.0.0.1:${proxy.port}` },
        bases: [server.peopleDn],
        directory: { feed: "entrycsn", pageSize: 10, ...FAST },
      });
      try {
        const kinds: string[] = [];
        await expectError(fail === "blackhole" ? "DIRECTORY_TIMEOUT" : "DIRECTORY_UNAVAILABLE", async () => {
          for await (const { kind } of directory.changes(null, new AbortController().signal)) {
            kinds.push(kind);
            if (kinds.length === 5) proxy[fail]();
          }
        });
        expect(kinds).to.include("entry").and.not.include("complete");
      } finally {
        await directory.close();
        await proxy.close();
      }
    });
});

function noticeOfDisconnection(): Buffer {
  return message(0, 0x78, undefined, (writer) => {
    writer.writeEnumeration(52);
    writer.writeString("");
    writer.writeString("going down");
    writer.writeString("1.3.6.1.4.1.1466.20036", 0x8a);
  });
}
