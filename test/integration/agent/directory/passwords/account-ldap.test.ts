import { expect } from "chai";
import { Attribute, Change, Control } from "ldapts";
import type { Directory, PasswordOrder } from "../../../../../agent/directory/directory.ts";
import type { AddedPerson } from "../../../../../lab/ldap-admin.ts";
import { type OpenLdap, startOpenLdap } from "../../../../../lab/openldap.ts";
import { Secret } from "../../../../../shared/secret.ts";
import type { Verdict } from "../../../../../shared/writeback.ts";
import { openDirectory } from "../../../../support/directory.ts";
import { waitFor } from "../../../../support/wait-for.ts";

/** Lets an administrator write what only the server may (draft-zeilenga-ldap-relax). */
const RELAX = "1.3.6.1.4.1.4203.666.5.12";
const GOOD = "G00d-Enough-Passw0rd";

describe("what closes an account of OpenLDAP", () => {
  let server: OpenLdap;
  let directory: Directory;
  let user: AddedPerson;

  const apply = (operation: PasswordOrder["operation"]): Promise<Verdict> => {
    const password = operation === "reset" ? { newPassword: new Secret(GOOD) } : {};
    const order = { operation, userId: user.id, mustChange: false, unlock: true, ...password };
    return directory.applyPassword(order, () => Promise.resolve());
  };
  const account = () => directory.account(user.id);
  const opens = async (password: string) => (await server.tryPassword(user.dn, password)) === "ok";
  /** Puts the user under a policy of its own. */
  const govern = async (rules: Record<string, string>): Promise<string> => {
    const policy = server.dn(`cn=${user.name},ou=policies`);
    const attributes = { cn: user.name, pwdAttribute: "userPassword", pwdLockout: "TRUE", ...rules };
    await (await server.admin()).add(policy, { objectClass: ["device", "pwdPolicy"], ...attributes });
    await server.set(user.dn, { pwdPolicySubentry: policy });
    return policy;
  };

  before(async () => {
    server = await startOpenLdap({ people: 0, withPassword: 0, lastBind: true }); // of its own: sign-ins change entries
    directory = await openDirectory({ server, bases: [server.peopleDn] });
  });
  after(async () => {
    await directory.close();
    await server.stop();
  });
  beforeEach(async () => {
    user = await server.addUser();
  });

  for (const lockedAt of [
    "000001010000Z",
    "00000101000000Z",
    "00000101000000.000000Z",
    "000001010000+0000",
    "0000010100Z",
  ])
    it(`takes an account that an administrator locked for good as disabled, however the time is written: ${lockedAt}`, async () => {
      await govern({ pwdLockoutDuration: "3600" }); // by which such a lock would have ended
      await server.set(user.dn, { pwdAccountLockedTime: lockedAt });

      expect(await opens(user.password)).to.equal(false);
      expect(await account()).to.include({ enabled: false, locked: true });
      const [found] = await directory.find(user.name, new AbortController().signal);
      expect(found).to.include({ enabled: false });
    });

  it("says that an account is locked, and not that it is unlocked, while pwdAccountTmpLockoutEnd is to come", async () => {
    const modification = new Attribute({ type: "pwdAccountTmpLockoutEnd", values: ["20991231235959Z"] });
    const change = new Change({ operation: "replace", modification });
    await (await server.admin()).modify(user.dn, [change], [new Control(RELAX)]); // slapd writes it where pwdMinDelay is set

    expect(await opens(user.password)).to.equal(false);
    expect(await account()).to.include({ locked: true, enabled: true });
    expect(await directory.lockout(user.id)).to.include({ locked: true });
    expect(await apply("unlock")).to.include({ state: "not_applied", unlocked: false });
    expect(await apply("reset")).to.include({ state: "applied", passwordSet: true, unlocked: false });
    expect(await opens(GOOD)).to.equal(false);
  });

  for (const [attribute, value] of [
    ["pwdEndTime", "20200101000000Z"],
    ["pwdStartTime", "20990101000000Z"],
  ] as const)
    it(`does not say that an account is unlocked which ${attribute} closes`, async () => {
      await server.set(user.dn, { [attribute]: value });

      expect(await apply("unlock")).to.include({ state: "not_applied", unlocked: false });
      expect(await apply("reset")).to.include({ state: "applied", unlocked: false });
      expect(await opens(GOOD)).to.equal(false);
    });

  describe("when it was not used for longer than pwdMaxIdle", () => {
    const becomeIdle = async (): Promise<string> => {
      const policy = await govern({ pwdMaxIdle: "1" });
      expect(await opens(user.password)).to.equal(true);
      await waitFor("the account to close", async () => (await account())?.expired);
      return policy;
    };

    it("takes it as expired, and does not say that it is unlocked", async () => {
      await becomeIdle();

      expect(await apply("unlock")).to.include({ state: "not_applied", unlocked: false });
      // Each sign-in that succeeds starts the time anew.
      await waitFor("the server to refuse it", async () => !(await opens(user.password)), { everyMs: 2500 });
    });

    it("takes it as unreadable where the policy may not be read", async () => {
      const policy = await becomeIdle();
      await (await server.admin()).del(policy);

      expect(await account()).to.include({ expired: false });
      expect((await account())?.unreadable).to.deep.equal(["pwdMaxIdle"]);
      expect(await apply("unlock")).to.include({ state: "not_applied", unlocked: false });
    });
  });
});
