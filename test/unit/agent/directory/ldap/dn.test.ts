import { expect } from "chai";
import { canonicalDn, isWithin, parentOf } from "../../../../../agent/directory/ldap/dn.ts";

describe("distinguished names", () => {
  for (const [one, other] of [
    ["OU=Staff,DC=Lab,DC=Test", "ou=staff, dc=lab , dc=test"],
    ["CN=Doe\\, Jane,OU=x", "cn=doe\\2c jane,ou=X"],
    ["CN=Zo\\c3\\a9,OU=x", "cn=zoé,ou=x"],
    ["CN=a+UID=b,OU=x", "uid=b+cn=a,ou=x"],
    ["CN=two  spaces,OU=x", "cn=two spaces,ou=x"],
  ] as const)
    it(`holds ${one} and ${other} for the same`, () => {
      expect(canonicalDn(one)).to.equal(canonicalDn(other));
    });

  it("does not take an escaped separator for one", () => {
    expect(canonicalDn("CN=a\\,OU=b,DC=x")).to.not.equal(canonicalDn("CN=a,OU=b,DC=x"));
    expect(isWithin("CN=x\\,OU=Staff,DC=lab", "OU=Staff,DC=lab")).to.equal(false);
  });

  it("knows what lies within what", () => {
    expect(isWithin("uid=a,ou=people,dc=x", "OU=People,DC=X")).to.equal(true);
    expect(isWithin("ou=people,dc=x", "ou=people,dc=x")).to.equal(true);
    expect(isWithin("uid=a,ou=otherpeople,dc=x", "ou=people,dc=x")).to.equal(false);
    expect(isWithin("dc=x", "ou=people,dc=x")).to.equal(false);
  });

  it("gives the parent as it is written", () => {
    expect(parentOf("CN=Doe\\, Jane,OU=Staff,DC=lab")).to.equal("OU=Staff,DC=lab");
    expect(parentOf("DC=lab")).to.equal("");
  });
});
