import { expect } from "chai";
import { type DirectoryEntry, type FeedEvent } from "../../../../agent/directory/directory.ts";
import { LIMITS } from "../../../../shared/protocol/limits.ts";
import {
  complete,
  entries,
  entryOf,
  FULL,
  idOf,
  play,
  type Script,
  START,
} from "../../../support/play-run.ts";

const entryIn = (event: FeedEvent): DirectoryEntry[] => (event.kind === "entry" ? [event.entry] : []);

describe("what a sync run of the agent cannot use", () => {
  it("lists what cannot be used by DN in the result, and sends no DN above the number that a run lists", async () => {
    const withoutId = (n: number): FeedEvent => ({ kind: "entry", entry: { ...entryOf(n), id: null } });
    const many = Array.from({ length: LIMITS.maxRunProblems + 2 }, (_, n) => withoutId(n));
    const { link, result } = await play({ feed: [START, ...entries(1, 1), ...many, complete(false)] });

    const dns = link.changes.flatMap((change) => (change.kind === "rejected" ? [change.dn] : []));
    expect(dns.filter((dn) => dn !== null)).to.have.length(LIMITS.maxRunProblems);
    expect(dns.slice(-2)).to.deep.equal([null, null]);
    expect(result.problems.total).to.equal(many.length);
    expect(result.problems.items[0]).to.deep.equal({
      what: "entry",
      id: null,
      dn: entryOf(0).dn,
      attribute: "displayName",
      reason: "invalid_text",
    });
  });

  it("sends the DN of a user whom the cloud rejected for another source, after the answer", async () => {
    const { link, result } = await play({
      feed: [FULL, ...entries(1, 2), complete(true)],
      otherSource: [idOf(2)],
      byId: { [idOf(2)]: entryOf(2) },
    });

    expect(link.changes.at(-1)).to.deep.equal({ kind: "other_source", id: idOf(2), dn: entryOf(2).dn });
    expect(result.problems).to.deep.include({ total: 1 });
  });

  for (const { name, script, failed } of [
    { name: "a full run", script: { feed: [FULL, ...entries(666, 1), complete(true)] }, failed: true },
    {
      name: "a dry run of all users",
      script: { order: { dryRun: true }, feed: [FULL, ...entries(666, 1), complete(true)] },
      failed: true,
    },
    {
      name: "a run of one user",
      script: { order: { user: "u666" }, found: { u666: entries(666, 1).flatMap(entryIn) } },
      failed: true,
    },
    {
      name: "a delta of a source without users",
      script: { feed: [START, ...entries(666, 1), complete(false)] },
      failed: true,
    },
    {
      name: "a delta of a source with users",
      script: { begun: { users: 9 }, feed: [START, ...entries(666, 1), complete(false)] },
      failed: false,
    },
    {
      name: "a full run with one usable entry",
      script: { feed: [FULL, ...entries(666, 2), complete(true)] },
      failed: false,
    },
  ] satisfies { name: string; script: Script; failed: boolean }[])
    it(`${failed ? "fails" : "does not fail"} ${name} whose other entries cannot be used`, async () => {
      const { result, link } = await play(script);

      expect(result.error?.code ?? null).to.equal(failed ? "SYNC_NOBODY_USABLE" : null);
      expect(link.bodyOf("sync.finish") === undefined).to.equal(failed);
      if (failed) {
        expect(result.error?.message).to.contain("1 with characters in displayName that no name may have");
        expect(result.error?.message).not.to.contain("dc=example");
      }
    });
});
