import { expect } from "chai";
import { shared389Ds } from "../../../../support/389-ds.ts";
import { openDirectory, type TestDirectoryOptions } from "../../../../support/directory.ts";
import { sharedOpenLdap } from "../../../../support/openldap.ts";
import { sharedSambaAd } from "../../../../support/samba-ad.ts";

async function check(options: TestDirectoryOptions) {
  const directory = await openDirectory(options);
  try {
    for await (const each of directory.check(null)) if (each.name === "self-written attributes") return each;
    throw new Error("doctor has no such check");
  } finally {
    await directory.close();
  }
}

describe("doctor's check of attributes that users may write themselves (T-33)", function () {
  this.timeout(160_000); // the first use of a server prepares it

  it("warns of those of Personal Information on Active Directory, and of a filter that relies on one", async () => {
    const server = await sharedSambaAd();
    const options = { server, bases: [server.peopleDn] };

    const usual = await check(options);
    const filtered = await check({ ...options, directory: { filter: "(mobile=*)" } });
    const others = await check({
      ...options,
      attributes: { mobile: "employeeID", officePhone: "employeeNumber" },
    });

    expect(usual).to.include({ status: "warn" });
    expect(usual.detail).to.contain("mobile").and.to.contain("telephoneNumber");
    expect(filtered.detail).to.contain("directory.filter decides by mobile");
    expect(others).to.include({ status: "pass" });
  });

  it("says where the server does not tell, and what its administrator can ask", async () => {
    const [openLdap, ds389] = [await sharedOpenLdap(), await shared389Ds()];

    const unknown = await check({ server: openLdap, bases: [openLdap.peopleDn] });
    const refused = await check({ server: ds389, bases: [ds389.peopleDn] });

    expect([unknown.status, refused.status]).to.deep.equal(["skip", "skip"]);
    expect(unknown.detail).to.contain("slapacl -D USER -b USER mobile/write");
    expect(refused.detail).to.contain("1.3.6.1.4.1.42.2.27.9.5.2=:dn: USER");
  });
});
