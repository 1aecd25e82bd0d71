import { expect } from "chai";
import { filterAttributes } from "../../../../../agent/directory/ldap/filter-attributes.ts";
import { parseAdminFilter } from "../../../../../agent/directory/ldap/filters.ts";

describe("the attributes of a filter", () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["(objectClass=user)", ["objectclass"]],
    [
      "(&(Department=Sales)(!(employeeType=bot))(|(mail=*)(mobile=+32*)))",
      ["department", "employeetype", "mail", "mobile"],
    ],
    ["(memberOf:1.2.840.113556.1.4.1941:=CN=Staff,DC=example,DC=com)", ["memberof"]],
    ["(&(uidNumber>=1000)(uidNumber<=2000)(sn~=smith))", ["uidnumber", "sn"]],
  ];
  for (const [filter, expected] of cases)
    it(`are found in ${filter}`, () => {
      expect([...filterAttributes(parseAdminFilter(filter))]).to.have.members(expected);
    });
});
