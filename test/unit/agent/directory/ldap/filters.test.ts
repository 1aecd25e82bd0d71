import { expect } from "chai";
import { BerWriter, type Filter } from "ldapts";
import {
  equals,
  filterAttributes,
  isInGroup,
  parseAdminFilter,
} from "../../../../../agent/directory/ldap/filters.ts";
import { isAppError } from "../../../../../shared/errors.ts";

const bytesOf = (filter: Filter): string => {
  const writer = new BerWriter();
  filter.write(writer);
  return writer.buffer.toString("latin1");
};

describe("search filters", () => {
  it("puts a hostile value into the filter as a value (T-22)", () => {
    const bytes = bytesOf(equals("uid", "*)(objectClass=*"));

    expect(bytes).to.equal("\xa3\x17\x04\x03uid\x04\x10*)(objectClass=*");
  });

  it("sends binary values unchanged", () => {
    expect(bytesOf(equals("objectGUID", Buffer.from([0x83, 0x00, 0xff])))).to.contain("\x83\x00\xff");
  });

  it("understands escaped UTF-8 in an administrator's filter", () => {
    expect(bytesOf(parseAdminFilter("(ou=Caf\\c3\\a9 \\28x\\29)"))).to.equal(
      bytesOf(equals("ou", "Café (x)")),
    );
  });

  for (const assertion of [
    "1.2.840.113556.1.2.102=cn=g",
    "1.2.840.113556.1.2.102:1.2.840.113556.1.4.1941:=cn=g",
  ])
    it(`refuses the OID of an attribute in (${assertion}) and says what to write`, () => {
      expect(() => parseAdminFilter(`(&(objectClass=user)(${assertion}))`)).to.throw(
        "directory.filter has the OID 1.2.840.113556.1.2.102 for an attribute. Write the name of the attribute",
      );
    });

  it("takes the OID of a matching rule, and digits in values", () => {
    expect(() => parseAdminFilter("(memberOf:1.2.840.113556.1.4.1941:=cn=g)")).not.to.throw();
    expect(() => parseAdminFilter("(description=1.2.3=x)")).not.to.throw();
  });

  it("asks for nested membership by the matching rule", () => {
    expect(bytesOf(isInGroup("CN=g")))
      .to.contain("1.2.840.113556.1.4.1941")
      .and.to.contain("memberOf");
  });

  for (const text of [
    "(&\n  (objectClass=inetOrgPerson)\n  (mobile=*)\n)\n",
    "( & ( objectClass=inetOrgPerson ) (mobile=*) )".replace("Person )", "Person)"),
    "(&\r\n\t(objectClass=inetOrgPerson\r\n\t)\r\n\t(mobile=*))",
  ])
    it(`reads ${JSON.stringify(text)} as on one line`, () => {
      expect(bytesOf(parseAdminFilter(text))).to.equal(
        bytesOf(parseAdminFilter("(&(objectClass=inetOrgPerson)(mobile=*))")),
      );
    });

  it("keeps spaces within values", () => {
    expect(bytesOf(parseAdminFilter("(&\n(cn=a & | b )\n(ou= c))")))
      .to.contain("a & | b ")
      .and.to.contain(" c");
  });

  for (const text of ["(uid=a", "(&(uid=a)(uid=b)", "(objectGUID=\\83\\ff)"])
    it(`refuses ${text} as a setting`, () => {
      try {
        parseAdminFilter(text);
        expect.fail("nothing was thrown");
      } catch (error) {
        expect(isAppError(error, "CONFIG_INVALID")).to.equal(true);
      }
    });
});

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
