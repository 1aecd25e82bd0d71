import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { mapEntry, type MappedEntry } from "../../../../agent/sync/map-entry.ts";
import type { SambaAd } from "../../../../lab/samba-ad.ts";
import { directoryConfig, openDirectory } from "../../../support/directory.ts";
import { sharedSambaAd } from "../../../support/samba-ad.ts";

/** Values as administrators and Exchange leave them, read from a real domain controller. */
describe("odd values in Active Directory", function () {
  this.timeout(120_000); // the first use provisions the domain
  let server: SambaAd;
  let unit: string;
  before(async () => {
    server = await sharedSambaAd();
    unit = server.dn(`OU=Odd ${randomUUID().slice(0, 8)}`);
    await server.addUnit(unit);
  });

  async function synced(attributes: Readonly<Record<string, unknown>> = {}) {
    const options = { server, bases: [unit], attributes };
    const directory = await openDirectory(options);
    try {
      const mapped = new Map<string | null, MappedEntry>();
      for await (const event of directory.changes(null, new AbortController().signal))
        if (event.kind === "entry")
          mapped.set(
            event.entry.id,
            mapEntry(event.entry, { attributes: directoryConfig(options).attributes, regionOf: () => "BE" }),
          );
      return mapped;
    } finally {
      await directory.close();
    }
  }
  it("finds a user whose principal name has a zero-width space under the name that people type", async () => {
    const user = await server.addUser(unit);
    await server.set(user.dn, { userPrincipalName: `${user.name}\u200b@lab.test` });

    expect((await synced()).get(user.id)).to.have.nested.property("user.userName", `${user.name}@lab.test`);
  });

  it("finds a user by the mail addresses of Exchange, without their type, and by no other address of it", async () => {
    const user = await server.addUser(unit);
    await server.set(user.dn, {
      proxyAddresses: [
        `SMTP:${user.name}@example.com`,
        `smtp:${user.name}@mail.example.com`,
        "X400:c=BE;a= ;p=x",
      ],
    });
    const options = { server, bases: [unit], attributes: { aliases: ["proxyAddresses"] } };
    const directory = await openDirectory(options);
    const [found] = await directory.find(`${user.name}@mail.example.com`, new AbortController().signal);
    await directory.close();

    expect(found?.id).to.equal(user.id);
    expect((await synced(options.attributes)).get(user.id))
      .to.have.nested.property("user.aliases")
      .that.deep.equals([`${user.name}@example.com`, `${user.name}@mail.example.com`]);
  });

  it("finds one user by each form of the name, as the agent's own commands do", async () => {
    const user = await server.addUser(unit);
    await server.set(user.dn, {
      userPrincipalName: `${user.name}@corp.local`,
      mail: `o'${user.name}@contoso.com`,
    });
    const directory = await openDirectory({ server, bases: [unit] });
    const found = async (typed: string): Promise<string[]> =>
      (await directory.find(typed, new AbortController().signal)).map(({ id }) => id ?? "");
    try {
      for (const typed of [
        user.name,
        `${user.name}@corp.local`,
        `O’${user.name}@contoso.com`,
        `${user.name}@lab.test`,
        `LAB\\${user.name}`,
        `\u202a${user.name.toUpperCase()}\u200b`,
      ])
        expect(await found(typed), typed).to.deep.equal([user.id]);
      for (const typed of [`${user.name}@elsewhere.example`, `A\\B\\${user.name}`, `${user.name}\\`, "*"])
        expect(await found(typed), typed).to.deep.equal([]);
    } finally {
      await directory.close();
    }
  });

  it("keeps a user whose display name has a control character, without that name", async () => {
    const user = await server.addUser(unit, { displayName: "Jan\u0007 Peeters" });

    const mapped = (await synced()).get(user.id);

    expect(mapped).to.include({ kind: "user" });
    expect(mapped).to.have.nested.property("user.displayName").that.does.not.contain("\u0007");
  });

  it("leaves out the copy that replication renamed, which has the names of another user", async () => {
    const user = await server.addUser(unit);
    await server.move(user.dn, `CN=${user.name}\\0ACNF:${randomUUID()},${unit}`);

    expect((await synced()).get(user.id)).to.deep.include({ kind: "rejected" });
  });
});
