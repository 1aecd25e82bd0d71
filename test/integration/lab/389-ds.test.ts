import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { expect } from "chai";
import { start389Ds } from "../../../lab/389-ds.ts";
import { person } from "../../../lab/openldap-people.ts";
import { shared389Ds } from "../../support/389-ds.ts";
import { openDirectory } from "../../support/directory.ts";

describe("the lab's 389 Directory Server", function () {
  this.timeout(60_000); // the first start makes the folder that all others copy

  it("runs twice at once, with users who can sign in, and leaves nothing behind", async () => {
    const servers = await Promise.all([start389Ds(), start389Ds()]);
    const [one, other] = servers;
    try {
      const ann = await one.addUser();
      expect(await one.tryPassword(ann.dn, ann.password)).to.equal("ok");
      expect(await other.tryPassword(ann.dn, ann.password)).to.not.equal("ok");
      expect(await other.tryPassword(person(1).dn, person(1).password)).to.equal("ok");

      await one.kill();
      await one.restart();
      expect(await one.tryPassword(ann.dn, ann.password)).to.equal("ok");
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
    for (const { caFile } of servers) expect(existsSync(dirname(caFile))).to.equal(false);
  });

  it("is recognised as 389-ds, and names its users by nsUniqueId", async () => {
    const server = await shared389Ds();
    const directory = await openDirectory({ server, bases: [server.peopleDn] });
    try {
      const [found] = await directory.find("p00001", new AbortController().signal);
      expect(directory.dialect).to.equal("389-ds");
      expect(found?.id).to.equal(await server.idOf("p00001"));
      expect(found?.enabled).to.equal(true);
    } finally {
      await directory.close();
    }
  });
});
