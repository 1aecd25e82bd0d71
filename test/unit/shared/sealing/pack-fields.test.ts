import { expect } from "chai";
import fc from "fast-check";
import { sealAdditionalData, signInAdditionalData } from "../../../../shared/sealing/additional-data.ts";
import { packFields } from "../../../../shared/sealing/pack-fields.ts";
import { decodePasswords, encodePasswords } from "../../../../shared/sealing/password-plaintext.ts";

type Field = string | number | boolean | Uint8Array;
const field = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.integer(),
  fc.boolean(),
  fc.uint8Array({ maxLength: 200 }),
);

/** The same by Node's own means. */
function packByBuffer(label: string, fields: readonly Field[]): Buffer {
  const parts = [label, ...fields].map((each) => Buffer.from(typeof each === "object" ? each : String(each)));
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(part.length);
      return [length, part];
    }),
  );
}

describe("packed fields", () => {
  it("are the length and the UTF-8 of each field in order", () => {
    expect(Buffer.from(packFields("ab", ["é", 12, true, Uint8Array.of(255)])).toString("hex")).to.equal(
      [
        "00000002",
        "6162",
        "00000002",
        "c3a9",
        "00000002",
        "3132",
        "00000004",
        "74727565",
        "00000001",
        "ff",
      ].join(""),
    );
  });

  it("have the same bytes in a browser and on a server, whatever is in them", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.array(field, { maxLength: 8 }), (label, fields) => {
        expect(Buffer.from(packFields(label, fields)).equals(packByBuffer(label, fields))).to.equal(true);
      }),
    );
  });

  it("bind a seal to order and recipient with the same bytes as before", () => {
    const recipient = { agentId: "A", keyId: "K", suite: "x25519" } as const;
    const order = { tenantId: "t", userId: "u", issuedAt: 1, notAfter: 2 };
    const job = {
      ...order,
      jobId: "J",
      operation: "reset",
      userSequence: 3,
      mustChange: false,
      unlock: true,
      methods: ["text", "email"],
    };
    const text = (bytes: Uint8Array): string =>
      Buffer.from(bytes)
        .toString("latin1")
        .replace(/\0\0\0./gs, "|");

    expect(text(sealAdditionalData(job, recipient))).to.equal(
      "|latchkey/v1/seal|x25519|A|K|J|t|reset|u|3|1|2|false|true|text,email",
    );
    expect(text(signInAdditionalData({ ...order, checkId: "C", subject: "s" }, recipient))).to.equal(
      "|latchkey/v1/sign-in-seal|x25519|A|K|C|t|s|1|2",
    );
  });
});

describe("a password's plaintext", () => {
  it("is decoded as it was encoded, and is padded", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", maxLength: 100 }),
        fc.string({ unit: "grapheme", maxLength: 100 }),
        (first, second) => {
          const encoded = encodePasswords(first, second);
          expect([512, 1024, 2048]).to.include(encoded.length);
          expect(decodePasswords(encoded)).to.deep.equal({ first, second: second === "" ? null : second });
        },
      ),
    );
  });

  it("is refused when it is cut short", () => {
    expect(() => decodePasswords(Uint8Array.of(0, 9, 65))).to.throw(RangeError);
    expect(() => decodePasswords(Uint8Array.of(0, 1, 65, 0, 9, 65))).to.throw(RangeError);
  });
});
