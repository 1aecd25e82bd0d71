import { Writable } from "node:stream";
import { inspect } from "node:util";
import { expect } from "chai";
import { createLogger } from "../../../shared/logger.ts";
import { Secret } from "../../../shared/secret.ts";

function record() {
  const lines: Record<string, unknown>[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
      done();
    },
  });
  return { lines, log: createLogger({ service: "test", level: "debug", stream }) };
}

const CANARY = "canary-Pässw0rd";

describe("logger", () => {
  it("writes one JSON object a line, with the event's name and its fields", () => {
    const { lines, log } = record();

    log.child({ runId: "r1" }).info("sync.run.finished", { changed: 3 });

    expect(lines[0]).to.include({ level: "info", message: "sync.run.finished", runId: "r1", changed: 3 });
  });

  it("keeps code, cause and stack of an error", () => {
    const { lines, log } = record();

    log.error("x.y.failed", {
      error: Object.assign(new Error("outer", { cause: new Error("inner") }), { code: "E1" }),
    });

    expect(lines[0]?.["error"]).to.include({ message: "outer", code: "E1" });
    expect(JSON.stringify(lines[0])).to.contain("inner");
  });

  it("prints no secret, whatever holds it", () => {
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
  it("says nothing in text, JSON or inspection", () => {
    const secret = new Secret(CANARY);

    expect([secret.toString(), JSON.stringify({ secret }), inspect({ secret })].join()).to.not.contain(
      CANARY,
    );
    expect(secret.reveal()).to.equal(CANARY);
  });
});
