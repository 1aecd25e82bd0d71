import { expect } from "chai";
import type { DialectName, EnabledState } from "../../../../../agent/directory/directory.ts";
import { createEntryReader } from "../../../../../agent/directory/entries/entry-reader.ts";
import { allNames } from "../../../../../agent/directory/entries/login-names.ts";
import { Secret } from "../../../../../shared/secret.ts";
import { ADMINS, OTHER_THAN_ADMINS, SPELLINGS_OF_ADMINS } from "../../../../support/dn-spellings.ts";

const ID = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const BASE = "OU=Staff,DC=example,DC=com";
const JANE = `CN=Jane,${BASE}`;

interface Setting {
  readonly dialect?: DialectName;
  readonly protectedGroups?: readonly string[];
  readonly bind?: string;
  readonly writebackBind?: string;
}
type Values = Readonly<Record<string, readonly string[]>>;

const password = new Secret("");
const readerOf = ({ dialect = "openldap", protectedGroups = [], bind = "CN=Sync", writebackBind }: Setting) =>
  createEntryReader({
    dialect,
    protectedGroups,
    attributes: { displayName: "displayName", mobile: "mobile", officePhone: "telephoneNumber" },
    config: {
      bind: { dn: bind, password },
      ...(writebackBind === undefined ? {} : { writebackBind: { dn: writebackBind, password } }),
    },
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

/** What the feed says of an entry, and what a look at the account would say of the same values. */
function bothHalves(setting: Setting, values: Values, dn?: string) {
  const reader = readerOf(setting);
  const raw = rawOf(values, dn);
  const synced = reader.toEntry(raw, BASE, ID);
  return {
    synced: synced.protected,
    atWrite: reader.isProtected(raw, values["memberOf"] ?? [], allNames(raw, reader.nameAttributes)),
  };
}
const YES = { synced: true, atWrite: true };
const NO = { synced: false, atWrite: false };

describe("a protected account", () => {
  for (const spelling of SPELLINGS_OF_ADMINS) {
    it(`is a member of ${ADMINS} where the configuration says ${spelling}`, () => {
      expect(bothHalves({ protectedGroups: [spelling] }, { memberOf: [ADMINS] })).to.deep.equal(YES);
    });
    it(`is a member of ${spelling} where the configuration says ${ADMINS}`, () => {
      expect(bothHalves({ protectedGroups: [ADMINS] }, { memberOf: [spelling] })).to.deep.equal(YES);
    });
  }
  for (const other of OTHER_THAN_ADMINS)
    it(`is no member of ${other}`, () => {
      expect(bothHalves({ protectedGroups: [ADMINS] }, { memberOf: [other] })).to.deep.equal(NO);
    });

  it("is marked by Active Directory", () => {
    expect(bothHalves({ dialect: "active-directory" }, { adminCount: ["1"] })).to.deep.equal(YES);
    expect(bothHalves({ dialect: "active-directory" }, { adminCount: ["0"] })).to.deep.equal(NO);
  });

  for (const [bind, values, dn] of [
    ["cn=jane;ou=staff;dc=example;dc=com", {}, JANE],
    ["jane@example.com", { userPrincipalName: ["Jane@Example.com"] }, JANE],
    ["EXAMPLE\\Jane", { userPrincipalName: ["j@x"], sAMAccountName: ["jane"] }, JANE],
  ] as const)
    it(`is the account ${bind} that the agent signs in with`, () => {
      const setting = { dialect: "active-directory" as const };
      expect(bothHalves({ ...setting, bind }, values, dn)).to.deep.equal(YES);
      expect(bothHalves({ ...setting, writebackBind: bind }, values, dn)).to.deep.equal(YES);
      expect(bothHalves(setting, values, dn)).to.deep.equal(NO);
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
      const reader = readerOf({ dialect });
      expect(reader.enabledState(rawOf(values))).to.equal(expected);
      expect(reader.toEntry(rawOf(values), BASE, ID).enabled).to.equal(expected);
    });
});

describe("the names of an account", () => {
  it("are all values of the naming attributes for a deny-list, usable or not", () => {
    const raw = rawOf({ uid: ["jdoe", "CEO"], mail: ["\u202eceo@example.com"] });

    expect(allNames(raw, readerOf({}).nameAttributes)).to.have.members([
      "jdoe",
      "ceo",
      "\u202eceo@example.com",
    ]);
    expect(readerOf({}).toEntry(raw, BASE, ID).names).to.deep.equal({
      userName: "jdoe",
      aliases: ["ceo"],
      unusable: [{ reason: "invalid_text", attribute: "mail" }],
    });
  });

  it("are those of the id's problem where there is no id", () => {
    const { id, names } = readerOf({}).toEntry(rawOf({ uid: ["jdoe"] }), BASE);

    expect({ id, names }).to.deep.equal({ id: null, names: { reason: "no_id", attribute: "entryUUID" } });
  });
});
