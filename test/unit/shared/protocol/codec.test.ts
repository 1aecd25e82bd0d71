import { deflateRawSync } from "node:zlib";
import { expect } from "chai";
import fc from "fast-check";
import { isAppError } from "../../../../shared/errors.ts";
import { newId } from "../../../../shared/ids.ts";
import { type Decoded, FrameCodec, type Wire } from "../../../../shared/protocol/codec.ts";
import type { AgentFrame } from "../../../../shared/protocol/frames.ts";
import { LIMITS } from "../../../../shared/protocol/limits.ts";
import { fingerprintUser, serializeUser } from "../../../../shared/user.ts";

const receive = (
  codec: { decode(data: Buffer, isBinary: boolean): Decoded<AgentFrame> },
  wire: Wire,
): Decoded<AgentFrame> => codec.decode(Buffer.from(wire), typeof wire !== "string");

const frame = (change: object = {}): Buffer =>
  Buffer.from(
    JSON.stringify({ v: 1, n: 1, id: newId(), type: "sealing_key.announce", body: { keys: [] }, ...change }),
  );

const user = (n: number) => {
  const person = {
    id: n.toString(16).padStart(32, "0"),
    userName: `user${n}@example.com`,
    aliases: [],
    displayName: `User ${n}`,
    mobile: "+32470123456",
    officePhone: null,
    alternateEmail: null,
    mail: null,
    enabled: true,
    protected: false,
    phoneProblems: [],
    valueProblems: [],
  };
  return { kind: "user" as const, user: person, fingerprint: fingerprintUser(serializeUser(person)) };
};

describe("frame codec", () => {
  it("carries a short frame as text and a long one deflated, without changing it", () => {
    const agent = FrameCodec.forAgent();
    const cloud = FrameCodec.forCloud();
    const runId = newId();
    const body = { runId, sequence: 1, changes: Array.from({ length: 200 }, (_, n) => user(n)), cursor: "c" };

    const short = agent.encode("job.claim", { jobId: newId(), mark: null });
    const long = agent.encode("sync.batch", body);

    expect(short.wire).to.be.a("string");
    expect(long.wire).to.be.instanceOf(Buffer);
    expect(long.wire.length).to.be.below(JSON.stringify(body).length / 3);
    expect(receive(cloud, short.wire).kind).to.equal("frame");
    const second = receive(cloud, long.wire);
    expect(second.kind === "frame" && second.frame.body).to.deep.equal(body);
  });

  it("links an answer to its request", () => {
    const request = FrameCodec.forAgent().encode("job.claim", { jobId: newId(), mark: null });

    const answer = FrameCodec.forCloud().encode("ack", {}, request.id);

    expect(JSON.parse(answer.wire as string)).to.include({ re: request.id, type: "ack" });
  });

  it("tells a frame of an unknown type from a broken one", () => {
    const decoded = FrameCodec.forCloud().decode(frame({ type: "tea.brew", body: { milk: true } }), false);

    expect(decoded).to.include({ kind: "unknown_type", type: "tea.brew" });
  });

  for (const [what, data, isBinary] of [
    ["nothing", Buffer.alloc(0), false],
    ["text that is not JSON", Buffer.from("{"), false],
    ["a number", Buffer.from("1"), false],
    ["null", Buffer.from("null"), false],
    ["an array", Buffer.from("[]"), false],
    ["a wrong version", frame({ v: 2 }), false],
    ["a number out of order", frame({ n: 2 }), false],
    ["a repeated number", frame({ n: 0 }), false],
    ["an unknown key", frame({ extra: 1 }), false],
    ["an id that is none", frame({ id: "x" }), false],
    ["a prototype", Buffer.from('{"v":1,"n":1,"type":"__proto__"}'), false],
    ["a frame meant for the other side", frame({ type: "welcome" }).subarray(0, 50), false],
    ["binary that does not inflate", Buffer.from([1, 2, 3, 4]), true],
    ["a frame above the size limit", Buffer.alloc(LIMITS.maxFrameBytes + 1, 0x20), false],
    ["a bomb", deflateRawSync(Buffer.alloc(LIMITS.maxInflatedBytes + 1, 0x20)), true],
  ] as const)
    it(`refuses ${what}`, () => {
      expect(() => FrameCodec.forCloud().decode(data, isBinary))
        .to.throw()
        .with.property("code", "PROTOCOL_INVALID_FRAME");
    });

  it("gives the same error for any invalid bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, isBinary) => {
        try {
          FrameCodec.forCloud().decode(Buffer.from(bytes), isBinary);
          return true;
        } catch (error) {
          return isAppError(error, "PROTOCOL_INVALID_FRAME");
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("accepts or refuses any JSON in any part of a frame without crashing", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("ready", "job.claim", "job.outcome", "sync.batch", "sync.finish", "sync.begin"),
        fc.jsonValue({ maxDepth: 4 }),
        (type, body) => {
          try {
            FrameCodec.forCloud().decode(frame({ type, body }), false);
            return true;
          } catch (error) {
            return isAppError(error, "PROTOCOL_INVALID_FRAME");
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
