import { expect } from "chai";
import type { Directory, PasswordOrder } from "../../../../../agent/directory/directory.ts";
import type { ApacheDs } from "../../../../../lab/apacheds.ts";
import type { AddedPerson } from "../../../../../lab/ldap-admin.ts";
import { Secret } from "../../../../../shared/secret.ts";
import type { Verdict } from "../../../../../shared/writeback.ts";
import { sharedApacheDs } from "../../../../support/apacheds.ts";
import { openDirectory } from "../../../../support/directory.ts";

const GOOD = "G00d-Enough-Passw0rd";

describe("passwords in a plain LDAP server (ApacheDS)", function () {
  this.timeout(120_000); // the first start unpacks the schema
  let server: ApacheDs;
  let directory: Directory;
  let user: AddedPerson;
  const apply = (facts: Partial<PasswordOrder> & Pick<PasswordOrder, "operation">): Promise<Verdict> =>
    directory.applyPassword(
      {
        userId: user.id,
        mustChange: false,
        unlock: true,
        ...(facts.operation === "unlock" ? {} : { newPassword: new Secret(GOOD) }),
        ...(facts.operation === "change" ? { oldPassword: new Secret(user.password) } : {}),
        ...facts,
      },
      () => Promise.resolve(),
    );
  const signIn = (password: string) => directory.checkSignIn(user.id, new Secret(password));

  before(async () => {
    server = await sharedApacheDs();
    directory = await openDirectory({ server, bases: [server.peopleDn] });
  });
  after(() => directory.close());
  beforeEach(async () => {
    user = await server.addUser();
  });

  it("is used as generic, and finds one user by name", async () => {
    const [found] = await directory.find(user.name, new AbortController().signal);

    expect(directory.dialect).to.equal("generic");
    expect(found).to.include({ id: user.id, enabled: true });
  });

  it("resets a password, and the user signs in with it alone", async () => {
    expect(await apply({ operation: "reset" })).to.include({ state: "applied", passwordSet: true });

    expect(await signIn(GOOD)).to.deep.equal({ ok: true, mustChange: false });
    expect(await signIn(user.password)).to.deep.equal({ ok: false, reason: "wrong" });
  });

  it("changes a password with the old one, and not with a wrong one", async () => {
    const wrong = await apply({ operation: "change", oldPassword: new Secret("Wr0ng-Passw0rd!") });
    expect(wrong).to.include({ state: "rejected", code: "OLD_PASSWORD_WRONG" });

    expect(await apply({ operation: "change" })).to.include({ state: "applied", passwordSet: true });
    expect(await signIn(GOOD)).to.deep.equal({ ok: true, mustChange: false });
  });

  it("takes an account that is locked for good as disabled: an administrator's lock looks the same", async () => {
    for (let tries = 0; tries < 6; tries++) await server.tryPassword(user.dn, "Wr0ng-Passw0rd!");

    expect((await server.read(user.name, ["pwdAccountLockedTime"]))["pwdAccountLockedTime"]).to.equal(
      "000001010000Z",
    );
    expect(await directory.account(user.id)).to.include({ enabled: false, locked: true });
  });
});
