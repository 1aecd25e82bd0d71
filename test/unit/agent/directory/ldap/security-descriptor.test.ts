import { expect } from "chai";
import fc from "fast-check";
import { mayWrite, parseAccessList } from "../../../../../agent/directory/ldap/security-descriptor.ts";

const SELF = "S-1-5-10";
const SELF_BYTES = Buffer.from("010100000000000" + "50a000000", "hex");
const MOBILE = "f0f8ffa31191d011a0600000f80367c1";
const isSelf = (sid: string): boolean => sid === SELF;

interface Entry {
  readonly type: number;
  readonly flags?: number;
  readonly mask?: number;
  readonly about?: string;
}

/** A self-relative descriptor with this access list, as a server sends it. */
function descriptorOf(entries: readonly Entry[]): Buffer {
  const list = entries.map(({ type, flags = 0, mask = 0x20, about }) => {
    const object =
      type < 5
        ? Buffer.alloc(0)
        : Buffer.concat([
            Buffer.from([about === undefined ? 0 : 1, 0, 0, 0]),
            Buffer.from(about ?? "", "hex"),
          ]);
    const head = Buffer.alloc(8);
    head.writeUInt8(type, 0);
    head.writeUInt8(flags, 1);
    head.writeUInt16LE(8 + object.length + SELF_BYTES.length, 2);
    head.writeUInt32LE(mask, 4);
    return Buffer.concat([head, object, SELF_BYTES]);
  });
  const body = Buffer.concat(list);
  const acl = Buffer.alloc(8);
  acl.writeUInt8(4, 0);
  acl.writeUInt16LE(8 + body.length, 2);
  acl.writeUInt16LE(entries.length, 4);
  const head = Buffer.alloc(20);
  head.writeUInt8(1, 0);
  head.writeUInt32LE(20, 16);
  return Buffer.concat([head, acl, body]);
}

const attribute = { id: "a3fff8f0911111d0a0600000f80367c1", set: null };
const decided = (...entries: readonly Entry[]): boolean =>
  mayWrite(parseAccessList(descriptorOf(entries)).entries, isSelf, attribute);

describe("an access list of Active Directory", () => {
  for (const [what, entries, expected] of [
    ["nothing", [], false],
    ["every property", [{ type: 0 }], true],
    ["this attribute", [{ type: 5, about: MOBILE }], true],
    ["another attribute", [{ type: 5, about: "00".repeat(16) }], false],
    ["reading alone", [{ type: 0, mask: 0x10 }], false],
    ["what children alone inherit", [{ type: 0, flags: 0x0a }], false],
    ["a denial before it", [{ type: 6, about: MOBILE }, { type: 0 }], false],
    ["a denial of another attribute before it", [{ type: 6, about: "00".repeat(16) }, { type: 0 }], true],
  ] as const)
    it(`${expected ? "lets users write" : "lets no user write"}: ${what}`, () => {
      expect(decided(...entries)).to.equal(expected);
    });

  it("that was cut off at any byte says so, and gives what came before", () => {
    const whole = descriptorOf([{ type: 0 }, { type: 5, about: MOBILE }]);

    expect(parseAccessList(whole)).to.have.property("isWhole", true);
    for (let length = 0; length < whole.length; length++)
      expect(parseAccessList(whole.subarray(0, length)).isWhole, String(length)).to.equal(false);
  });

  it("of any bytes is read without an error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        parseAccessList(Buffer.from(bytes));
      }),
    );
  });
});
