import { expect } from "chai";
import { permissionCommands } from "../../../../../agent/directory/checks/permissions.ts";

describe("the commands that grant rights", () => {
  it("are dsacls lines for every base, the domain and the deleted objects", () => {
    const lines = permissionCommands("active-directory", {
      servers: [],
      bases: [{ dn: "OU=Staff,DC=example,DC=com" }, { dn: "OU=Shops,DC=example,DC=com" }],
      reader: "svc-sync@example.com",
      writer: "EXAMPLE\\svc-writeback",
    });

    expect(lines).to.include.members([
      'dsacls "OU=Staff,DC=example,DC=com" /I:S /G "EXAMPLE\\svc-writeback:CA;Reset Password;user"',
      'dsacls "OU=Shops,DC=example,DC=com" /I:S /G "EXAMPLE\\svc-writeback:RPWP;lockoutTime;user"',
      'dsacls "OU=Shops,DC=example,DC=com" /I:S /G "EXAMPLE\\svc-writeback:RPWP;pwdLastSet;user"',
      'dsacls "OU=Shops,DC=example,DC=com" /I:S /G "EXAMPLE\\svc-writeback:CA;Reset Password;inetOrgPerson"',
      'dsacls "DC=example,DC=com" /G "EXAMPLE\\svc-writeback:CA;Unexpire Password"',
      'dsacls "CN=Deleted Objects,DC=example,DC=com" /takeownership',
      'dsacls "CN=Deleted Objects,DC=example,DC=com" /G "svc-sync@example.com:LCRP"',
    ]);
  });

  it("give OpenLDAP's writing account write, and never manage, on passwords", () => {
    const lines = permissionCommands("openldap", {
      servers: [],
      bases: [{ dn: "ou=people,dc=example,dc=com" }],
      reader: "cn=sync,dc=example,dc=com",
      writer: "cn=write,dc=example,dc=com",
    });

    expect(lines).to.include(
      'access to attrs=userPassword by dn.exact="cn=write,dc=example,dc=com" write by self =xw by anonymous auth by * none',
    );
    expect(lines.join("\n")).not.to.match(/attrs=userPassword[^\n]*manage/);
  });
});
