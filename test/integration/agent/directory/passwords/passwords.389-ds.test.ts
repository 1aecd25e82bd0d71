import { expect } from "chai";
import type { Directory, PasswordOrder } from "../../../../../agent/directory/directory.ts";
import { type Ds389, start389Ds } from "../../../../../lab/389-ds.ts";
import type { AddedPerson } from "../../../../../lab/ldap-admin.ts";
import { Secret } from "../../../../../shared/secret.ts";
import type { Verdict } from "../../../../../shared/writeback.ts";
import { openDirectory } from "../../../../support/directory.ts";
import { waitFor } from "../../../../support/wait-for.ts";

const GOOD = "G00d-Enough-Passw0rd";
const WRONG = "Wr0ng-Passw0rd!";

describe("passwords in 389 Directory Server", function () {
  this.timeout(60_000); // the first start makes the folder that all others copy
  let server: Ds389;
  let directory: Directory;
  let administrators: Directory;
  let user: AddedPerson;

  const apply = (
    facts: Partial<PasswordOrder> & Pick<PasswordOrder, "operation">,
    by: Directory = directory,
  ): Promise<Verdict> =>
    by.applyPassword(
      {
        userId: user.id,
        mustChange: false,
        unlock: facts.operation !== "change",
        ...(facts.operation === "unlock" ? {} : { newPassword: new Secret(GOOD) }),
        ...(facts.operation === "change" ? { oldPassword: new Secret(user.password) } : {}),
        ...facts,
      },
      () => Promise.resolve(),
    );
  const signIn = (password: string) => directory.checkSignIn(user.id, new Secret(password));
  const account = () => directory.account(user.id);
  /** Changes settings of cn=config for one test. */
  const withSettings = async (changed: Record<string, string>, work: () => Promise<void>): Promise<void> => {
    const client = await server.admin();
    const { searchEntries } = await client.search("cn=config", {
      scope: "base",
      attributes: Object.keys(changed),
      timeLimit: 0,
    });
    const before = Object.keys(changed).map((name) => [name, String(searchEntries[0]?.[name])] as const);
    await server.set("cn=config", changed);
    try {
      await work();
    } finally {
      await server.set("cn=config", Object.fromEntries(before));
    }
  };

  before(async () => {
    server = await start389Ds(); // of its own: the tests change its configuration
    directory = await openDirectory({ server, bases: [server.peopleDn] });
    const writebackBind = server.passwordAdministrator;
    administrators = await openDirectory({ server, bases: [server.peopleDn], directory: { writebackBind } });
  });
  after(async () => {
    await directory.close();
    await administrators.close();
    await server.stop();
  });
  beforeEach(async () => {
    user = await server.addUser(server.peopleDn, { displayName: "Pass Tester" });
  });

  it("resets, and the user signs in with the new password alone", async () => {
    expect(await apply({ operation: "reset" })).to.include({ state: "applied", passwordSet: true });

    expect(await signIn(GOOD)).to.deep.equal({ ok: true, mustChange: false });
    expect(await signIn(user.password)).to.deep.equal({ ok: false, reason: "wrong" });
  });

  it("locks by wrong passwords, unlocks, and the user signs in", async () => {
    await server.lock(user.dn);
    expect(await account()).to.include({ locked: true, enabled: true, expired: false });
    expect(await signIn(user.password)).to.deep.equal({ ok: false, reason: "locked" });

    expect(await apply({ operation: "unlock" })).to.include({ state: "applied", unlocked: true });

    expect(await account()).to.include({ locked: false });
    expect(await signIn(user.password)).to.deep.equal({ ok: true, mustChange: false });
  });

  it("unlocks as a password administrator", async () => {
    await server.lock(user.dn);

    expect(await apply({ operation: "unlock" }, administrators)).to.include({ unlocked: true });
    expect(await signIn(user.password)).to.deep.equal({ ok: true, mustChange: false });
  });

  it("sees and ends a lock without an end (passwordUnlock off)", () =>
    withSettings({ passwordUnlock: "off" }, async () => {
      await server.lock(user.dn);
      expect(await account()).to.include({ locked: true });

      expect(await apply({ operation: "unlock" })).to.include({ state: "applied", unlocked: true });
      expect(await signIn(user.password)).to.deep.equal({ ok: true, mustChange: false });
    }));

  it("resets and unlocks a locked account, which is open afterwards and said to be", async () => {
    await server.lock(user.dn);

    const verdict = await apply({ operation: "reset" });

    expect(verdict).to.include({ state: "applied", passwordSet: true, unlocked: true });
    expect(await account()).to.include({ locked: false });
    expect(await signIn(GOOD)).to.deep.equal({ ok: true, mustChange: false });
  });

  it("counts wrong passwords before the lockout", async () => {
    for (let tries = 0; tries < 2; tries++) await server.tryPassword(user.dn, WRONG);

    const lockout = await directory.lockout(user.id);
    expect(lockout).to.include({ locked: false, failures: 2 });
  });

  it("changes with the old password, and not with a wrong one", async () => {
    const wrong = await apply({ operation: "change", oldPassword: new Secret(WRONG) });
    expect(wrong).to.include({ state: "rejected", code: "OLD_PASSWORD_WRONG" });

    expect(await apply({ operation: "change" })).to.include({ state: "applied", passwordSet: true });
    expect(await signIn(GOOD)).to.deep.equal({ ok: true, mustChange: false });
  });

  it("names the rule that refused a password", async () => {
    await apply({ operation: "reset" });

    const short = await apply({ operation: "reset", newPassword: new Secret("Shor7") });
    expect(short).to.include({ state: "rejected", code: "PASSWORD_TOO_SHORT" });
    expect(await apply({ operation: "reset" })).to.include({ code: "PASSWORD_IN_HISTORY" });
    await withSettings({ passwordMinDigits: "3" }, async () => {
      const plain = await apply({ operation: "reset", newPassword: new Secret("Only-Letters-Here") });
      expect(plain).to.include({ code: "PASSWORD_COMPLEXITY" });
    });
  });

  it("takes an inactivated account as disabled", async () => {
    await server.set(user.dn, { nsAccountLock: "TRUE" });

    expect(await account()).to.include({ enabled: false, locked: false });
    expect(await signIn(user.password)).to.deep.equal({ ok: false, reason: "disabled" });
  });

  it("takes an account that a role inactivates as disabled", async () => {
    await addDisabledRole(server);
    await server.set(user.dn, { nsRoleDN: server.dn("cn=nsManagedDisabledRole") });
    // The server answers before it applies a new role.
    const client = await server.admin();
    await waitFor("the server to apply the role", async () => {
      const { searchEntries } = await client.search(user.dn, {
        scope: "base",
        attributes: ["nsAccountLock"],
      });
      return searchEntries[0]?.["nsAccountLock"] === "true";
    });
    const [found] = await directory.find(user.name, new AbortController().signal);

    expect(found).to.include({ enabled: false });
    expect(await account()).to.include({ enabled: false });
    expect(await signIn(user.password)).to.deep.equal({ ok: false, reason: "disabled" });
  });

  it("takes a password that has expired as one to be changed, not as an account that has", () =>
    withSettings({ passwordExp: "on" }, async () => {
      await server.set(user.dn, { passwordExpirationTime: "20200101000000Z" });

      expect(await account()).to.include({ expired: false, mustChange: true });
      expect(await signIn(user.password)).to.deep.equal({ ok: true, mustChange: true });
      expect(await signIn(WRONG)).to.deep.equal({ ok: false, reason: "wrong" });
    }));

  it("takes an account as expired that was inactive for too long (Account Policy plugin)", async () => {
    const policy = server.dn(`cn=inactive-${user.name}`);
    await (
      await server.admin()
    ).add(policy, {
      objectClass: ["top", "ldapsubentry", "extensibleObject", "accountpolicy"],
      accountInactivityLimit: "86400",
    });
    await server.set(user.dn, { acctPolicySubentry: policy, lastLoginTime: "20200101000000Z" });
    expect(await account()).to.include({ expired: true });

    await server.set(user.dn, { acctPolicySubentry: server.dn("cn=nowhere") });
    expect((await account())?.unreadable).to.deep.equal(["acctPolicySubentry"]);
  });

  it("claims must-change exactly where the server asks for it", async () => {
    const asked = await apply({ operation: "reset", mustChange: true });
    expect(asked).to.include({ state: "applied", mustChange: false });
    expect(await signIn(GOOD)).to.deep.equal({ ok: true, mustChange: false });

    await withSettings({ passwordMustChange: "on" }, async () => {
      const newPassword = new Secret(`${GOOD}-2`);
      const byAdministrator = await apply({ operation: "reset", newPassword }, administrators);
      expect(byAdministrator).to.include({ state: "applied", mustChange: true });
      expect(await account()).to.include({ mustChange: true });
      expect(await signIn(`${GOOD}-2`)).to.deep.equal({ ok: true, mustChange: true });
    });
  });

  for (const { what, limit, useUp } of [
    {
      what: "was tried too often",
      limit: { passwordTPRMaxUse: "2" },
      useUp: async () => {
        for (let tries = 0; tries < 2; tries++) await server.tryPassword(user.dn, WRONG);
      },
    },
    {
      what: "is too old",
      limit: { passwordTPRDelayExpireAt: "3" }, // whole seconds: 2 to 3 of them
      useUp: () =>
        waitFor("the temporary password to end", async () =>
          (await server.tryPassword(user.dn, GOOD)).includes("TPR checking"),
        ),
    },
  ])
    it(`says that an account is locked, and not that it is unlocked, when its temporary password ${what}`, () =>
      withSettings({ passwordMustChange: "on", ...limit }, async () => {
        expect(await apply({ operation: "reset" }, administrators)).to.include({ unlocked: true });
        await useUp();

        expect(await server.tryPassword(user.dn, GOOD)).to.match(/TPR checking/);
        expect(await account()).to.include({ locked: true });
        expect(await apply({ operation: "unlock" })).to.include({ state: "not_applied", unlocked: false });

        const enough = Object.keys(limit).map((setting) => [setting, "100"] as const);
        await server.set("cn=config", Object.fromEntries(enough));
        const newPassword = new Secret(`${GOOD}-2`);
        expect(await apply({ operation: "reset", newPassword }, administrators)).to.include({
          unlocked: true,
        });
        expect(await signIn(`${GOOD}-2`)).to.deep.equal({ ok: true, mustChange: true });
      }));

  it("reads the policy that a user's entry names, and none where cn=config may not be read", async () => {
    expect((await directory.look(user.id))?.rule).to.include({ minLength: null, source: null });
    const policy = server.dn(`cn=strict-${user.name}`);
    await (
      await server.admin()
    ).add(policy, {
      objectClass: ["top", "ldapsubentry", "extensibleObject", "passwordpolicy"],
      passwordCheckSyntax: "on",
      passwordMinLength: "14",
    });
    await server.set(user.dn, { pwdpolicysubentry: policy });

    expect((await directory.look(user.id))?.rule).to.include({ minLength: 14, source: "ppolicy" });
    const refused = await apply({ operation: "reset", newPassword: new Secret("G00d-Enou2gh") });
    expect(refused).to.include({ code: "PASSWORD_TOO_SHORT" });
  });

  it("says that the right is missing where it is, and writes nothing", async () => {
    const swapped = { writebackBind: server.syncAccount };
    const powerless = await openDirectory({ server, bases: [server.peopleDn], directory: swapped });
    await server.lock(user.dn);

    for (const operation of ["reset", "unlock"] as const)
      expect(await apply({ operation }, powerless)).to.include({ code: "DIRECTORY_ACCESS_DENIED" });
    expect(await account()).to.include({ locked: true });
    await powerless.close();
  });

  it("takes an account as unreadable whose state the agent may not read", async () => {
    const blind = { objectClass: ["applicationProcess", "simpleSecurityObject"], userPassword: GOOD };
    const dn = server.dn("cn=svc-blind,ou=service");
    await (await server.admin()).add(dn, blind);
    await server.set(server.peopleDn, {
      aci: `(targetattr = "objectClass || uid || nsUniqueId || cn")(version 3.0; acl "few"; allow (read, search, compare) userdn = "ldap:///${dn}";)`,
    });
    const writebackBind = { dn, password: GOOD };
    const blindly = await openDirectory({ server, bases: [server.peopleDn], directory: { writebackBind } });

    expect((await blindly.account(user.id))?.unreadable).to.include("nsAccountLock");
    await blindly.close();
    await server.set(server.peopleDn, { aci: null });
  });
});

