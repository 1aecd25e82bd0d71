import { expect } from "chai";
import { createDirectory } from "../../../../../agent/directory/create-directory.ts";
import type { Directory, PasswordOrder } from "../../../../../agent/directory/directory.ts";
import { createEntryReader } from "../../../../../agent/directory/entries/entry-reader.ts";
import type { LdapSessions } from "../../../../../agent/directory/ldap/ldap-session.ts";
import { SessionPool } from "../../../../../agent/directory/ldap/session-pool.ts";
import type { PasswordDialect } from "../../../../../agent/directory/passwords/password-dialect.ts";
import { ldapPasswords } from "../../../../../agent/directory/passwords/passwords-ldap.ts";
import type { AddedPerson } from "../../../../../lab/ldap-admin.ts";
import { type OpenLdap, startOpenLdap } from "../../../../../lab/openldap.ts";
import { systemClock } from "../../../../../shared/clock.ts";
import { silentLogger } from "../../../../../shared/logger.ts";
import { Secret } from "../../../../../shared/secret.ts";
import type { Verdict } from "../../../../../shared/writeback.ts";
import { AWKWARD_PASSWORDS } from "../../../../support/awkward-passwords.ts";
import { directoryConfig } from "../../../../support/directory.ts";
import { sharedOpenLdap } from "../../../../support/openldap.ts";
import { waitFor } from "../../../../support/wait-for.ts";

const GOOD = "G00d-Enough-Passw0rd";
const WRONG = "Wr0ng-Passw0rd!";

