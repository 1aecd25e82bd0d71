import { expect } from "chai";
import { systemClock } from "../../../../shared/clock.ts";
import { startHeartbeat } from "../../../../shared/protocol/heartbeat.ts";
import { waitFor } from "../../../support/wait-for.ts";

describe("the heartbeat", () => {
  const times = { pingAfterMs: 20, deadAfterMs: 60, clock: systemClock };

  it("pings once after a silence, then reports the other side as dead once", async () => {
    const heard: string[] = [];
    const startedAt = performance.now();
    startHeartbeat({ ...times, ping: () => heard.push("ping"), onDead: () => heard.push("dead") });
    await waitFor("the end", () => heard.includes("dead"), { everyMs: 1 });

    expect(heard).to.deep.equal(["ping", "dead"]);
    expect(performance.now() - startedAt).to.be.at.least(59);
  });

  it("continues while pings are answered", async () => {
    let pings = 0;
    let dead = false;
    const heartbeat = startHeartbeat({
      ...times,
      ping() {
        pings++;
        setImmediate(() => heartbeat.heard());
      },
      onDead: () => (dead = true),
    });
    await waitFor("five pings", () => pings >= 5);
    heartbeat.stop();
    expect(dead).to.equal(false);
  });

  it("decides only after reading messages that arrived while the process was frozen", async () => {
    let dead = false;
    let pinged = false;
    const heartbeat = startHeartbeat({ ...times, ping: () => (pinged = true), onDead: () => (dead = true) });
    await waitFor("the ping", () => pinged, { everyMs: 1 });
    // The answer is in the socket's buffer when the process stops for longer than deadAfterMs.
    setImmediate(() => heartbeat.heard());
    const until = performance.now() + 100;
    while (performance.now() < until);
    pinged = false;
    await waitFor("the next ping", () => pinged);
    heartbeat.stop();
    expect(dead).to.equal(false);
  });

  it("does nothing after it was stopped", async () => {
    let calls = 0;
    const heartbeat = startHeartbeat({ ...times, ping: () => calls++, onDead: () => calls++ });
    heartbeat.stop();
    let looks = 0;
    await waitFor("some time", () => ++looks > 5);
    expect(calls).to.equal(0);
  });
});
