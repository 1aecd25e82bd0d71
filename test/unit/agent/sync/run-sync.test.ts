import { expect } from "chai";
import { systemClock } from "../../../../shared/clock.ts";
import { AppError } from "../../../../shared/errors.ts";
import { complete, entries, entryOf, FULL, idOf, play, START } from "../../../support/play-run.ts";

const aborted = (signal: AbortSignal): Promise<void> => systemClock.sleep(60_000, signal);

describe("runSync", () => {
  it("sends the feed in batches and finishes with its cursor", async () => {
    const { link, result, types, askedFrom } = await play({
      begun: { cursor: "start", users: 5 },
      feed: [START, ...entries(1, 450), { kind: "gone", id: idOf(9), reason: "deleted" }, complete(false)],
    });

    expect(types).to.deep.equal([
      "sync.begin",
      "sync.note",
      "sync.batch",
      "sync.batch",
      "sync.batch",
      "sync.finish",
    ]);
    expect(askedFrom).to.equal("start");
    expect(link.batches.map((batch) => [batch.sequence, batch.changes.length])).to.deep.equal([
      [1, 200],
      [2, 200],
      [3, 51],
    ]);
    expect(link.bodyOf("sync.finish")).to.include({ sequence: 4, sweep: false, cursor: "end", read: 450 });
    expect(result).to.include({ state: "done", feed: "syncrepl", full: false, error: null });
  });

  it("starts from nothing for an initial run, whatever the cloud's cursor", async () => {
    const { askedFrom } = await play({
      order: { policy: "initial" },
      begun: { cursor: "start" },
      feed: [FULL, ...entries(1, 1), complete(true)],
    });

    expect(askedFrom).to.equal(null);
  });

  it("never has more batches under way than the window, and lets the feed wait", async () => {
    let open = 0;
    let most = 0;
    const releases: (() => void)[] = [];
    let produced = 0;
    const running = play({
      feed: async function* () {
        yield START;
        for (const event of entries(1, 3000)) {
          produced++;
          yield event;
          await Promise.resolve();
        }
        yield complete(false);
      },
      async before(type) {
        if (type !== "sync.batch") return;
        most = Math.max(most, ++open);
        await new Promise<void>((resolve) => releases.push(resolve));
        open--;
      },
    });
    while (releases.length < 4) await new Promise(setImmediate);
    for (let i = 0; i < 20; i++) await new Promise(setImmediate);
    expect(produced).to.be.at.most(5 * 200);

    const pump = setInterval(() => releases.shift()?.(), 1);
    const { result, link } = await running;
    clearInterval(pump);

    expect(most).to.equal(4);
    expect(result.state).to.equal("done");
    expect(link.changes).to.have.length(3000);
  });

  it("passes on the unchanged in pieces that fit a frame", async () => {
    const ids = Array.from({ length: 10_000 }, (_, n) => idOf(n));
    const { link, result } = await play({ feed: [START, { kind: "present", ids }, complete(true)] });

    const sent = link.changes.flatMap((change) => (change.kind === "present" ? change.ids : []));
    expect(sent).to.deep.equal(ids);
    for (const batch of link.batches) expect(JSON.stringify(batch).length).to.be.below(160 * 1024);
    expect(result.counts.read).to.equal(10_000);
  });

  it("reads whom the cloud does not know and sends them whole, before the run ends", async () => {
    const ids = Array.from({ length: 2_500 }, (_, n) => idOf(n));
    const unknown = [idOf(7), idOf(1_700), idOf(2_400)];
    const byId = { [idOf(7)]: entryOf(7), [idOf(2_400)]: entryOf(2_400) }; // the third has left meanwhile
    const { link, result, asked } = await play({
      begun: { cursor: "start", users: 2_497 },
      feed: [START, ...entries(5_000, 1), { kind: "present", ids }, complete(true)],
      unknown,
      byId,
    });

    expect(asked).to.have.members(unknown);
    const sent = link.changes.flatMap((change) => (change.kind === "user" ? [change.user.id] : []));
    expect(sent).to.deep.equal([idOf(5_000), idOf(7), idOf(2_400)]);
    expect(link.bodyOf("sync.finish")).to.include({ sweep: true, cursor: "end", read: 2_500 });
    expect(result.state).to.equal("done");
  });

  it("does not read again whom the feed has also given whole, before or after", async () => {
    const { link, asked } = await play({
      order: { dryRun: true },
      feed: [
        START,
        ...entries(1, 1),
        { kind: "present", ids: [idOf(1), idOf(2)] },
        ...entries(2, 1),
        complete(true),
      ],
      unknown: [idOf(1), idOf(2)],
    });

    expect(asked).to.deep.equal([]);
    expect(link.changes.map(({ kind }) => kind)).to.deep.equal(["digest", "present", "digest"]);
    expect(link.bodyOf("sync.finish")).to.include({ read: 2 });
  });

  it("sends digests of them in a dry run, and a rejection of whom cannot be used", async () => {
    const byId = { [idOf(3)]: entryOf(3), [idOf(666)]: entryOf(666) };
    const { link } = await play({
      order: { dryRun: true },
      feed: [START, { kind: "present", ids: [idOf(3), idOf(666)] }, complete(true)],
      unknown: [idOf(3), idOf(666)],
      byId,
    });

    expect(link.changes.map(({ kind }) => kind)).to.deep.equal(["present", "digest", "rejected"]);
  });

  it("sends digests only in a dry run, and no cursor", async () => {
    const { link, result } = await play({
      order: { dryRun: true },
      begun: { cursor: "start", users: 5 },
      feed: [START, ...entries(1, 2), complete(false)],
    });

    expect(link.changes.map((change) => change.kind)).to.deep.equal(["digest", "digest"]);
    expect(JSON.stringify(link.frames)).not.to.contain("470");
    expect(link.batches.map((batch) => batch.cursor)).to.deep.equal([null]);
    expect(link.bodyOf("sync.finish")).to.include({ cursor: null });
    expect(result.dryRun).to.equal(true);
  });

  it("reports what cannot be used and goes on", async () => {
    const { link } = await play({ feed: [START, ...entries(665, 3), complete(true)] });

    expect(link.changes.map((change) => change.kind)).to.deep.equal(["user", "rejected", "user"]);
  });

  it("fails, and deletes nothing, when an emptied directory answers", async () => {
    const { types, result, link } = await play({ begun: { users: 3 }, feed: [FULL, complete(true)] });

    expect(types.at(-1)).to.equal("sync.fail");
    expect(link.bodyOf("sync.fail")).to.include({ code: "SYNC_EMPTY" });
    expect(result).to.deep.include({ state: "failed" });
    expect(result.error?.code).to.equal("SYNC_EMPTY");
  });

  it("accepts an empty directory while the cloud has no users", async () => {
    const { result } = await play({ feed: [FULL, complete(true)] });

    expect(result.state).to.equal("done");
  });

  it("fails when the feed ends early, and sends no cursor", async () => {
    const { link, result } = await play({ feed: [START, ...entries(1, 3)] });

    expect(link.bodyOf("sync.finish")).to.equal(undefined);
    expect(link.bodyOf("sync.fail")).to.include({ code: "SYNC_FAILED" });
    expect(result.state).to.equal("failed");
  });

  it("fails with the directory's own reason", async () => {
    const { link, result } = await play({
      // eslint-disable-next-line @typescript-eslint/require-await -- a feed is asynchronous
      feed: async function* () {
        yield START;
        throw new AppError("SCOPE_BASE_MISSING", "OU=Gone is not there.");
      },
    });

    expect(link.bodyOf("sync.fail")).to.include({
      code: "SCOPE_BASE_MISSING",
      reason: "OU=Gone is not there.",
    });
    expect(result.error).to.deep.equal({ code: "SCOPE_BASE_MISSING", message: "OU=Gone is not there." });
  });

  it("hides the text of an unexpected error", async () => {
    const { link } = await play({
      // eslint-disable-next-line @typescript-eslint/require-await -- a feed is asynchronous
      feed: async function* () {
        yield START;
        throw new TypeError("password=hunter2");
      },
    });

    expect(JSON.stringify(link.frames)).not.to.contain("hunter2");
    expect(link.bodyOf("sync.fail")).to.include({ code: "INTERNAL" });
  });

  it("stops a silent feed as soon as the cloud refuses a batch", async () => {
    const { result, types } = await play({
      feed: async function* (signal) {
        yield START;
        yield* entries(1, 200);
        await aborted(signal);
      },
      before(type) {
        if (type === "sync.batch") throw new AppError("SYNC_LEASE_LOST");
      },
    });

    expect(result.error?.code).to.equal("SYNC_LEASE_LOST");
    expect(types).not.to.include("sync.fail");
  });

  it("says that it failed until the cloud's store can write it down", async () => {
    let isAway = true;

    const { result, link } = await play({
      feed: [START, ...entries(0, 1), complete(false)],
      before: (type) => {
        if (type === "sync.batch") throw new AppError("STORE_UNAVAILABLE");
        if (type !== "sync.fail" || !isAway) return;
        isAway = false;
        throw new AppError("STORE_UNAVAILABLE");
      },
    });

    expect(result).to.deep.include({ state: "failed" });
    expect(link.frames.filter(({ type }) => type === "sync.fail")).to.have.lengthOf(2);
  });

  it("ends with LINK_CLOSED when the link goes, and leaves the rest to the next run", async () => {
    const { result, types } = await play({
      feed: [START, ...entries(1, 1000), complete(false)],
      before(type) {
        if (type === "sync.batch") throw new AppError("LINK_CLOSED");
      },
    });

    expect(result.error?.code).to.equal("LINK_CLOSED");
    expect(types).not.to.include("sync.finish");
  });

  it("is over before it began when the cloud says no", async () => {
    const { result, types } = await play({
      before(type) {
        if (type === "sync.begin") throw new AppError("SYNC_LEASE_LOST");
      },
    });

    expect(types).to.deep.equal(["sync.begin"]);
    expect(result.error?.code).to.equal("SYNC_LEASE_LOST");
  });

  it("fails the run when the agent stops", async () => {
    const stop = new AbortController();
    const { link, result } = await play({
      signal: stop.signal,
      feed: async function* (signal) {
        yield START;
        setImmediate(() => stop.abort());
        await aborted(signal);
      },
    });

    expect(result.error?.code).to.equal("SYNC_FAILED");
    expect(link.bodyOf("sync.fail")?.reason).to.contain("stopping");
  });

  it("reports progress with what the cloud has acknowledged", async () => {
    const { progress, result } = await play({ feed: [START, ...entries(1, 450), complete(false)] });

    expect(progress.at(-1)?.counts.read).to.equal(450);
    expect(progress.every(({ runId }) => runId === result.runId)).to.equal(true);
  });

  describe("for one user", () => {
    const order = { user: "jane" };

    it("sends what the directory finds", async () => {
      const { link } = await play({ order, found: { jane: [entryOf(1)] }, begun: { userId: idOf(1) } });

      expect(link.changes).to.have.length(1);
      expect(link.changes[0]).to.deep.include({ kind: "user" });
      expect(link.bodyOf("sync.finish")).to.include({ sweep: false, cursor: null, read: 1 });
    });

    it("says which way the user is gone", async () => {
      const deleted = await play({ order, begun: { userId: idOf(1) } });
      const moved = await play({ order, begun: { userId: idOf(1) }, accounts: [idOf(1)] });

      expect(deleted.link.changes).to.deep.equal([{ kind: "gone", id: idOf(1), reason: "deleted" }]);
      expect(moved.link.changes).to.deep.equal([{ kind: "gone", id: idOf(1), reason: "left_scope" }]);
    });

    it("follows a user who was renamed", async () => {
      const { link } = await play({ order, begun: { userId: idOf(1) }, found: { [idOf(1)]: [entryOf(1)] } });

      expect(link.changes.map((change) => change.kind)).to.deep.equal(["user"]);
    });

    it("sends both when the name has passed to another person", async () => {
      const { link } = await play({
        order,
        begun: { userId: idOf(1) },
        found: { jane: [entryOf(2)], [idOf(1)]: [entryOf(1)] },
      });

      expect(link.changes.map((change) => change.kind === "user" && change.user.id)).to.have.members([
        idOf(1),
        idOf(2),
      ]);
    });

    it("fails when no user, or more than one, has the name", async () => {
      const nobody = await play({ order });
      const two = await play({ order, found: { jane: [entryOf(1), entryOf(2)] } });

      expect(nobody.result.error?.code).to.equal("USER_UNKNOWN");
      expect(two.result.error?.code).to.equal("USER_AMBIGUOUS");
      expect(two.link.changes).to.deep.equal([]);
    });
  });
});
