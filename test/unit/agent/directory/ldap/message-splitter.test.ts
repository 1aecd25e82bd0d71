import { expect } from "chai";
import { MessageSplitter } from "../../../../../agent/directory/ldap/message-splitter.ts";
import { isAppError } from "../../../../../shared/errors.ts";
import { result, searchEntry } from "../../../../support/ldap-bytes.ts";

const MESSAGES = [
  searchEntry(1, { dn: "uid=a", attributes: { mobile: ["+32 1"] } }),
  searchEntry(1, { dn: "uid=b", attributes: { cn: ["x".repeat(300)] } }),
  result(1, 0x65),
];
const STREAM = Buffer.concat(MESSAGES);

function split(chunks: readonly Buffer[], splitter = new MessageSplitter()): string[] {
  const found: string[] = [];
  for (const chunk of chunks)
    splitter.push(chunk, (buffer, start, end) => {
      found.push(buffer.toString("hex", start, end));
      return true;
    });
  return found;
}
const hexOf = (messages: readonly Buffer[]): string[] => messages.map((message) => message.toString("hex"));

describe("MessageSplitter", () => {
  it("finds the same messages wherever the stream is cut in two", () => {
    for (let cut = 0; cut <= STREAM.length; cut += 1)
      expect(split([STREAM.subarray(0, cut), STREAM.subarray(cut)]), `cut at ${cut}`).to.deep.equal(
        hexOf(MESSAGES),
      );
  });

  it("finds them when every byte comes alone", () => {
    expect(split([...STREAM].map((byte) => Buffer.from([byte])))).to.deep.equal(hexOf(MESSAGES));
  });

  it("grows for a message larger than its buffer and goes on after it", () => {
    const large = searchEntry(1, { dn: "uid=c", attributes: { photo: [Buffer.alloc(200_000, 1)] } });
    const stream = Buffer.concat([large, ...MESSAGES]);
    const chunks = Array.from({ length: Math.ceil(stream.length / 1000) }, (_, index) =>
      stream.subarray(index * 1000, (index + 1) * 1000),
    );

    expect(split(chunks)).to.deep.equal(hexOf([large, ...MESSAGES]));
  });

  it("stops where it is told to and forgets the rest", () => {
    const splitter = new MessageSplitter();
    let calls = 0;
    splitter.push(STREAM, () => {
      calls += 1;
      return false;
    });

    expect(calls).to.equal(1);
    expect(splitter.pendingBytes).to.equal(0);
  });

  for (const [what, bytes] of [
    ["one gibibyte announced", [0x30, 0x84, 0x40, 0, 0, 0]],
    ["an indefinite length", [0x30, 0x80, 0x02]],
    ["a length of five bytes", [0x30, 0x85, 0, 0, 0, 0, 1]],
    ["no sequence", [0x00, 0xff, 0x13, 0x37]],
  ] as const)
    it(`refuses ${what} at once`, () => {
      expect(() => split([Buffer.from(bytes)])).to.throw(/not LDAP/);
    });

  it("refuses with DIRECTORY_PROTOCOL", () => {
    try {
      split([Buffer.from("GET / HTTP/1.1\r\n")]);
      expect.fail("nothing was thrown");
    } catch (error) {
      expect(isAppError(error, "DIRECTORY_PROTOCOL")).to.equal(true);
    }
  });
});
