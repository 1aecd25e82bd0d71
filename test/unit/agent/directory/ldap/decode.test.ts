import { expect } from "chai";
import fc from "fast-check";
import { BerReader, TAG } from "../../../../../agent/directory/ldap/ber-reader.ts";
import { decodeEntry, decodeResult, OPERATION } from "../../../../../agent/directory/ldap/decode.ts";
import type { DirectoryEntryRaw } from "../../../../../agent/directory/ldap/ldap-entry.ts";
import { MAX_VALUE_BYTES } from "../../../../../agent/directory/ldap/ldap-stream.ts";
import { isAppError } from "../../../../../shared/errors.ts";
import { message, result, searchEntry } from "../../../../support/ldap-bytes.ts";

const entryIn = (bytes: Buffer): DirectoryEntryRaw => {
  const reader = new BerReader(bytes);
  return reader.within(TAG.sequence, () => {
    reader.integer();
    return decodeEntry(reader, new Map());
  });
};
const resultIn = (bytes: Buffer, operation: number) => {
  const reader = new BerReader(bytes);
  return reader.within(TAG.sequence, () => {
    reader.integer();
    return decodeResult(reader, operation);
  });
};

describe("decoding what a server sends", () => {
  it("gives names in lowercase, values as bytes, and controls by OID", () => {
    const guid = Buffer.from("00ff80e94b00112233445566778899aa", "hex");
    const entry = entryIn(
      searchEntry(7, {
        dn: "CN=Zoé,OU=Staff",
        attributes: { objectGUID: [guid], mobile: ["+32 1", "+32 2"] },
        controls: { "1.2.3": Buffer.from("v") },
      }),
    );

    expect(entry.dn).to.equal("CN=Zoé,OU=Staff");
    expect(entry.attributes.get("objectguid")).to.deep.equal([guid]);
    expect(entry.attributes.get("mobile")?.map(String)).to.deep.equal(["+32 1", "+32 2"]);
    expect(entry.controls.get("1.2.3")?.toString()).to.equal("v");
  });

  it("takes the values of an attribute with options as values of the attribute", () => {
    const { attributes } = entryIn(
      searchEntry(7, {
        dn: "CN=Zoé",
        attributes: {
          "mobile;lang-nl": ["+32 470 11 11 11"],
          mobile: ["+32 1"],
          "memberOf;range=0-1": ["CN=a", "CN=b"],
          memberOf: [],
          "photo;binary": ["x"],
        },
        controls: {},
      }),
    );

    expect([...attributes].map(([name, values]) => [name, values.map(String)])).to.deep.equal([
      ["mobile", ["+32 1", "+32 470 11 11 11"]],
      ["memberof", ["CN=a", "CN=b"]],
      ["photo", ["x"]],
    ]);
  });

  it("tells an attribute without values from one that was not sent", () => {
    const { attributes } = entryIn(searchEntry(1, { dn: "", attributes: { mobile: [] } }));

    expect(attributes.get("mobile")).to.deep.equal([]);
    expect(attributes.has("cn")).to.equal(false);
  });

  it("keeps no more of a long value than shows that it is too long", () => {
    const values = [Buffer.alloc(1_000_000, 65), Buffer.alloc(MAX_VALUE_BYTES, 66)];
    const { attributes } = entryIn(searchEntry(1, { dn: "", attributes: { cn: values } }));

    expect(attributes.get("cn")?.map((value) => value.length)).to.deep.equal([
      MAX_VALUE_BYTES + 1,
      MAX_VALUE_BYTES,
    ]);
  });

  it("keeps nothing of the buffer it reads from, which is used again", () => {
    const bytes = searchEntry(1, { dn: "uid=a", attributes: { mobile: ["+32 1"] } });
    const { attributes } = entryIn(bytes);
    bytes.fill(0);

    expect(attributes.get("mobile")?.map(String)).to.deep.equal(["+32 1"]);
  });

  it("reads code, text, referrals and the value of an extended response", () => {
    const bytes = message(3, OPERATION.extendedResponse, undefined, (writer) => {
      writer.writeEnumeration(10);
      writer.writeString("dc=x");
      writer.writeString("elsewhere");
      writer.startSequence(0xa3);
      writer.writeString("ldaps://other");
      writer.endSequence();
      writer.writeString("1.2.3", 0x8a);
      writer.writeBuffer(Buffer.from([0xff, 0xfe]), 0x8b);
    });

    const { code, matchedDn, message: text, referrals, value } = resultIn(bytes, OPERATION.extendedResponse);

    expect({ code, matchedDn, text, referrals }).to.deep.equal({
      code: 10,
      matchedDn: "dc=x",
      text: "elsewhere",
      referrals: ["ldaps://other"],
    });
    expect(value).to.deep.equal(Buffer.from([0xff, 0xfe]));
  });

  it("reads result codes above 127 (4096, e-syncRefreshRequired)", () => {
    expect(resultIn(result(1, 0x65, 4096), 0x65).code).to.equal(4096);
  });

  it("answers any damaged bytes with an entry or with DIRECTORY_PROTOCOL, never otherwise (T-25)", () => {
    const whole = searchEntry(1, {
      dn: "uid=a,ou=people",
      attributes: { uid: ["a"], mobile: ["+32 470", ""], cn: [] },
      controls: { "1.2.3": Buffer.from("value") },
    });
    const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });

    fc.assert(
      fc.property(damage, fc.nat(whole.length), (changes, length) => {
        const bytes = Buffer.from(whole.subarray(0, length === 0 ? whole.length : length));
        for (const [at, byte] of changes) if (at < bytes.length) bytes[at] = byte;
        try {
          entryIn(bytes);
        } catch (error) {
          if (!isAppError(error, "DIRECTORY_PROTOCOL")) throw error;
        }
      }),
      { numRuns: 5000 },
    );
  });

  it("takes four thousand nested sequences without descending into them", () => {
    let nested = Buffer.alloc(0);
    for (let depth = 0; depth < 4000; depth += 1) {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(nested.length);
      nested = Buffer.concat([Buffer.from([0x30, 0x84]), length, nested]);
    }

    expect(() => entryIn(nested)).to.throw(/not LDAP/);
  });
});
