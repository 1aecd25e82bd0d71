import { expect } from "chai";
import fc from "fast-check";
import { canonicalDn, canonicalRdns, DnSet, isDn, isWithin, parentOf, plainDn } from "../../../shared/dn.ts";
import { ADMINS, OTHER_THAN_ADMINS, SPELLINGS_OF_ADMINS } from "../../support/dn-spellings.ts";

describe("distinguished names", () => {
  for (const [one, other] of [
    ["OU=Staff,DC=Lab,DC=Test", "ou=staff, dc=lab , dc=test"],
    ["CN=Zo\\c3\\a9,OU=x", "cn=zoé,ou=x"],
    ["CN=Zoe\u0301,OU=x", "cn=ZOÉ,ou=x"],
    ["CN=ΟΔΟΣ,OU=x", "cn=οδοσ,ou=x"],
    ["CN=İSTANBUL,OU=x", "cn=istanbul,ou=x"],
    ["CN=J\u030C,OU=x", "cn=\u01F0,ou=x"],
    ["0.9.2342.19200300.100.1.44=7,OU=x", "uniqueIdentifier=7,ou=x"],
    ["CN=\\ a\\ ,OU=x", "cn=a,ou=x"],
    ["CN=a\u00a0b,OU=x", "cn=a b,ou=x"],
    ["CN=\\#0c0161,OU=x", "cn=\\230c0161,ou=x"],
    ["CN=#1e020061,OU=x", "cn=a,ou=x"],
    ["CN=#1301 61,OU=x".replace(" ", ""), "cn=a,ou=x"],
    ['CN="a\\"b\\\\c",OU=x', 'cn=a\\"b\\\\c,ou=x'],
    ['CN=the "best" one,OU=x', "cn=the \\22best\\22 one,ou=x"],
    ['CN="",OU=x', "cn=,ou=x"],
    ["CN=a=b,OU=x", "cn=a\\3Db,ou=x"],
    ["O=\\e3\\81\\82,C=JP", "2.5.4.10=あ;oid.2.5.4.6=jp"],
  ] as const)
    it(`holds ${one} and ${other} for the same name`, () => {
      expect(canonicalDn(one)).to.equal(canonicalDn(other));
      expect(isDn(one)).to.equal(true);
    });

  for (const [one, other] of [
    ["CN=a\\,OU=b,DC=x", "CN=a,OU=b,DC=x"],
    ["CN=a\\+UID=b,DC=x", "CN=a+UID=b,DC=x"],
    ["CN=a+UID=b,DC=x", "CN=a,UID=b,DC=x"],
    ["CN=#0c0161,DC=x", "CN=\\#0c0161,DC=x"],
    ["CN=#ff,DC=x", "CN=\\ff,DC=x"],
    ["CN=\\ff,DC=x", "CN=\\fe,DC=x"],
    ["CN=#300401020304,DC=x", "CN=#300401020305,DC=x"],
    ["CN=a b,DC=x", "CN=ab,DC=x"],
    ["CN=a,DC=x", "SN=a,DC=x"],
    ["CN=ı,DC=x", "CN=i,DC=x"],
  ] as const)
    it(`tells ${one} from ${other}`, () => {
      expect(canonicalDn(one)).to.not.equal(canonicalDn(other));
    });

  for (const text of [
    "jane",
    "jane@example.com",
    "LAB\\jane",
    "",
    " ",
    "CN=a,",
    ",CN=a",
    "CN=a,,DC=x",
    "=a",
    'CN="a',
    'CN="a"b',
    "CN=a\\",
    "a b=c",
    "<GUID=0f1e>",
  ])
    it(`does not take ${JSON.stringify(text)} for a DN, and holds it for equal to itself only`, () => {
      expect(isDn(text)).to.equal(false);
      expect(canonicalDn(text)).to.equal(canonicalDn(text.toUpperCase()));
      expect(canonicalDn(text)).to.not.equal(canonicalDn(`${text}CN=b`));
    });

  for (const [type, others] of Object.entries({
    cn: ["CN", "commonName", "2.5.4.3", "OID.2.5.4.3", "oid.2.5.4.3"],
    o: ["organizationName", "2.5.4.10"],
    ou: ["organizationalUnitName", "2.5.4.11"],
    dc: ["domainComponent", "0.9.2342.19200300.100.1.25"],
    uid: ["userid", "0.9.2342.19200300.100.1.1"],
    c: ["countryName", "2.5.4.6"],
    l: ["localityName", "2.5.4.7"],
    st: ["stateOrProvinceName", "2.5.4.8"],
    street: ["streetAddress", "2.5.4.9"],
    sn: ["surname", "2.5.4.4"],
    mail: ["rfc822Mailbox", "0.9.2342.19200300.100.1.3"],
    serialNumber: ["2.5.4.5"],
    givenName: ["gn", "2.5.4.42"],
    title: ["2.5.4.12"],
  }))
    it(`knows ${type} by its OID and its other names`, () => {
      for (const other of others)
        expect(canonicalDn(`${other}=a,DC=x`), other).to.equal(canonicalDn(`${type}=a,DC=x`));
    });

  it("is written plainly for servers that read one spelling only", () => {
    for (const spelling of SPELLINGS_OF_ADMINS)
      expect(plainDn(spelling)).to.equal("cn=admins\\, eu,ou=groups,dc=example,dc=com");
    expect(plainDn('CN=a\\"b\\<c\\>d\\;e+OU=f,DC=x')).to.equal('cn=a\\"b\\<c\\>d\\;e+ou=f,dc=x');
    for (const odd of ["CN=\\#a,DC=x", "CN=#0500,DC=x", "CN=\\ff\\fe,DC=x", "CN=a\\+b\\\\#1,DC=x"])
      expect(canonicalDn(plainDn(odd))).to.equal(canonicalDn(odd));
  });

  it("knows what lies within what", () => {
    expect(isWithin("uid=a,ou=people,dc=x", "OU=People,DC=X")).to.equal(true);
    expect(isWithin("ou=people,dc=x", "ou=people,dc=x")).to.equal(true);
    expect(isWithin("uid=a,ou=otherpeople,dc=x", "ou=people,dc=x")).to.equal(false);
    expect(isWithin("dc=x", "ou=people,dc=x")).to.equal(false);
    expect(isWithin("CN=x\\,OU=Staff,DC=lab", "OU=Staff,DC=lab")).to.equal(false);
    expect(isWithin('uid=a;2.5.4.11="Staff, EU";dc=lab', "OU=Staff\\2C EU,domainComponent=LAB")).to.equal(
      true,
    );
    expect(isWithin("uid=a,dc=x", "")).to.equal(true);
  });

  it("gives the parent as it is written", () => {
    expect(parentOf("CN=Doe\\, Jane,OU=Staff,DC=lab")).to.equal("OU=Staff,DC=lab");
    expect(parentOf('CN="Doe, Jane";OU=Staff;DC=lab')).to.equal("OU=Staff;DC=lab");
    expect(parentOf("CN=a+UID=b,OU=Staff")).to.equal("OU=Staff");
    expect(parentOf("CN=a\\+b\\2Cc,OU=Staff")).to.equal("OU=Staff");
    expect(parentOf("DC=lab")).to.equal("");
    expect(parentOf("")).to.equal("");
  });
});

