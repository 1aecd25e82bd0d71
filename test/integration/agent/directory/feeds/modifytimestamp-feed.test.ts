import { expect } from "chai";
import type { Directory } from "../../../../../agent/directory/directory.ts";
import type { Ds389 } from "../../../../../lab/389-ds.ts";
import type { ApacheDs } from "../../../../../lab/apacheds.ts";
import { shared389Ds } from "../../../../support/389-ds.ts";
import { sharedApacheDs } from "../../../../support/apacheds.ts";
import { collectFeed, openDirectory, textOf } from "../../../../support/directory.ts";

type Server = ApacheDs | Ds389;
const SERVERS: readonly (readonly [string, () => Promise<Server>])[] = [
  ["389 Directory Server", shared389Ds],
  ["a plain LDAP server (ApacheDS)", sharedApacheDs],
];

for (const [name, start] of SERVERS)
  describe(`the modifytimestamp feed of ${name}`, function () {
    this.timeout(120_000); // the first start prepares the server's folder
    let server: Server;
    let directory: Directory;
    let unit: string;
    before(async () => {
      server = await start();
      unit = server.dn(`ou=stamps`);
      await server.addUnit(unit);
      directory = await openDirectory({ server, bases: [unit], directory: { feed: "modifytimestamp" } });
    });
    after(() => directory.close());

    it("reads all users of the base, and then what was added, changed, moved away and deleted", async () => {
      const [ann, bob, eve] = [
        await server.addUser(unit, { mobile: "+32 470 11 11 11" }),
        await server.addUser(unit),
        await server.addUser(unit),
      ];
      // ApacheDS gives no modifyTimestamp to entries that were never modified, and a delta needs one to start from.
      await server.setMobile(ann.name, "+32 470 11 11 12");
      const full = await collectFeed(directory, null);
      expect(full).to.include({ feed: "modifytimestamp", full: true });
      expect(full.ids).to.deep.equal([ann.id, bob.id, eve.id].sort());

      await server.setMobile(ann.name, "+32 470 22 22 22");
      await server.move(bob.dn, `uid=${bob.name},${server.dn("ou=outside")}`);
      await server.delete(eve.dn);
      const max = await server.addUser(unit);
      const delta = await collectFeed(directory, full.cursor);

      expect(delta).to.include({ full: false, sweep: true });
      const changed = delta.entries.find(({ id }) => id === ann.id);
      expect(textOf(changed, "mobile")).to.equal("+32 470 22 22 22");
      // A sweep: who is not named is gone.
      const named = [...new Set([...delta.ids, ...delta.present])].sort();
      expect(named).to.deep.equal([ann.id, max.id].sort());
    });

    if (start !== shared389Ds) return;
    it("notices that a user is inactivated", async () => {
      const user = await server.addUser(unit);
      const { cursor } = await collectFeed(directory, null);

      await server.set(user.dn, { nsAccountLock: "true" });
      const delta = await collectFeed(directory, cursor);

      expect(delta.entries.find(({ id }) => id === user.id)?.enabled).to.equal(false);
    });
  });
