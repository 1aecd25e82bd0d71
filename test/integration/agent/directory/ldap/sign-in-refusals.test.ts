import { expect } from "chai";
import type { Check } from "../../../../../agent/directory/directory.ts";
import { openDirectory, type TestDirectoryOptions } from "../../../../support/directory.ts";
import { sharedOpenLdap } from "../../../../support/openldap.ts";
import { sharedSambaAd } from "../../../../support/samba-ad.ts";

/** What doctor says of the sign-in of the reading account. */
async function signIn(
  server: TestDirectoryOptions["server"],
  base: string,
  bind: { readonly dn: string; readonly password: string },
): Promise<Check | undefined> {
  const directory = await openDirectory({ server, bases: [base], directory: { bind } });
  try {
    const checks: Check[] = [];
    for await (const check of directory.check(null)) checks.push(check);
    return checks.find(({ name }) => name === "sign-in");
  } finally {
    await directory.close();
  }
}

describe("a refused sign-in of the agent's account in Active Directory", () => {
  /** FILETIME of the first day of 2020. */
  const LONG_AGO = "132223104000000000";

  for (const [what, change, words] of [
    ["a disabled account", { userAccountControl: "514" }, "the account is disabled (data 533)"],
    ["an expired account", { accountExpires: LONG_AGO }, "the account has expired (data 701)"],
    ["a password to be changed", { pwdLastSet: "0" }, "must change its password first (data 773)"],
  ] as const)
    it(`says why: ${what}`, async () => {
      const ad = await sharedSambaAd();
      const user = await ad.addUser(ad.peopleDn);
      await ad.set(user.dn, change);

      const check = await signIn(ad, ad.peopleDn, { dn: user.userName, password: user.password });

      expect(check).to.include({ status: "fail" });
      expect(check?.detail).to.contain(user.userName).and.to.contain(words);
    });

  it("says why: a wrong password, and then a locked account", async () => {
    const ad = await sharedSambaAd();
    const user = await ad.addUser(ad.peopleDn);
    const wrong = { dn: user.userName, password: "Wr0ng-Passw0rd!" };

    const first = await signIn(ad, ad.peopleDn, wrong);
    for (let attempt = 0; attempt < 10; attempt++) await ad.tryPassword(user.name, wrong.password);
    const locked = await signIn(ad, ad.peopleDn, { dn: user.userName, password: user.password });

    expect(first?.detail).to.contain("the password is wrong, or there is no such account (data 52e)");
    expect(locked?.detail).to.contain("the account is locked (data 775)");
    expect(`${first?.detail ?? ""}${locked?.detail ?? ""}`).not.to.contain(wrong.password);
  });
});

describe("a sign-in of the agent's account in OpenLDAP", () => {
  it("that is good for a change of password only fails, since every request after it would be refused", async () => {
    const server = await sharedOpenLdap();
    const user = await server.addUser(server.dn("ou=service"));
    const bind = { dn: user.dn, password: user.password };
    expect((await signIn(server, server.peopleDn, bind))?.status).to.equal("pass");
    await server.set(user.dn, { pwdReset: "TRUE" });

    const check = await signIn(server, server.peopleDn, bind);

    expect(check).to.include({ status: "fail" });
    expect(check?.detail)
      .to.contain("DIRECTORY_BIND_FAILED")
      .and.to.contain("must change its password first (an administrator set it, pwdReset: TRUE)");
    await server.delete(user.dn);
  });
});
