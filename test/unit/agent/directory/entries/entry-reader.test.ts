import { expect } from "chai";
import type { DialectName, EnabledState } from "../../../../../agent/directory/directory.ts";
import { createEntryReader } from "../../../../../agent/directory/entries/entry-reader.ts";
import { allNames } from "../../../../../agent/directory/entries/login-names.ts";

const ID = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const BASE = "OU=Staff,DC=example,DC=com";
const JANE = `CN=Jane,${BASE}`;

type Values = Readonly<Record<string, readonly string[]>>;

const nobody = (): boolean => false;
const readerOf = (dialect: DialectName = "openldap") =>
  createEntryReader({
    dialect,
    attributes: {
      displayName: "displayName",
      mobile: "mobile",
      officePhone: "telephoneNumber",
      mail: "mail",
    },
    config: {},
  });
const rawOf = (values: Values, dn = JANE) => ({
  dn,
  attributes: new Map(
    Object.entries(values).map(([name, list]) => [
      name.toLowerCase(),
      list.map((value) => Buffer.from(value)),
    ]),
  ),
});

describe("a protected account", () => {
  const isProtected = (values: Values, isGuarded = nobody): boolean =>
    readerOf("active-directory").toEntry(rawOf(values), BASE, isGuarded, ID).protected;

  it("is one that Active Directory marks", () => {
    expect(isProtected({ adminCount: ["1"] })).to.equal(true);
    expect(isProtected({ adminCount: ["0"] })).to.equal(false);
  });

  it("is one that the configuration protects, whatever its own memberOf says", () => {
    expect(isProtected({}, () => true)).to.equal(true);
    expect(isProtected({ memberOf: ["CN=Admins,DC=example,DC=com"] })).to.equal(false);
  });
});

describe("whether an account is enabled", () => {
  const cases: readonly (readonly [DialectName, Values, EnabledState])[] = [
    ["active-directory", { userAccountControl: ["512"] }, true],
    ["active-directory", { userAccountControl: ["514"] }, false],
    ["active-directory", { userAccountControl: ["enabled"] }, "unreadable"],
    ["active-directory", {}, "not_shown"],
    ["openldap", {}, true],
    ["openldap", { pwdAccountLockedTime: ["000001010000Z"] }, false],
    ["openldap", { pwdAccountLockedTime: ["20260101120000Z"] }, true],
    ["generic", { nsAccountLock: ["true"] }, false],
    ["generic", { nsAccountLock: ["FALSE"] }, true],
  ];
  for (const [dialect, values, expected] of cases)
    it(`is ${String(expected)} with ${JSON.stringify(values)} in ${dialect}`, () => {
      const reader = readerOf(dialect);
      expect(reader.enabledState(rawOf(values))).to.equal(expected);
      expect(reader.toEntry(rawOf(values), BASE, nobody, ID).enabled).to.equal(expected);
    });
});

describe("the names of an account", () => {
  it("are all values of the naming attributes for a deny-list, usable or not", () => {
    const raw = rawOf({ uid: ["jdoe", "CEO"], mail: ["\u202eceo@example.com"] });

    expect(allNames(raw, readerOf().nameAttributes)).to.have.members([
      "jdoe",
      "ceo",
      "\u202eceo@example.com",
      "ceo@example.com",
    ]);
    expect(readerOf().toEntry(raw, BASE, nobody, ID).names).to.deep.equal({
      userName: "jdoe",
      aliases: ["ceo"],
      unusable: [{ reason: "invalid_text", attribute: "mail" }],
    });
  });

  it("are those of the id's problem where there is no id", () => {
    const { id, names } = readerOf().toEntry(rawOf({ uid: ["jdoe"] }), BASE, nobody);

    expect({ id, names }).to.deep.equal({ id: null, names: { reason: "no_id", attribute: "entryUUID" } });
  });
});
