import { expect } from "chai";
import { Attribute, Change } from "ldapts";
import { unknownAttributes } from "../../../../../agent/directory/entries/known-attributes.ts";
import { SessionPool } from "../../../../../agent/directory/ldap/session-pool.ts";
import { mapEntry } from "../../../../../agent/sync/map-entry.ts";
import { systemClock } from "../../../../../shared/clock.ts";
import { isAppError } from "../../../../../shared/errors.ts";
import { silentLogger } from "../../../../../shared/logger.ts";
import { shared389Ds } from "../../../../support/389-ds.ts";
import { sharedApacheDs } from "../../../../support/apacheds.ts";
import {
  collectFeed,
  directoryConfig,
  openDirectory,
  type TestDirectoryOptions,
} from "../../../../support/directory.ts";
import { sharedOpenLdap } from "../../../../support/openldap.ts";
import { sharedSambaAd } from "../../../../support/samba-ad.ts";

type Server = TestDirectoryOptions["server"] & {
  readonly peopleDn: string;
  addUser(
    parent?: string,
    attributes?: Readonly<Record<string, string>>,
  ): Promise<{ readonly name: string; readonly id: string; readonly dn: string }>;
};

/** Finds a user through this configuration and maps the entry, as a run does. */
async function syncedUser(options: TestDirectoryOptions, name: string) {
  const directory = await openDirectory(options);
  try {
    const [entry] = await directory.find(name, new AbortController().signal);
    if (entry === undefined) return null;
    const { attributes } = directoryConfig(options);
    return mapEntry(entry, { attributes, regionOf: () => "BE" });
  } finally {
    await directory.close();
  }
}

async function attributeCheck(options: TestDirectoryOptions) {
  const directory = await openDirectory(options);
  try {
    for await (const check of directory.check(null)) if (check.name === "attributes") return check;
    throw new Error("doctor has no such check");
  } finally {
    await directory.close();
  }
}

const serversWithAliases: readonly (readonly [string, () => Promise<Server>])[] = [
  ["OpenLDAP", sharedOpenLdap],
  ["389 Directory Server", shared389Ds],
  ["ApacheDS", sharedApacheDs],
];
const servers: typeof serversWithAliases = [...serversWithAliases, ["Active Directory", sharedSambaAd]];

for (const [name, shared] of serversWithAliases)
  describe(`an attribute by another of its names on ${name}`, function () {
    this.timeout(160_000);
    for (const [kind, attributes] of [
      ["alias", { userName: "userid", aliases: ["rfc822Mailbox"], mobile: "mobileTelephoneNumber" }],
      ["OID", { mobile: "0.9.2342.19200300.100.1.41" }],
    ] as const)
      it(`gives the value that the server keeps, by ${kind}`, async () => {
        const server = await shared();
        const mail = `${kind}.${Date.now()}@example.com`;
        const user = await server.addUser(undefined, { mobile: "+32 470 11 11 12", mail });
        const options = { server, bases: [server.peopleDn], attributes };

        expect(await syncedUser(options, user.name)).to.deep.include({ kind: "user" });
        expect((await syncedUser(options, mail.toLowerCase())) ?? {}).to.have.nested.include({
          "user.userName": user.name,
          "user.mobile": "+32470111112",
        });
        expect(await attributeCheck(options)).to.include({ status: "pass" });
      });
  });

for (const [name, shared] of servers)
  describe(`a mistyped attribute on ${name}`, function () {
    this.timeout(160_000);
    for (const [key, options] of [
      ["attributes.mobile", { attributes: { mobile: "mobilePhone" } }],
      ["attributes.userName", { attributes: { userName: "uidd" } }],
      ["directory.idAttribute", { directory: { idAttribute: "entryUIDD" } }],
      ["directory.filter", { directory: { filter: "(&(objectClass=person)(mobilee=*))" } }],
    ] as const)
      it(`in ${key} fails doctor and the run, and does not mean that nobody has one`, async () => {
        const server = await shared();
        const setup = { server, bases: [server.peopleDn], ...options };

        const check = await attributeCheck(setup);
        const directory = await openDirectory(setup);
        const failure = await collectFeed(directory, null).catch((error: unknown) => error);
        await directory.close();

        expect(check).to.include({ status: "fail" });
        expect(check.detail).to.contain(`${key}: the directory has no attribute`);
        expect(isAppError(failure, "CONFIG_INVALID") && failure.message).to.contain(key);
      });

    it("is answered with the name that looks most like it", async () => {
      const server = await shared();

      const { detail } = await attributeCheck({
        server,
        bases: [server.peopleDn],
        attributes: { mobile: "mobilePhone" },
      });

      expect(detail).to.match(/Did you mean mobile\?/);
    });
  });

describe("an attribute that is added to the schema while the agent runs", function () {
  this.timeout(160_000);
  it("is found with the next connection, without a restart", async () => {
    const server = await shared389Ds();
    const attribute = `privatePhone${Date.now()}`;
    const { directory: config, attributes } = directoryConfig({
      server,
      bases: [server.peopleDn],
      attributes: { mobile: attribute },
    });
    const pool = new SessionPool({ config, log: silentLogger, clock: systemClock });
    const isKnown = async (): Promise<boolean> => {
      (await pool.open("read")).close();
      return pool.schema !== null && unknownAttributes(config, attributes, pool.schema).length === 0;
    };
    expect(await isKnown()).to.equal(false);

    const values = [
      `( 1.3.6.1.4.1.99999.${Date.now()} NAME '${attribute}' SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )`,
    ];
    const modification = new Attribute({ type: "attributeTypes", values });
    await (await server.admin()).modify("cn=schema", new Change({ operation: "add", modification }));
    pool.doubtSchema();

    expect(await isKnown()).to.equal(true);
    await pool.close();
  });
});

describe("an attribute with an option on OpenLDAP", () => {
  it("gives its value where the attribute has none without option", async () => {
    const server = await sharedOpenLdap();
    const user = await server.addUser(undefined, { "mobile;lang-nl": "+32 470 11 11 11" });

    const mapped = await syncedUser({ server, bases: [server.peopleDn] }, user.name);

    expect(mapped).to.have.nested.include({ "user.mobile": "+32470111111" });
  });
});

describe("a filter on several lines", () => {
  it("finds those whom it finds on one line", async () => {
    const server = await sharedOpenLdap();
    const user = await server.addUser(undefined, { mobile: "+32 470 11 11 13" });
    const filter = "(&\n  (objectClass=inetOrgPerson)\n  (mobile=*)\n)\n";

    const options = { server, bases: [server.peopleDn], directory: { filter } };

    expect(await syncedUser(options, user.name)).to.include({ kind: "user" });
  });
});

describe("an id that the directory writes without hyphens and in uppercase", () => {
  it("finds its account again by that id, so that a reset reaches it", async () => {
    const server = await sharedOpenLdap();
    const user = await server.addUser(undefined, { employeeNumber: "E2A17B9C0D3F4E5581A2B3C4D5E6F708" });
    const directory = await openDirectory({
      server,
      bases: [server.peopleDn],
      directory: { idAttribute: "employeeNumber" },
    });

    const account = await directory.account("e2a17b9c0d3f4e5581a2b3c4d5e6f708");

    expect(account?.dn).to.equal(user.dn);
    await directory.close();
  });
});