describe("passwords in OpenLDAP", () => {
  let server: OpenLdap;
  let directory: Directory;
  let user: AddedPerson;

  const apply = (facts: Partial<PasswordOrder> & Pick<PasswordOrder, "operation">): Promise<Verdict> =>
    directory.applyPassword(
      {
        userId: user.id,
        mustChange: false,
        unlock: false,
        ...(facts.operation === "unlock" ? {} : { newPassword: new Secret(GOOD) }),
        ...(facts.operation === "change" ? { oldPassword: new Secret(user.password) } : {}),
        ...facts,
      },
      () => Promise.resolve(),
    );
  const signIn = (password: string) => directory.checkSignIn(user.id, new Secret(password));
  const lock = async (): Promise<void> => {
    for (let attempt = 0; attempt < 5; attempt++) await server.tryPassword(user.dn, WRONG);
  };

  before(async () => {
    server = await sharedOpenLdap();
    const config = directoryConfig({ server, bases: [server.peopleDn] });
    directory = await createDirectory({
      config: config.directory,
      attributes: config.attributes,
      protectedGroups: [server.dn("cn=Guarded Passwords,ou=groups")],
      deny: [],
      log: silentLogger,
      clock: systemClock,
    });
  });
  after(() => directory.close());
  beforeEach(async () => {
    user = await server.addUser(server.peopleDn, { displayName: "Pass Tester" });
  });

  it("resets by the password modify operation", async () => {
    const verdict = await apply({ operation: "reset" });

    expect(verdict).to.include({ state: "applied", code: null, passwordSet: true, mustChange: false });
    expect(await signIn(GOOD)).to.deep.equal({ ok: true, mustChange: false });
    expect(await signIn(user.password)).to.deep.equal({ ok: false, reason: "wrong" });
  });

  it("resets, unlocks and asks for a change at the next sign-in", async () => {
    await lock();
    expect(await directory.account(user.id)).to.include({ locked: true });
    expect(await signIn(user.password)).to.deep.equal({ ok: false, reason: "locked" });

    const verdict = await apply({ operation: "reset", unlock: true, mustChange: true });

    expect(verdict).to.include({ state: "applied", passwordSet: true, unlocked: true, mustChange: true });
    expect(await signIn(GOOD)).to.deep.equal({ ok: true, mustChange: true });
    expect(await directory.account(user.id)).to.include({ locked: false, mustChange: true });
  });

  it("unlocks without changing the password, also an account that is not locked", async () => {
    await lock();
    for (const round of [1, 2]) {
      const verdict = await apply({ operation: "unlock" });
      expect(verdict, `round ${round.toString()}`).to.include({
        state: "applied",
        unlocked: true,
        passwordSet: false,
      });
    }

    expect(await signIn(user.password)).to.deep.equal({ ok: true, mustChange: false });
  });

  it("changes with the old password", async () => {
    expect(await apply({ operation: "change" })).to.include({ state: "applied", passwordSet: true });
    expect(await signIn(GOOD)).to.deep.equal({ ok: true, mustChange: false });
  });

  const refusals: readonly {
    what: string;
    facts: () => Promise<Partial<PasswordOrder> & Pick<PasswordOrder, "operation">>;
    state: Verdict["state"];
    code: Verdict["code"];
  }[] = [
    {
      what: "it is too short",
      facts: () => Promise.resolve({ operation: "reset", newPassword: new Secret("Sh0rt!") }),
      state: "rejected",
      code: "PASSWORD_TOO_SHORT",
    },
    {
      what: "it was used before",
      facts: async () => {
        await apply({ operation: "reset" });
        return { operation: "reset", newPassword: new Secret(user.password) };
      },
      state: "rejected",
      code: "PASSWORD_IN_HISTORY",
    },
    {
      what: "the old password is wrong",
      facts: () => Promise.resolve({ operation: "change", oldPassword: new Secret(WRONG) }),
      state: "rejected",
      code: "OLD_PASSWORD_WRONG",
    },
    {
      what: "it is empty",
      facts: () => Promise.resolve({ operation: "reset", newPassword: new Secret("") }),
      state: "rejected",
      code: "PASSWORD_EMPTY",
    },
    {
      what: "the user was deleted",
      facts: async () => {
        await server.delete(user.dn);
        return { operation: "reset" };
      },
      state: "not_found",
      code: "DIRECTORY_USER_NOT_FOUND",
    },
  ];
  for (const { what, facts, state, code } of refusals)
    it(`says ${code ?? ""} when ${what}`, async () => {
      expect(await apply(await facts())).to.include({ state, code, passwordSet: false });
    });

  it("gives the rule with a refusal, and by itself", async () => {
    const rule = {
      minLength: 10,
      historyLength: 3,
      complexity: null,
      minAgeSeconds: 0,
      source: "ppolicy",
    };

    const verdict = await apply({ operation: "reset", newPassword: new Secret("Sh0rt!") });

    expect(verdict.rule).to.deep.equal(rule);
    expect((await directory.look(user.id))?.rule).to.deep.equal(rule);
  });

  it("says that the right is missing where it is", async () => {
    const config = directoryConfig({
      server,
      bases: [server.peopleDn],
      directory: { writebackBind: server.syncAccount },
    });
    const powerless = await createDirectory({
      config: config.directory,
      attributes: config.attributes,
      protectedGroups: [],
      deny: [],
      log: silentLogger,
      clock: systemClock,
    });
    try {
      const verdict = await powerless.applyPassword(
        {
          operation: "reset",
          userId: user.id,
          newPassword: new Secret(GOOD),
          mustChange: false,
          unlock: false,
        },
        () => Promise.resolve(),
      );
      expect(verdict).to.include({ state: "rejected", code: "DIRECTORY_ACCESS_DENIED" });
    } finally {
      await powerless.close();
    }
  });

  for (const { what, password } of AWKWARD_PASSWORDS)
    it(`sets a password that opens the account: ${what}`, async () => {
      const verdict = await apply({ operation: "reset", newPassword: new Secret(password) });

      expect(verdict.state).to.equal("applied");
      expect(await signIn(password)).to.deep.equal({ ok: true, mustChange: false });
    });

  it("reads the state of an account", async () => {
    const before = await directory.account(user.id);
    await apply({ operation: "reset" });
    await apply({ operation: "reset", newPassword: new Secret(`${GOOD}-2`) });
    const after = await directory.account(user.id);

    expect(before).to.include({ id: user.id, dn: user.dn, enabled: true, expired: false, locked: false });
    expect(before).to.include({
      mustChange: false,
      protected: false,
      inScope: true,
      displayName: "Pass Tester",
    });
    expect(before?.names).to.include(user.name);
    expect(before?.mark.changed).not.to.equal(after?.mark.changed);
    expect(await directory.account("f".repeat(32))).to.equal(null);
  });

  for (const [attribute, value, state] of [
    ["pwdEndTime", "202001010000Z", { expired: true, unreadable: [] }],
    ["pwdEndTime", "20200101000000+0100", { expired: true, unreadable: [] }],
    ["pwdEndTime", "2020010100Z", { expired: true, unreadable: [] }],
    ["pwdEndTime", "209901010000Z", { expired: false, unreadable: [] }],
    ["pwdStartTime", "209901010000Z", { expired: true, unreadable: [] }],
  ] as const)
    it(`takes an account with ${attribute} ${value} as ${state.expired ? "expired" : "open"}`, async () => {
      await server.set(user.dn, { [attribute]: value });

      const { expired, unreadable } = (await directory.account(user.id)) ?? {};
      expect({ expired, unreadable }).to.deep.equal(state);
    });

  it("takes an account that an administrator locked for good as disabled", async () => {
    await server.set(user.dn, { pwdAccountLockedTime: "000001010000Z" });

    expect(await directory.account(user.id)).to.include({ enabled: false, locked: true });
  });

  it("finds protected groups through groups in groups, and the agent's own accounts", async () => {
    const inner = server.dn(`cn=Inner ${user.name},ou=groups`);
    const outer = server.dn("cn=Guarded Passwords,ou=groups");
    await server.addGroup(inner, [user.dn]);
    await server.addGroup(outer, [inner]);

    const state = await directory.account(user.id);

    expect(state?.protected).to.equal(true);
    expect(state?.groups).to.have.members([inner, outer]);
  });

  it("says that a user outside the bases is out of scope, not gone", async () => {
    await server.move(user.dn, `uid=${user.name},${server.dn("ou=outside")}`);

    expect(await directory.account(user.id)).to.include({ inScope: false });
  });

  describe("where the password modify operation is missing", () => {
    let sessions: LdapSessions;
    let dialect: PasswordDialect;

    before(() => {
      const { directory: config, attributes } = directoryConfig({ server, bases: [server.peopleDn] });
      sessions = new SessionPool({ config, log: silentLogger, clock: systemClock });
      dialect = ldapPasswords(
        {
          config,
          sessions,
          entries: () => createEntryReader({ dialect: "generic", config, attributes }),
          log: silentLogger,
          clock: systemClock,
        },
        "generic",
      );
    });
    after(() => sessions.close());

    const applyByModify = (order: Omit<PasswordOrder, "userId">): Promise<Verdict> =>
      sessions.use("write", (session) => {
        const rootDse = { ...session.rootDse, supportedExtensions: new Set<string>() };
        const plain = { ...session, rootDse };
        return dialect.apply(plain, { ...order, userId: user.id }, () => Promise.resolve());
      });
    const newPassword = new Secret(GOOD);

    it("resets, unlocks and asks for a change at the next sign-in by modifies", async () => {
      await lock();

      const verdict = await applyByModify({
        operation: "reset",
        newPassword,
        unlock: true,
        mustChange: true,
      });

      expect(verdict).to.include({ state: "applied", passwordSet: true, unlocked: true, mustChange: true });
      expect(await signIn(GOOD)).to.deep.equal({ ok: true, mustChange: true });
    });

    it("looks at the old password before a change", async () => {
      const plain = { operation: "change", newPassword, unlock: false, mustChange: false } as const;

      const wrong = await applyByModify({ ...plain, oldPassword: new Secret(WRONG) });
      const right = await applyByModify({ ...plain, oldPassword: new Secret(user.password) });

      expect(wrong).to.include({ state: "rejected", code: "OLD_PASSWORD_WRONG" });
      expect(right).to.include({ state: "applied", passwordSet: true });
      expect(await signIn(GOOD)).to.deep.equal({ ok: true, mustChange: false });
    });

    it("names the broken rule", async () => {
      const verdict = await applyByModify({
        operation: "reset",
        newPassword: new Secret("Sh0rt!"),
        unlock: false,
        mustChange: false,
      });

      expect(verdict).to.include({ state: "rejected", code: "PASSWORD_TOO_SHORT" });
      expect(verdict.rule?.minLength).to.equal(10);
    });
  });

  it("says unknown when the answer was lost", async () => {
    const own = await startOpenLdap();
    const config = directoryConfig({
      server: own,
      bases: [own.peopleDn],
      directory: { operationTimeoutMs: 500 },
    });
    const impatient = await createDirectory({
      config: config.directory,
      attributes: config.attributes,
      protectedGroups: [],
      deny: [],
      log: silentLogger,
      clock: systemClock,
    });
    try {
      const userId = await own.idOf("p00001");
      const newPassword = new Secret(GOOD);
      const order: PasswordOrder = {
        operation: "reset",
        userId,
        newPassword,
        mustChange: false,
        unlock: false,
      };
      // Before it is sent, an answer that is late on a busy machine is a fault, and it may be asked again.
      const verdict = await waitFor("the order to be sent", () =>
        impatient.applyPassword(order, () => own.freeze()),
      );
      expect(verdict).to.include({ state: "unknown", code: "VERDICT_UNKNOWN" });
    } finally {
      await impatient.close();
      await own.stop();
    }
  });
});
