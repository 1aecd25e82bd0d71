import { Writable } from "node:stream";
import { inspect } from "node:util";
import { expect } from "chai";
import { createLogger, type LogLevel } from "../../../shared/logger.ts";
import { Secret } from "../../../shared/secret.ts";

function record(level: LogLevel = "debug") {
  const lines: Record<string, unknown>[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
      done();
    },
  });
  return { lines, log: createLogger({ service: "test", level, stream }) };
}

const CANARY = "canary-Pässw0rd";

describe("logger", () => {
  it("writes one JSON object per line, with the event's name and its fields", () => {
    const { lines, log } = record();

    log.child({ runId: "r1" }).info("sync.run.finished", { changed: 3 });

    expect(lines[0]).to.include({ level: "info", message: "sync.run.finished", runId: "r1", changed: 3 });
  });

  it("begins each line with the time in UTC, level and event, and prints whole numbers of any size", () => {
    const { lines, log } = record();
    const before = Date.now();

    log.warn("x.y.slow", { bytes: 2n ** 64n, note: undefined });

    expect(Object.keys(lines[0] ?? {})).to.deep.equal(["timestamp", "level", "message", "service", "bytes"]);
    expect(lines[0]?.["bytes"]).to.equal("18446744073709551616");
    expect(lines[0]?.["timestamp"]).to.match(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(Date.parse(String(lines[0]?.["timestamp"]))).to.be.within(before, Date.now());
  });

  it("does not format lines below its level, in children either", () => {
    const { lines, log } = record("warn");
    const unread = {
      get field(): never {
        throw new Error("was read");
      },
    };

    for (const one of [log, log.child({ runId: "r1" })]) {
      one.debug("x.y.noted", unread);
      one.info("x.y.done", unread);
      one.warn("x.y.slow");
      one.error("x.y.failed");
    }

    expect(lines.map(({ level, runId }) => [level, runId])).to.deep.equal([
      ["warn", undefined],
      ["error", undefined],
      ["warn", "r1"],
      ["error", "r1"],
    ]);
  });

  it("keeps code, cause and stack of an error", () => {
    const { lines, log } = record();

    log.error("x.y.failed", {
      error: Object.assign(new Error("outer", { cause: new Error("inner") }), { code: "E1" }),
    });

    expect(lines[0]?.["error"]).to.include({ message: "outer", code: "E1" });
    expect(JSON.stringify(lines[0])).to.contain("inner");
  });

  it("prints no secret, whatever holds it (T-30)", () => {
    const { lines, log } = record();
    class Holder {
      readonly inside = CANARY;
    }

    log.info("x.y.done", {
      value: new Secret(CANARY),
      password: CANARY,
      nested: { newPassword: CANARY, deeper: [{ authorization: CANARY }] },
      bytes: Buffer.from(CANARY),
      holder: new Holder(),
    });

    expect(JSON.stringify(lines)).to.not.contain(CANARY);
    expect(JSON.stringify(lines)).to.not.contain("canary");
  });
});

describe("secret", () => {
  it("is not printed as text, as JSON or by inspection", () => {
    const secret = new Secret(CANARY);

    expect([secret.toString(), JSON.stringify({ secret }), inspect({ secret })].join()).to.not.contain(
      CANARY,
    );
    expect(secret.reveal()).to.equal(CANARY);
  });
});
