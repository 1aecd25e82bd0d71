import { expect } from "chai";
import type { Check, Directory } from "../../../../../agent/directory/directory.ts";
import { startOpenLdap } from "../../../../../lab/openldap.ts";
import { openDirectory, type TestDirectoryOptions } from "../../../../support/directory.ts";
import { sharedOpenLdap } from "../../../../support/openldap.ts";
import { sharedSambaAd } from "../../../../support/samba-ad.ts";

async function examine(
  options: TestDirectoryOptions,
  userName: string | null,
): Promise<{ byName: ReadonlyMap<string, Check>; summary: Record<string, string>; commands: string }> {
  const directory: Directory = await openDirectory(options);
  try {
    const checks: Check[] = [];
    for await (const check of directory.check(userName)) checks.push(check);
    return {
      byName: new Map(checks.map((check) => [check.name, check])),
      summary: Object.fromEntries(checks.map(({ name, status }) => [name, status])),
      commands: directory.permissionCommands().join("\n"),
    };
  } finally {
    await directory.close();
  }
}

describe("doctor on Active Directory", () => {
  before(async function () {
    this.timeout(160_000); // the first use provisions the domain
    await sharedSambaAd();
  });

  it("passes what is granted, and changes nothing to find out", async () => {
    const ad = await sharedSambaAd();
    const read = () => ad.read("p00005", ["pwdLastSet", "lockoutTime", "uSNChanged", "badPwdCount"]);
    const before = await read();

    const { summary, byName } = await examine({ server: ad, bases: [ad.peopleDn] }, "p00005");

    expect(summary).to.deep.equal({
      connection: "pass",
      "sign-in": "pass",
      "writeback sign-in": "pass",
      server: "pass",
      "directory clock": "pass",
      "directory identity": "pass",
      attributes: "pass",
      groups: "skip",
      "protected groups": "skip",
      "deny list": "skip",
      "own accounts": "pass",
      bases: "pass",
      "mail addresses": "skip",
      "change feed": "pass",
      "change notification": "pass",
      deletes: "pass",
      "password history": "skip",
      "test user": "pass",
      "write rights": "pass",
      "password rule": "pass",
      "self-written attributes": "warn",
    });
    expect(byName.get("connection")?.detail).to.match(
      /dc1\.lab\.test, issued by Latchkey laboratory, expires in \d+ days/,
    );
    expect(byName.get("change feed")?.detail).to.match(
      /^dirsync is used \(\d+ entries in \d+ ms, a delta in \d+ ms\)$/,
    );
    expect(byName.get("password rule")?.detail).to.match(/at least 10 characters/);
    expect(await read()).to.deep.equal(before);
  });

  it("names the command that grants each missing right (T-21)", async () => {
    const ad = await sharedSambaAd();
    const swapped = { bind: ad.writebackAccount, writebackBind: ad.syncAccount };

    const { byName, commands } = await examine(
      { server: ad, bases: [ad.peopleDn], directory: swapped },
      "strict@lab.test",
    );

    expect(byName.get("deletes")).to.include({ status: "fail" });
    expect(byName.get("deletes")?.action).to.match(/CN=Deleted Objects.*svc-writeback@lab\.test:LCRP/s);
    const rights = byName.get("write rights");
    expect(rights?.detail).to.match(/reset password, write lockoutTime, write pwdLastSet/);
    expect(rights?.action).to.match(/svc-sync@lab\.test:CA;Reset Password;user/);
    expect(byName.get("password rule")?.action).to.match(/Password Settings Container/);
    for (const name of ["deletes", "write rights", "password rule"])
      for (const command of byName.get(name)?.action?.split("\n") ?? []) expect(commands).to.include(command);
  });

  it("fails for a privileged test user, for an unknown one, and for a base without users", async () => {
    const ad = await sharedSambaAd();
    const at = (base: string) => ({ server: ad, bases: [base] });

    const privileged = await examine(at(ad.peopleDn), "privileged");
    const unknown = await examine(at(ad.peopleDn), "nobody");
    const empty = await examine(at(ad.dn("OU=Groups")), null);
    const missing = await examine(at(ad.dn("OU=Nowhere")), null);

    expect(privileged.byName.get("test user")?.detail).to.match(/is protected/);
    expect(unknown.byName.get("test user")?.detail).to.match(/no user in scope has the name nobody/);
    expect(empty.byName.get("bases")?.detail).to.match(/sees no users: 0 users/);
    expect(missing.byName.get("bases")?.detail).to.match(/SCOPE_BASE_MISSING/);
    expect(missing.summary["change feed"]).to.equal("skip");
  });
});

