import { expect } from "chai";
import { type OpenLdap, startOpenLdap } from "../../../../../lab/openldap.ts";
import { openDirectory } from "../../../../support/directory.ts";
import { sharedOpenLdap } from "../../../../support/openldap.ts";

async function examine(server: OpenLdap, base = server.peopleDn) {
  const directory = await openDirectory({ server, bases: [base] });
  try {
    const { identity } = await directory.stated();
    for await (const check of directory.check(null))
      if (check.name === "directory identity") return { identity, check };
    throw new Error("doctor has no such check");
  } finally {
    await directory.close();
  }
}

describe("the identity of a directory", function () {
  this.timeout(60_000);

  it("is the id of the suffix, whatever the base", async () => {
    const server = await sharedOpenLdap();

    const { identity, check } = await examine(server);
    const whole = await examine(server, server.baseDn);

    expect(identity).to.include({ hasId: true, suffix: server.baseDn });
    expect(whole.identity.key).to.equal(identity.key);
    expect(check).to.include({ status: "pass" });
  });

  it("is the id of an entry below a suffix that shows none, so that two servers with one suffix are told apart; doctor warns", async () => {
    const [one, other] = await Promise.all([
      startOpenLdap({ people: 1, hidesSuffix: true }),
      startOpenLdap({ people: 1, hidesSuffix: true }),
    ]);
    try {
      const [first, second] = [await examine(one), await examine(other)];

      expect(first.identity).to.include({ hasId: false, suffix: one.baseDn });
      expect(first.identity.key).to.match(/^id:.*@ou=people,dc=lab,dc=test$/);
      expect(second.identity.key).to.not.equal(first.identity.key);
      expect(first.check).to.include({ status: "warn" });
      expect(first.check.detail).to.contain(`${one.baseDn} shows no id to ${one.syncAccount.dn}`);
    } finally {
      await Promise.all([one.stop(), other.stop()]);
    }
  });
});
