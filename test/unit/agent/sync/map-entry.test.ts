import { expect } from "chai";
import fc from "fast-check";
import type { DialectName, DirectoryEntry } from "../../../../agent/directory/directory.ts";
import { createEntryReader } from "../../../../agent/directory/entries/entry-reader.ts";
import { mapEntry, type MapOptions } from "../../../../agent/sync/map-entry.ts";
import { type DirectoryUser, directoryUserSchema } from "../../../../shared/user.ts";

const ID = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
interface Options extends MapOptions {
  readonly dialect: DialectName;
  readonly isGuarded?: boolean;
  readonly idAttribute?: string;
}
const AD: Options = {
  attributes: { displayName: "displayName", mobile: "mobile", officePhone: "telephoneNumber", mail: "mail" },
  dialect: "active-directory",
  regionOf: () => "BE",
};
const LDAP: Options = { ...AD, dialect: "openldap" };

type Values = Readonly<Record<string, string | Buffer | readonly (string | Buffer)[]>>;

/** An entry as the directory gives it: raw values, read as the dialect reads them. */
function entry(
  values: Values,
  options: Options,
  id: string | null = ID,
  dn = "CN=Jane,OU=Staff,DC=example,DC=com",
): DirectoryEntry {
  const attributes = new Map<string, readonly Buffer[]>();
  for (const [name, value] of Object.entries(values)) {
    const list: readonly (string | Buffer)[] =
      typeof value === "string" || Buffer.isBuffer(value) ? [value] : value;
    attributes.set(
      name.toLowerCase(),
      list.map((item) => Buffer.from(item)),
    );
  }
  const reader = createEntryReader({ ...options, config: { idAttribute: options.idAttribute } });
  const raw = { dn, attributes };
  return reader.toEntry(raw, "OU=Staff,DC=example,DC=com", () => options.isGuarded === true, id ?? undefined);
}

const JANE = { userPrincipalName: "jane@example.com", sAMAccountName: "Jane", displayName: "Jane Doe" };

function userOf(values: Values, options: Options = AD) {
  const mapped = mapEntry(entry(values, options), options);
  if (mapped.kind === "rejected") throw new Error(`rejected: ${mapped.reason} ${String(mapped.attribute)}`);
  directoryUserSchema.parse(mapped.user);
  return mapped.user;
}
const rejectionOf = (values: Values, options: Options = AD) => mapEntry(entry(values, options), options);

