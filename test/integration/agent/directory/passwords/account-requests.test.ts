import { expect } from "chai";
import { PresenceFilter } from "ldapts";
import type { PasswordPart } from "../../../../../agent/directory/directory-context.ts";
import { createEntryReader } from "../../../../../agent/directory/entries/entry-reader.ts";
import type { LdapSessions } from "../../../../../agent/directory/ldap/ldap-session.ts";
import { SessionPool } from "../../../../../agent/directory/ldap/session-pool.ts";
import { createPasswords } from "../../../../../agent/directory/passwords/passwords.ts";
import type { AddedPerson } from "../../../../../lab/ldap-admin.ts";
import type { OpenLdap } from "../../../../../lab/openldap.ts";
import { systemClock } from "../../../../../shared/clock.ts";
import { silentLogger } from "../../../../../shared/logger.ts";
import { Secret } from "../../../../../shared/secret.ts";
import { countedSessions } from "../../../../support/counted-sessions.ts";
import { directoryConfig } from "../../../../support/directory.ts";
import { sharedOpenLdap } from "../../../../support/openldap.ts";
import { unprotected } from "../../../../support/unprotected.ts";

const USER = "write: search";
const GROUPS = "write: search";
const POLICY_IN_TWO_CONTEXTS = ["write: search", "write: search"];
const SCOPE = "read: search";

describe("the requests of an account look-up to the directory", () => {
  let server: OpenLdap;
  let sessions: LdapSessions;
  let passwords: PasswordPart;
  let person: AddedPerson;
  const asked: string[] = [];

  before(async () => {
    server = await sharedOpenLdap();
    const config = directoryConfig({ server, bases: [server.peopleDn] });
    const facts = { config: config.directory, log: silentLogger, clock: systemClock };
    sessions = new SessionPool(facts);
    const filter = new PresenceFilter({ attribute: "uid" });
    passwords = createPasswords({
      ...facts,
      sessions: countedSessions(sessions, asked, { who: true }),
      dialectOf: () => "openldap",
      entries: () =>
        createEntryReader({
          dialect: "openldap",
          config: config.directory,
          attributes: config.attributes,
        }),
      scope: () =>
        Promise.resolve({ bases: [], roots: [], filter, groupStamp: "", baseOf: () => server.peopleDn }),
      feeds: () => [],
      ...unprotected(),
    });
    person = await server.addUser();
  });
  after(() => sessions.close());
  beforeEach(() => void asked.splice(0));

  it("read the entry first, and then all other facts at once", async () => {
    const found = await passwords.look(person.id);

    expect(found?.account).to.include({ inScope: true, locked: false });
    expect(found?.rule.minLength).to.equal(10);
    expect(asked).to.have.members([USER, SCOPE, GROUPS, ...POLICY_IN_TWO_CONTEXTS]);
    expect(asked[0]).to.equal(USER);
  });

  it("leave out the policy when the rule is not asked for", async () => {
    await passwords.account(person.id);

    expect(asked).to.have.members([USER, SCOPE, GROUPS]);
  });

  const reset = (password: string) =>
    passwords.applyPassword(
      {
        operation: "reset",
        userId: person.id,
        mustChange: false,
        unlock: true,
        newPassword: new Secret(password),
      },
      () => Promise.resolve(),
    );

  it("are one read before a reset, and none after it when the account was not locked", async () => {
    expect(await reset("G00d-Enough-Passw0rd")).to.include({ state: "applied", unlocked: true });

    expect(asked).to.deep.equal([USER, "write: extended"]);
  });

  it("read the policies once for the state and the rule of a user whose password was set", async () => {
    const found = await passwords.look(person.id);

    expect(found?.rule.minLength).to.equal(10);
    expect(asked).to.have.members([USER, SCOPE, GROUPS, ...POLICY_IN_TWO_CONTEXTS]);
  });

  it("include another read after it when the account was locked, to see whether it still is", async () => {
    for (let count = 0; count < 5; count++) await server.tryPassword(person.dn, "Wr0ng-Passw0rd!");

    expect(await reset("An0ther-G00d-Passw0rd")).to.include({ state: "applied", unlocked: true });

    expect(asked).to.deep.equal([USER, "write: extended", USER]);
  });
});
