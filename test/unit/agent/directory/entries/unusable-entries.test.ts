import { expect } from "chai";
import {
  adviseOnUnusable,
  describeUnusable,
  problemOf,
  UnusableEntries,
} from "../../../../../agent/directory/entries/unusable-entries.ts";
import { REJECT_REASONS } from "../../../../../shared/protocol/frames.ts";

describe("entries that cannot be used", () => {
  it("are described and have an advice for every reason", () => {
    for (const reason of REJECT_REASONS) {
      expect(describeUnusable({ reason, attribute: "uid" }), reason).to.match(/^(with|in) /);
      expect(adviseOnUnusable({ reason, attribute: "uid" }, "openldap"), reason).to.match(/\.$/);
    }
  });

  it("name the id attribute that the server has when another one is configured, and the right when it is that one", () => {
    const advice = (attribute: string, dialect: "openldap" | "active-directory" | "389-ds"): string =>
      adviseOnUnusable({ reason: "no_id", attribute }, dialect);

    expect(advice("ipaUniqueID", "openldap")).to.contain("Set directory.idAttribute to entryUUID");
    expect(advice("entryUUID", "389-ds")).to.contain("Set directory.idAttribute to nsUniqueId");
    expect(advice("objectguid", "active-directory")).to.equal(
      "Let the account of directory.bind read objectGUID.",
    );
  });

  it("are counted by reason, the most frequent first, with the first few DNs", () => {
    const entries = new UnusableEntries();
    entries.add("cn=a,dc=lab", { reason: "no_user_name", attribute: "uid" });
    for (const name of ["b", "c", "d", "e", "f"])
      entries.add(`cn=${name},dc=lab`, { reason: "no_id", attribute: "employeeNumber" });

    expect(entries.describe()).to.equal(
      "6 cannot be used: 5 with no usable employeeNumber (id): cn=b,dc=lab · cn=c,dc=lab · cn=d,dc=lab and 2 more; 1 with no usable uid (user name): cn=a,dc=lab",
    );
    expect(entries.advise("openldap")).to.contain("directory.idAttribute");
  });

  it("are those without a name and those whose state has no known form", () => {
    const names = { userName: "jane", aliases: [], unusable: [] };
    expect(problemOf({ names, enabled: false })).to.equal(null);
    expect(problemOf({ names, enabled: "not_shown" })).to.equal(null);
    expect(problemOf({ names, enabled: "unreadable" })).to.deep.equal({
      reason: "invalid_value",
      attribute: "userAccountControl",
    });
  });
});
