import { expect } from "chai";
import { createEntryReader } from "../../../../../agent/directory/entries/entry-reader.ts";
import type { LdapSessions } from "../../../../../agent/directory/ldap/ldap-session.ts";
import { SessionPool } from "../../../../../agent/directory/ldap/session-pool.ts";
import { createPasswords } from "../../../../../agent/directory/passwords/passwords.ts";
import type { OpenLdap } from "../../../../../lab/openldap.ts";
import { systemClock } from "../../../../../shared/clock.ts";
import { silentLogger } from "../../../../../shared/logger.ts";
import { Secret } from "../../../../../shared/secret.ts";
import { countedSessions } from "../../../../support/counted-sessions.ts";
import { directoryConfig } from "../../../../support/directory.ts";
import { sharedOpenLdap } from "../../../../support/openldap.ts";
import { unprotected } from "../../../../support/unprotected.ts";

const WRONG = new Secret("Wr0ng-Passw0rd!");
const NOBODY = "f".repeat(32);

describe("the requests of a sign-in to the directory (T-01)", () => {
  let server: OpenLdap;
  let sessions: LdapSessions;
  let requestsOf: (userId: string) => Promise<{ lockout: string[]; signIn: string[] }>;

  before(async () => {
    server = await sharedOpenLdap();
    const config = directoryConfig({ server, bases: [server.peopleDn] });
    const asked: string[] = [];
    const facts = { log: silentLogger, clock: systemClock };
    sessions = new SessionPool({ config: config.directory, ...facts });
    const passwords = createPasswords({
      config: config.directory,
      ...facts,
      sessions: countedSessions(sessions, asked),
      dialectOf: () => "openldap",
      entries: () =>
        createEntryReader({
          dialect: "openldap",
          config: config.directory,
          attributes: config.attributes,
        }),
      scope: () => Promise.reject(new Error("not for a sign-in")),
      feeds: () => [],
      ...unprotected(),
    });
    requestsOf = async (userId) => {
      await passwords.lockout(userId);
      const lockout = asked.splice(0);
      expect(await passwords.checkSignIn(userId, WRONG)).to.include({ ok: false });
      return { lockout, signIn: asked.splice(0) };
    };
  });
  after(() => sessions.close());

  it("are the same for a member of groups, a locked account and an unknown user", async () => {
    const person = await server.addUser(server.peopleDn, {});
    const member = await server.addUser(server.peopleDn, {});
    await server.addGroup(server.dn("cn=Sign-in work inner,ou=groups"), [member.dn]);
    await server.addGroup(server.dn("cn=Sign-in work outer,ou=groups"), [
      server.dn("cn=Sign-in work inner,ou=groups"),
    ]);
    const disabled = await server.addUser(server.peopleDn, {});
    await server.set(disabled.dn, { pwdAccountLockedTime: "000001010000Z" });

    const locked = await server.addUser(server.peopleDn, {});
    for (let count = 0; count < 5; count++) await server.tryPassword(locked.dn, WRONG.reveal());

    const usual = await requestsOf(person.id);
    expect(usual.lockout).to.include("search");
    expect(usual.signIn).to.deep.equal(["search", "bind"]);
    for (const id of [member.id, disabled.id, locked.id, NOBODY])
      expect(await requestsOf(id)).to.deep.equal(usual);
  });
});