describe("mapEntry", () => {
  it("maps an Active Directory person", () => {
    const user = userOf({ ...JANE, mobile: "0470 12 34 56", telephoneNumber: "+32 2 555 12 12" });

    expect(user).to.deep.equal({
      id: ID,
      userName: "jane@example.com",
      aliases: ["jane"],
      displayName: "Jane Doe",
      mobile: "+32470123456",
      officePhone: "+3225551212",
      alternateEmail: null,
      mail: null,
      enabled: true,
      protected: false,
      phoneProblems: [],
      valueProblems: [],
    });
  });

  it("finds an Active Directory person by the mail address as well, and has it for notices", () => {
    const user = userOf({ ...JANE, userPrincipalName: "jane@corp.local", mail: "Jane.Doe@Contoso.com" });

    expect(user).to.deep.include({
      userName: "jane@corp.local",
      aliases: ["jane", "jane.doe@contoso.com"],
      mail: "Jane.Doe@contoso.com",
      valueProblems: [],
    });
  });

  it("has the mail address for notices whatever finds people", () => {
    const attributes = { ...AD.attributes, aliases: ["sAMAccountName"] };
    const user = userOf({ ...JANE, mail: "jane@contoso.com" }, { ...AD, attributes });

    expect(user).to.deep.include({ aliases: ["jane"], mail: "jane@contoso.com" });
  });

  for (const mail of ["n/a", "-", "jörg@contoso.com", "jane@contoso.com; doe@contoso.com"])
    it(`lists a mail address that cannot be used, which is no name either: ${mail}`, () => {
      const user = userOf({ ...JANE, mail });

      expect(user).to.deep.include({
        mail: null,
        valueProblems: [{ attribute: "mail", problem: "invalid_value" }],
      });
    });

  it("writes the domain of a mail address in ASCII", () => {
    expect(userOf({ ...JANE, mail: "jane@münchen.example" })).to.include({
      mail: "jane@xn--mnchen-3ya.example",
    });
  });

  it("maps an OpenLDAP person by uid and mail", () => {
    const user = userOf({ uid: ["jdoe", "jane"], mail: "Jane@Example.com", cn: "Jane D." }, LDAP);

    expect(user.userName).to.equal("jdoe");
    expect(user.aliases).to.deep.equal(["jane", "jane@example.com"]);
    expect(user.displayName).to.equal("Jane D.");
  });

  it("takes the names the administrator configured", () => {
    const attributes = { ...AD.attributes, userName: "employeeNumber", aliases: ["mail", "uid"] };
    const user = userOf(
      { employeeNumber: "4711", mail: "j@example.com", uid: "4711" },
      { ...LDAP, attributes },
    );

    expect(user).to.include({ userName: "4711" });
    expect(user.aliases).to.deep.equal(["j@example.com"]);
  });

  it("knows an account without userPrincipalName by sAMAccountName", () => {
    expect(userOf({ sAMAccountName: "Old.Account" })).to.include({
      userName: "Old.Account",
      displayName: null,
    });
  });

  describe("numbers", () => {
    const numberOf = (...values: (string | Buffer)[]) => {
      const { mobile, phoneProblems } = userOf({ ...JANE, mobile: values });
      return { mobile, problem: phoneProblems[0]?.problem ?? null };
    };
    const cases: [string, (string | Buffer)[], string | null, string | null][] = [
      ["a national number by the base's region", ["0470/12.34.56"], "+32470123456", null],
      ["a number behind an invisible direction mark", ["\u202a+32 470 12 34 56\u202c"], "+32470123456", null],
      ["the first usable of several", ["ask my boss", "+32470123456", "+32470999999"], "+32470123456", null],
      ["nothing, when only spaces are there", ["   "], null, null],
      ["the first problem, when none is usable", ["ask my boss", "123"], null, "not_a_number"],
      ["bytes that are no text", [Buffer.from([0xff, 0xfe, 0x30])], null, "not_a_number"],
      ["a megabyte", [Buffer.alloc(1_000_000, "1")], null, "too_long"],
      ["a number with a NUL", ["+32470\u0000123456"], null, "not_a_number"],
    ];
    for (const [name, values, mobile, problem] of cases)
      it(`gives ${name}`, () => {
        expect(numberOf(...values)).to.deep.equal({ mobile, problem });
      });

    it("asks the region of the base the entry was found under", () => {
      const user = userOf(
        { ...JANE, mobile: "06 12 34 56 78" },
        { ...AD, regionOf: (base) => (base.startsWith("OU=Staff") ? "FR" : "US") },
      );

      expect(user.mobile).to.equal("+33612345678");
    });
  });

  it("keeps the person when the other mail address is unusable, and says so", () => {
    const options = { ...AD, attributes: { ...AD.attributes, alternateEmail: "otherMailbox" } };

    const bad = mapEntry(entry({ ...JANE, otherMailbox: "n/a" }, options), options);
    const good = mapEntry(entry({ ...JANE, otherMailbox: ["n/a", "j@home.example"] }, options), options);

    expect(bad).to.deep.include({
      kind: "user",
      unusable: [{ attribute: "otherMailbox", reason: "invalid_value" }],
    });
    expect(good.kind === "user" && good.user.alternateEmail).to.equal("j@home.example");
    expect(good).to.deep.include({ unusable: [] });
  });

  describe("a bad value costs the value, not the person, and is listed:", () => {
    const proxy: Options = { ...AD, attributes: { ...AD.attributes, aliases: ["mail", "proxyAddresses"] } };
    const cases: [
      string,
      Values,
      Options,
      Partial<DirectoryUser>,
      { attribute: string; reason: string }[],
    ][] = [
      [
        "a display name with U+0007",
        { ...JANE, displayName: "Jane\u0007", cn: "Jane D." },
        AD,
        { displayName: "Jane D." },
        [{ attribute: "displayName", reason: "invalid_text" }],
      ],
      [
        "a display name and a cn with an escape sequence",
        { ...JANE, displayName: "\u001b[2J", cn: "\u001b[2J" },
        AD,
        { displayName: null },
        [
          { attribute: "displayName", reason: "invalid_text" },
          { attribute: "cn", reason: "invalid_text" },
        ],
      ],
      [
        "ten thousand numbers",
        { ...JANE, mobile: Array<string>(10_000).fill("+32470123456") },
        AD,
        { mobile: null },
        [{ attribute: "mobile", reason: "too_many_values" }],
      ],
      [
        "a number of a stranger",
        { ...JANE, mobile: "+49 170 1234567/8" },
        AD,
        { mobile: null, phoneProblems: [{ field: "mobile", problem: "ambiguous" }] },
        [{ attribute: "mobile", reason: "ambiguous" }],
      ],
      [
        "an alias that is not UTF-8",
        {
          ...JANE,
          mail: Buffer.from([0x6a, 0xc3]),
          proxyAddresses: ["SMTP:J@Example.com", "smtp:jd@example.com"],
        },
        proxy,
        { aliases: ["j@example.com", "jd@example.com"] },
        [{ attribute: "mail", reason: "invalid_text" }],
      ],
    ];
    for (const [name, values, options, expected, unusable] of cases)
      it(name, () => {
        const mapped = mapEntry(entry(values, options), options);

        expect(mapped).to.deep.include({ kind: "user", unusable });
        expect(userOf(values, options)).to.deep.include(expected);
      });
  });

  it("leaves out the types of proxy addresses, and addresses that are not for mail", () => {
    const options: Options = { ...AD, attributes: { ...AD.attributes, aliases: ["proxyAddresses"] } };
    const proxyAddresses = [
      "SMTP:Jane.Doe@Example.com",
      "smtp:jd@example.com",
      "X400:c=US;a= ;p=Ex",
      "SIP:j@e.com",
    ];

    expect(userOf({ ...JANE, proxyAddresses }, options).aliases).to.deep.equal([
      "jane.doe@example.com",
      "jd@example.com",
    ]);
  });

  it("finds a name with hidden characters as it is typed", () => {
    expect(userOf({ userPrincipalName: "ja\u200bne@exam\u00adple.com\ufeff" }).userName).to.equal(
      "jane@example.com",
    );
  });

  describe("account state", () => {
    const cases: [string, Values, Options, { enabled: boolean; protected: boolean }][] = [
      ["enabled in AD", { userAccountControl: "512" }, AD, { enabled: true, protected: false }],
      ["disabled in AD", { userAccountControl: "514" }, AD, { enabled: false, protected: false }],
      ["protected by adminCount", { adminCount: "1" }, AD, { enabled: true, protected: true }],
      ["not protected by adminCount 0", { adminCount: "0" }, AD, { enabled: true, protected: false }],
      ["protected by the configuration", {}, { ...AD, isGuarded: true }, { enabled: true, protected: true }],
      [
        "locked for good by ppolicy",
        { uid: "j", pwdAccountLockedTime: "000001010000Z" },
        LDAP,
        { enabled: false, protected: false },
      ],
      [
        "locked for a while by ppolicy",
        { uid: "j", pwdAccountLockedTime: "20260101120000Z" },
        LDAP,
        { enabled: true, protected: false },
      ],
      ["locked in 389-ds", { uid: "j", nsAccountLock: "TRUE" }, LDAP, { enabled: false, protected: false }],
    ];
    for (const [name, values, options, expected] of cases)
      it(`is ${name}`, () => {
        expect(userOf({ ...JANE, ...values }, options)).to.include(expected);
      });
  });

  describe("leaves out, with the reason and never the value,", () => {
    const cases: [string, Values, string, string | null][] = [
      ["an entry without a name", { cn: "Jane" }, "no_user_name", "userPrincipalName"],
      [
        "a name that is not UTF-8",
        { userPrincipalName: Buffer.from([0x6a, 0xc3]) },
        "invalid_text",
        "userPrincipalName",
      ],
      ["a name with a NUL", { userPrincipalName: "ja\u0000ne" }, "invalid_text", "userPrincipalName"],
      [
        "a name that reads backwards",
        { userPrincipalName: "\u202ejane" },
        "invalid_text",
        "userPrincipalName",
      ],
      ["a name of 4 KiB", { userPrincipalName: "a".repeat(4097) }, "value_too_long", "userPrincipalName"],
      [
        "an account state that is no number",
        { ...JANE, userAccountControl: "x" },
        "invalid_value",
        "userAccountControl",
      ],
    ];
    for (const [name, values, reason, attribute] of cases)
      it(name, () => {
        expect(rejectionOf(values)).to.deep.equal({ kind: "rejected", id: ID, reason, attribute });
      });

    it("a copy that replication made of an entry of the same name, and what is below one", () => {
      const guid = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
      for (const dn of [
        `CN=Jan Peeters\\0ACNF:${guid},OU=Staff,DC=example,DC=com`,
        `CN=Peeters\\, Jan\\0ACNF:${guid},OU=Staff,DC=example,DC=com`,
        "nsuniqueid=66446001-1dd211b2-66225011-2ee211db+uid=jan,ou=people,dc=example,dc=com",
        `CN=Jan,OU=Team\\0ACNF:${guid},OU=Staff,DC=example,DC=com`,
        "uid=jan,nsuniqueid=66446001-1dd211b2-66225011-2ee211db+ou=people,dc=example,dc=com",
      ])
        expect(mapEntry(entry(JANE, AD, ID, dn), AD)).to.deep.include({
          kind: "rejected",
          id: ID,
          reason: "replication_conflict",
        });
      expect(mapEntry(entry(JANE, AD, ID, `CN=a CNF:${guid},OU=b,DC=c`), AD)).to.include({ kind: "user" });
    });

    it("an entry without an id, or with two", () => {
      const named = { ...LDAP, idAttribute: "nsUniqueId" };
      expect(mapEntry(entry(JANE, AD, null), AD)).to.deep.include({
        reason: "no_id",
        attribute: "objectGUID",
      });
      expect(mapEntry(entry({ uid: "j", nsUniqueId: ["1", "2"] }, named, null), named)).to.deep.include({
        id: null,
        reason: "several_ids",
        attribute: "nsUniqueId",
      });
    });
  });

  it("keeps emoji and other scripts, without the marks around them", () => {
    const user = userOf({ ...JANE, displayName: "\u200fשָׁלוֹם 😀\tZoe\u0301" });

    expect(user.displayName).to.equal("שָׁלוֹם 😀 Zo\u00e9".normalize("NFC"));
  });

  it("gives a valid user or a reason, whatever the bytes are", () => {
    const value = fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.constantFrom("jane", "+32470123456", "512", "\u0130".repeat(256)),
    );
    const values = fc.dictionary(
      fc.constantFrom(
        "userPrincipalName",
        "sAMAccountName",
        "displayName",
        "cn",
        "mobile",
        "telephoneNumber",
        "userAccountControl",
        "adminCount",
        "memberOf",
        "otherMailbox",
        "uid",
        "mail",
      ),
      fc.array(value, { minLength: 1, maxLength: 3 }),
    );
    const attributes = { ...AD.attributes, alternateEmail: "otherMailbox" };
    fc.assert(
      fc.property(values, fc.constantFrom(AD, LDAP), (some, options) => {
        const mapped = mapEntry(entry(some, { ...options, attributes }), { ...options, attributes });
        if (mapped.kind === "user") directoryUserSchema.parse(mapped.user);
      }),
      { numRuns: 300 },
    );
  });
});
