import { expect } from "chai";
import { createKept } from "../../../cloud/ttl-cache.ts";
import { AppError } from "../../../shared/errors.ts";
import { createManualClock, type ManualClock } from "../../support/manual-clock.ts";
import { rejection } from "../../support/rejection.ts";

describe("what is looked up once in a while", () => {
  let clock: ManualClock;
  let looks: string[];
  beforeEach(() => {
    clock = createManualClock();
    looks = [];
  });

  it("is looked up once for each key until its time is over", async () => {
    const kept = createKept({ keepMs: 1_000, clock }, (key, more: string) => {
      looks.push(key + more);
      return Promise.resolve(looks.length);
    });

    const together = await Promise.all([kept("a", "!"), kept("a", "!"), kept("b", "?")]);
    await clock.advance(999);
    const before = await kept("a", "!");
    await clock.advance(1);
    const after = await kept("a", "!");

    expect([...together, before, after]).to.deep.equal([1, 1, 2, 1, 3]);
    expect(looks).to.deep.equal(["a!", "b?", "a!"]);
  });

  it("is looked up again at once when it failed, or was not there", async () => {
    const answers = [() => Promise.reject(new AppError("STORE_UNAVAILABLE")), () => Promise.resolve(null)];
    const kept = createKept(
      { keepMs: 1_000, clock },
      () => answers.shift()?.() ?? Promise.resolve<string | null>("found"),
    );

    const failed = await rejection(kept("a"));
    const absent = await kept("a");
    const found = await kept("a");

    expect(failed.code).to.equal("STORE_UNAVAILABLE");
    expect([absent, found]).to.deep.equal([null, "found"]);
  });
});
