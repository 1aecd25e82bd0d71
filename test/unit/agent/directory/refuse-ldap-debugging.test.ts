import { expect } from "chai";
import { refuseLdapDebugging } from "../../../../agent/directory/refuse-ldap-debugging.ts";

describe("refuseLdapDebugging", () => {
  for (const value of ["ldapts", "net,LDAPTS", "*"])
    it(`does not let the agent start with NODE_DEBUG=${value}, which would print passwords`, () => {
      expect(() => refuseLdapDebugging(value)).to.throw(/NODE_DEBUG/);
    });

  for (const value of [undefined, "", "net,tls"])
    it(`lets the agent start with NODE_DEBUG ${value === undefined ? "unset" : `"${value}"`}`, () => {
      expect(() => refuseLdapDebugging(value)).to.not.throw();
    });
});
