import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect } from "chai";
import { type SambaAd, startSambaAd } from "../../../../../lab/samba-ad.ts";
import { HOUR_MS } from "../../../../../shared/durations.ts";
import { collectFeed, openDirectory } from "../../../../support/directory.ts";
import { joinCloud } from "../../../../support/directory-to-cloud.ts";
import { sharedRedis } from "../../../../support/redis.ts";
import { sharedSambaAd } from "../../../../support/samba-ad.ts";
import { startSyncCloud, type SyncCloud } from "../../../../support/sync-cloud.ts";

const run = promisify(execFile);

/** Denies reading and listing to all but administrators. */
async function hide(ad: SambaAd, dn: string): Promise<void> {
  const { administrator } = ad;
  const signIn = ["--simple-bind-dn", administrator.dn, "--password", administrator.password];
  const change = [`--objectdn=${dn}`, "--sddl=(D;CI;RPLCLO;;;AU)", "--option=tls verify peer=no_check"];
  await run("samba-tool", ["dsacl", "set", "-H", ad.url, ...change, ...signIn]);
}

/** Returns the cursor of a run whose last list of all users is an hour older. */
function anHourOlder(cursor: string | null): string {
  const read = JSON.parse(cursor ?? "") as { position: { listed: number } };
  const { position } = read;
  return JSON.stringify({ ...read, position: { ...position, listed: position.listed - HOUR_MS } });
}

for (const feed of ["dirsync", "usn"] as const)
  describe(`people who move, with the ${feed} feed of Active Directory`, () => {
    let ad: SambaAd;
    let cloud: SyncCloud;
    before(async function () {
      this.timeout(40_000); // the first use provisions the domain
      ad = await sharedSambaAd();
      cloud = await startSyncCloud((await sharedRedis()).connection);
    });
    after(() => cloud.close());

    async function open(name: string) {
      const bases = ["AA", "BB", "CC"].map((unit) => ad.dn(`OU=${unit} ${name} ${feed}`));
      for (const base of bases) await ad.addUnit(base);
      const joined = await joinCloud(cloud, { server: ad, bases, directory: { feed } });
      return { ...joined, baseAt: (at: number): string => bases[at] ?? "" };
    }

    for (const [from, to] of [
      [1, 0],
      [0, 1],
      [2, 0],
      [0, 2],
    ] as const)
      it(`keeps a person who moves from base ${from + 1} to base ${to + 1}`, async () => {
        const { sync, has, close, baseAt } = await open(`move ${from}${to}`);
        const stays = await ad.addUser(baseAt(from));
        const user = await ad.addUser(baseAt(from));
        await sync();

        await ad.move(user.dn, `CN=${user.name},${baseAt(to)}`);
        const { state, counts } = await sync();

        expect(state).to.equal("done");
        expect(counts).to.include({ deleted: 0, added: 0, rejected: 0 });
        expect(await has(user.id, stays.id)).to.deep.equal([true, true]);
        await close();
      });

    it("keeps the people of an OU that moves between bases, and deletes those who really left", async () => {
      const { sync, has, close, baseAt } = await open("ou");
      const [last, first] = [`OU=Team,${baseAt(2)}`, `OU=Team,${baseAt(0)}`];
      await ad.addUnit(last);
      const [ann, bob] = [await ad.addUser(last), await ad.addUser(last)];
      await sync();

      await ad.move(last, first);
      await ad.delete(`CN=${bob.name},${first}`);
      const { counts } = await sync();

      expect(counts.deleted).to.equal(1);
      expect(await has(ann.id, bob.id)).to.deep.equal([true, false]);
      await close();
    });

    it("names, within an hour, the people as gone who move, alone or with an OU, where the account may not read", async () => {
      // A server of its own: Samba cannot search through nested groups any more once it hides an OU.
      const own = await startSambaAd();
      const [base, hidden] = [own.dn(`OU=Open ${feed}`), own.dn(`OU=Hidden ${feed}`)];
      const team = `OU=Team,${base}`;
      for (const unit of [base, team, hidden]) await own.addUnit(unit);
      const [ann, bob] = [await own.addUser(team), await own.addUser(base)];
      const stays = await own.addUser(base);
      const directory = await openDirectory({ server: own, bases: [base], directory: { feed } });
      const { cursor } = await collectFeed(directory, null);

      await own.move(team, `OU=Team,${hidden}`);
      await own.move(bob.dn, `CN=${bob.name},${hidden}`);
      await hide(own, hidden);
      const soon = await collectFeed(directory, cursor);
      const later = await collectFeed(directory, anHourOlder(soon.cursor));
      const next = await collectFeed(directory, later.cursor);

      expect(soon).to.include({ full: false, sweep: false }); // no answer of the server tells it
      expect(later).to.include({ full: false, sweep: true });
      expect([...later.ids, ...later.present])
        .to.deep.equal([stays.id])
        .and.not.include(ann.id);
      expect(next).to.include({ full: false, sweep: false });
      await directory.close();
      await own.stop();
    });

    it("adds unchanged people who come into scope with an OU", async () => {
      const { sync, has, close, baseAt } = await open("arrival");
      const stays = await ad.addUser(baseAt(0));
      const outside = ad.dn(`OU=Branch ${feed},OU=Outside`);
      await ad.addUnit(outside);
      const user = await ad.addUser(outside);
      await sync();
      await sync();

      await ad.move(outside, `OU=Branch,${baseAt(1)}`);
      const { counts } = await sync();

      expect(counts).to.include({ added: 1, deleted: 0 });
      expect(await has(user.id, stays.id)).to.deep.equal([true, true]);
      await close();
    });
  });