describe("a set of DNs", () => {
  for (const spelling of SPELLINGS_OF_ADMINS)
    it(`finds ${spelling}, on either side`, () => {
      expect(new DnSet([ADMINS]).has(spelling)).to.equal(true);
      const set = new DnSet([spelling]);
      expect([set.has(ADMINS), set.has(ADMINS)]).to.deep.equal([true, true]);
    });

  for (const other of OTHER_THAN_ADMINS)
    it(`does not find ${other}`, () => {
      expect(new DnSet([ADMINS]).has(other)).to.equal(false);
      expect(new DnSet([other]).has(ADMINS)).to.equal(false);
    });
});

// ---- Properties --------------------------------------------------------------------------------------------------

type Value = readonly [type: string, text: string];
/** Leaf first; each RDN has a value or more. */
type Name = readonly (readonly Value[])[];

const TYPES: Readonly<Record<string, readonly string[]>> = {
  cn: ["cn", "CN", "commonName", "2.5.4.3", "OID.2.5.4.3"],
  ou: ["ou", "Ou", "organizationalUnitName", "2.5.4.11"],
  dc: ["dc", "DC", "domainComponent", "OID.0.9.2342.19200300.100.1.25"],
  uid: ["uid", "userId", "0.9.2342.19200300.100.1.1"],
  "x-own": ["x-own", "X-Own"],
};
/** Lowercase, and with no space that servers leave out, so that two values are the same only when they are equal. */
const text = fc
  .string({ unit: fc.constantFrom(..."abcxyz019 ,+;=\"\\#<>'-éßあ😀".split(/(?:)/u)), maxLength: 12 })
  .map((value) => value.trim().replace(/ +/g, " "));
