import { expect } from "chai";
import {
  dialectOf,
  nameAttributesOf,
  requestedAttributes,
} from "../../../../../agent/directory/entries/dialects.ts";
import { csnsOfCookie, oldestCsn } from "../../../../../agent/directory/feeds/csn.ts";
import { parseRootDse } from "../../../../../agent/directory/ldap/root-dse.ts";

const rootDse = (attributes: Readonly<Record<string, readonly string[]>>) =>
  parseRootDse({
    dn: "",
    controls: new Map(),
    attributes: new Map(
      Object.entries(attributes).map(([name, values]) => [
        name.toLowerCase(),
        values.map((v) => Buffer.from(v)),
      ]),
    ),
  });

describe("the rootDSE", () => {
  it("tells the dialects apart", () => {
    expect(dialectOf(rootDse({ supportedCapabilities: ["1.2.840.113556.1.4.800"] }))).to.equal(
      "active-directory",
    );
    expect(dialectOf(rootDse({ objectClass: ["top", "OpenLDAProotDSE"] }))).to.equal("openldap");
    expect(dialectOf(rootDse({ vendorName: ["389 Project"] }))).to.equal("389-ds");
    expect(dialectOf(rootDse({ vendorName: ["Red Hat"], vendorVersion: ["389-Directory/2.4.5"] }))).to.equal(
      "389-ds",
    );
    expect(dialectOf(rootDse({ vendorName: ["Apache Software Foundation"] }))).to.equal("generic");
  });

  it("reads a DC's clock and counter", () => {
    const { currentTime, highestCommittedUsn } = rootDse({
      currentTime: ["20260131235959.0Z"],
      highestCommittedUSN: ["9007199254740993"],
    });

    expect(currentTime).to.equal(Date.UTC(2026, 0, 31, 23, 59, 59));
    expect(highestCommittedUsn).to.equal(9007199254740993n);
  });

  it("finds the CSNs in a cookie and the oldest of them", () => {
    const [one, two] = [
      "20261122093117.842942Z#000000#000#000000",
      "20260101000000.000000Z#000000#001#000000",
    ];
    const csns = csnsOfCookie(`rid=000,sid=001,csn=${one};${two}`);

    expect(csns).to.deep.equal([one, two]);
    expect(oldestCsn(csns)).to.equal(two);
    expect(csnsOfCookie("garbage")).to.deep.equal([]);
  });

  it("asks for what the mapping needs, each attribute once", () => {
    const mapping = { displayName: "displayName", mobile: "mobile", officePhone: "MOBILE", mail: "mail" };

    expect(nameAttributesOf("openldap", mapping).searched).to.deep.equal(["uid", "mail"]);
    expect(requestedAttributes("active-directory", mapping, "objectGUID")).to.deep.equal([
      "objectGUID",
      "userPrincipalName",
      "sAMAccountName",
      "mail",
      "displayName",
      "cn",
      "mobile",
      "userAccountControl",
      "adminCount",
    ]);
  });
});