/** The entries that `ns-inactivate.pl` of older versions made to inactivate accounts by a role. */
async function addDisabledRole(server: Ds389): Promise<void> {
  const client = await server.admin();
  const managed = server.dn("cn=nsManagedDisabledRole");
  const nested = server.dn("cn=nsDisabledRole");
  const templates = server.dn("cn=nsAccountInactivationTmp");
  const role = ["top", "LDAPsubentry", "nsRoleDefinition"];
  await client.add(managed, {
    objectClass: role.concat("nsSimpleRoleDefinition", "nsManagedRoleDefinition"),
  });
  await client.add(nested, {
    objectClass: role.concat("nsComplexRoleDefinition", "nsNestedRoleDefinition"),
    nsRoleDN: managed,
  });
  await client.add(templates, { objectClass: ["top", "nsContainer"] });
  await client.add(`cn="${nested}",${templates}`, {
    objectClass: ["top", "extensibleObject", "costemplate", "ldapsubentry"],
    nsAccountLock: "true",
    cosPriority: "0",
  });
  await client.add(server.dn("cn=nsAccountInactivation_cos"), {
    objectClass: ["top", "LDAPsubentry", "cosSuperDefinition", "cosClassicDefinition"],
    cosTemplateDn: templates,
    cosSpecifier: "nsRole",
    cosAttribute: "nsAccountLock operational",
  });
}