const rdn = fc.uniqueArray(fc.tuple(fc.constantFrom(...Object.keys(TYPES)), text), {
  minLength: 1,
  maxLength: 3,
  selector: ([type]) => type,
});
const name: fc.Arbitrary<Name> = fc.array(rdn, { minLength: 1, maxLength: 4 });

const hexOf = (value: string): string => Buffer.from(value).toString("hex");
const escaped = (value: string): string =>
  value
    .replace(/[",+;<>\\=]/g, (character) => `\\${character}`)
    .replace(/^[# ]/, (character) => `\\${character}`);

/** Writes a value in one of the ways that RFC 4514, 2253 and 1779 allow; `pick` chooses among so many. */
function spell(value: string, pick: (among: number) => number): string {
  const spaced = value.replaceAll(" ", () => " ".repeat(1 + pick(3)));
  const cased = pick(2) === 0 ? spaced : spaced.replace(/[a-zéあ]/gu, (letter) => letter.toUpperCase());
  switch (pick(4)) {
    case 0:
      return escaped(cased);
    case 1:
      return `"${cased.replace(/["\\]/g, (character) => `\\${character}`)}"`;
    case 2:
      return `#0c${Buffer.from([Buffer.byteLength(cased)]).toString("hex")}${hexOf(cased)}`;
    default:
      return hexOf(cased).replace(/../g, (pair) => `\\${pick(2) === 0 ? pair : pair.toUpperCase()}`);
  }
}

function write(dn: Name, pick: (among: number) => number): string {
  const space = (): string => " ".repeat(pick(3));
  return dn
    .map((values) => {
      const inOrder = pick(2) === 0 ? values : [...values].reverse();
      return inOrder
        .map(([type, value]) => {
          const names = TYPES[type] ?? [type];
          return `${space()}${names[pick(names.length)] ?? type}${space()}=${space()}${spell(value, pick)}${space()}`;
        })
        .join("+");
    })
    .reduce((dnSoFar, each) => `${dnSoFar}${pick(3) === 0 ? ";" : ","}${each}`);
}

const plainly = (dn: Name): string =>
  dn.map((values) => values.map(([type, value]) => `${type}=${escaped(value)}`).join("+")).join(",");
const sorted = (dn: Name): string =>
  JSON.stringify(dn.map((values) => values.map((value) => value.join("=")).sort()));

describe("any distinguished name", () => {
  it("is the same name in every spelling", () => {
    fc.assert(
      fc.property(name, fc.infiniteStream(fc.nat()), (dn, numbers) => {
        const pick = (among: number): number => (numbers.next().value as number) % among;
        const spelt = write(dn, pick);

        expect(canonicalRdns(spelt), spelt).to.deep.equal(canonicalRdns(plainly(dn)));
        expect(canonicalRdns(parentOf(spelt))).to.deep.equal(canonicalRdns(spelt).slice(1));
        expect(isDn(spelt)).to.equal(true);
      }),
      { numRuns: 1000 },
    );
  });

  it("differs from every other", () => {
    fc.assert(
      fc.property(name, name, (one, other) => {
        fc.pre(sorted(one) !== sorted(other));
        expect(canonicalDn(plainly(one))).to.not.equal(canonicalDn(plainly(other)));
      }),
      { numRuns: 1000 },
    );
  });

  it("or any other text is compared without throwing", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (any) => {
        expect(canonicalDn(any)).to.equal(canonicalDn(` ${any} `.trim() === "" ? "" : any));
        parentOf(any);
      }),
    );
  });
});