describe("doctor on OpenLDAP", () => {
  it("passes what is granted", async () => {
    const server = await sharedOpenLdap();

    const { summary, byName, commands } = await examine({ server, bases: [server.peopleDn] }, "p00001");

    expect(Object.values(summary)).not.to.include("fail");
    expect(byName.get("change feed")?.detail).to.match(/^syncrepl is used \(\d+ entries/);
    expect(byName.get("password history")?.status).to.equal("pass");
    expect(byName.get("password rule")?.detail).to.match(/at least 10 characters.*ppolicy/);
    expect(commands).to.match(/access to attrs=userPassword/);
    expect(commands).not.to.match(/dsacls/);
  });

  it("counts all users through the feed, past the thousandth, and mentions referral objects that it does not follow", async () => {
    const server = await startOpenLdap({ people: 1_205, withPassword: 0 });
    try {
      const referral = [
        `dn: ou=elsewhere,${server.peopleDn}`,
        "objectClass: referral",
        "objectClass: extensibleObject",
        "ou: elsewhere",
        "ref: ldap://other.example.com/ou=people,dc=example,dc=com",
      ];
      await server.addOffline(`${referral.join("\n")}\n\n`);
      for (const feed of ["modifytimestamp", "syncrepl"]) {
        const directory = { feed, pageSize: 500 };

        const { byName } = await examine({ server, bases: [server.peopleDn], directory }, null);

        expect(byName.get("bases"), feed).to.include({ status: "pass" });
        expect(byName.get("bases")?.detail)
          .to.contain(`1205 users under ${server.peopleDn}`)
          .and.to.contain(
            `ou=elsewhere,${server.peopleDn} refers to another server (ldap://other.example.com/`,
          );
        expect(byName.get("change feed")?.detail).to.match(new RegExp(`^${feed} is used \\(1205 entries`));
      }
    } finally {
      await server.stop();
    }
  });

  it("says how many entries cannot be used, and fails when none can", async () => {
    const server = await sharedOpenLdap();
    const unit = server.dn("ou=unusable");
    await server.addUnit(unit);
    await server.addUser(unit);
    const attributes = { userName: "employeeNumber", aliases: ["employeeType"] };
    const none = await examine({ server, bases: [unit], attributes }, null);
    const wrongId = await examine(
      { server, bases: [unit], directory: { idAttribute: "employeeType" } },
      null,
    );
    await server.addUser(unit, { employeeNumber: "4711" });
    const one = await examine({ server, bases: [unit], attributes }, null);

    expect(none.byName.get("bases")).to.include({ status: "fail" });
    expect(none.byName.get("bases")?.detail).to.match(
      /no user can be synced: 1 cannot be used: 1 with no usable employeeNumber \(user name\): uid=/,
    );
    expect(none.byName.get("bases")?.action).to.contain("Set attributes.userName");
    expect(wrongId.byName.get("bases")).to.include({
      status: "fail",
      action:
        "Set directory.idAttribute to entryUUID, which every entry of this kind of server has, or let the account of directory.bind read employeeType.",
    });
    expect(one.byName.get("bases")).to.include({ status: "warn" });
    expect(one.byName.get("bases")?.detail).to.match(
      /^1 users under .*; 1 cannot be used: 1 with no usable employeeNumber \(user name\): uid=[^ ]*$/,
    );
  });

  it("goes on when the account's password is wrong, and skips what needs it", async () => {
    const server = await sharedOpenLdap();
    const bind = { dn: server.syncAccount.dn, password: "wrong" };

    const { byName, summary } = await examine(
      { server, bases: [server.peopleDn], directory: { bind } },
      null,
    );

    expect(summary).to.include({
      connection: "pass",
      "sign-in": "fail",
      "writeback sign-in": "skip",
      bases: "skip",
      "mail addresses": "skip",
    });
    expect(byName.get("sign-in")?.detail).to.match(/DIRECTORY_BIND_FAILED/);
  });

  it("reports that no server answers, and then prints the commands for both kinds of directory", async () => {
    const server = await sharedOpenLdap();
    const servers = ["ldaps://127.0.0.1:1"];

    const { byName, summary, commands } = await examine(
      { server, bases: [server.peopleDn], directory: { servers } },
      null,
    );

    expect(byName.get("connection")?.detail).to.match(/DIRECTORY_UNAVAILABLE/);
    expect(Object.values(summary).filter((status) => status === "skip")).to.have.length(20);
    expect(commands)
      .to.match(/dsacls/)
      .and.to.match(/access to attrs=userPassword/);
  });
});
