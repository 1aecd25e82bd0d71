import { expect } from "chai";
import type { FeedEvent } from "../../../../../agent/directory/directory.ts";
import { createEntryReader } from "../../../../../agent/directory/entries/entry-reader.ts";
import { dirSyncFeed } from "../../../../../agent/directory/feeds/dirsync-feed.ts";
import { runFeed } from "../../../../../agent/directory/feeds/run-feed.ts";
import { resolveScope } from "../../../../../agent/directory/feeds/scope.ts";
import { usnFeed } from "../../../../../agent/directory/feeds/usn-feed.ts";
import { LDAP_OID } from "../../../../../agent/directory/ldap/oids.ts";
import { SessionPool } from "../../../../../agent/directory/ldap/session-pool.ts";
import { systemClock } from "../../../../../shared/clock.ts";
import { silentLogger } from "../../../../../shared/logger.ts";
import { collectFeed, directoryConfig, openDirectory, summarizeFeed } from "../../../../support/directory.ts";
import { sharedSambaAd } from "../../../../support/samba-ad.ts";
import { unprotected } from "../../../../support/unprotected.ts";

describe("choosing the feed of Active Directory", () => {
  before(async function () {
    this.timeout(160_000); // the first use provisions the domain
    await sharedSambaAd();
  });

  it("takes DirSync where the server gives it", async () => {
    const ad = await sharedSambaAd();
    const directory = await openDirectory({ server: ad, bases: [ad.peopleDn] });
    try {
      expect((await collectFeed(directory, null)).feed).to.equal("dirsync");
    } finally {
      await directory.close();
    }
  });

  it("falls back to uSNChanged where it does not, and reads all users after a cursor of the other feed", async () => {
    const ad = await sharedSambaAd();
    const { directory: config, attributes } = directoryConfig({ server: ad, bases: [ad.peopleDn] });
    const common = { log: silentLogger, clock: systemClock };
    const sessions = new SessionPool({ config, ...common });
    const stream = await sessions.open("read");
    const supportedControls = new Set(
      [...stream.rootDse.supportedControls].filter((oid) => oid !== LDAP_OID.dirSync),
    );
    const dialect = "active-directory";
    const entries = createEntryReader({ dialect, config, attributes });
    const { names } = unprotected();
    const read = async (hasDirSync: boolean, cursor: string | null) => {
      const options = {
        config,
        feeds: [dirSyncFeed, usnFeed],
        stream: hasDirSync ? stream : { ...stream, rootDse: { ...stream.rootDse, supportedControls } },
        sessions,
        entries,
        scope: (known: Readonly<Record<string, string>>) =>
          sessions.use("read", async (session) => ({
            ...(await resolveScope(
              { config, dialect, ids: entries.ids, names, log: silentLogger },
              session,
              known,
            )),
            isGuarded: () => false,
          })),
        log: silentLogger,
      };
      const events: FeedEvent[] = [];
      for await (const event of runFeed(options, cursor, new AbortController().signal)) events.push(event);
      return summarizeFeed(events);
    };
    try {
      const byDirSync = await read(true, null);
      const byUsn = await read(false, byDirSync.cursor);
      const again = await read(false, byUsn.cursor);

      expect([byDirSync.feed, byUsn.feed, again.feed]).to.deep.equal(["dirsync", "usn", "usn"]);
      expect([byUsn.full, again.full]).to.deep.equal([true, false]);
      expect(byUsn.ids).to.deep.equal(byDirSync.ids);
    } finally {
      stream.close();
      await sessions.close();
    }
  });
});
